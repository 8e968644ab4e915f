"""What a member searches for: read from the address, told back as chips, asked of the shop."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import msgspec

from ...domain.item_details import AGES, COLLECTIONS, GENDERS, RACES
from ...domain.licences import PRODUCT_TYPES
from ...domain.search import IMAGE_SIZES, UNITS, Query
from ..forms import Form
from ..words import Words

PATH = "/console/search"
COLORS = tuple(map(str, range(1, 18)))
ORIENTATIONS = ("horizontal", "vertical", "square")
SORTS = ("match", "sales", "newest", "undiscovered")
_NUMBERS = {"match": 1, "sales": 4, "newest": 5, "undiscovered": 6}
YES_NO = ("yes", "no")
PEOPLE = ("1", "2", "3")
LENGTHS = ("min_width", "max_width", "min_height", "max_height")

# One of a list; what is not in it is passed over.
CHOICES: dict[str, tuple[str, ...]] = {
    "sort": SORTS,
    "orientation": ORIENTATIONS,
    "color": COLORS,
    "illustration": YES_NO,
    "size": tuple(IMAGE_SIZES),
    "unit": tuple(UNITS),
    "editorial": YES_NO,
    "collection": COLLECTIONS[1:],
    "people": PEOPLE,
    "gender": GENDERS,
    "age": AGES,
    "race": RACES,
}
TEXTS = {"q": 200, "author": 100, "without": 200}
FLAGS = ("nudity", "people_only", "exact")
_QUIET = {"q", "sort", "unit", "exact"}  # seen elsewhere on the page, or no filter by themselves
_PATTERNS = {
    "picture": re.compile(r"[0-9a-f]{16}"),
    "country": re.compile(r"[A-Z]{2}"),
    **dict.fromkeys(LENGTHS, re.compile(r"\d{1,6}(?:\.\d{1,2})?")),
}


class Chip(msgspec.Struct, frozen=True):
    """A filter that is set, and where it is not."""

    label: str
    address: str


class Asked:
    """(name, value) pairs in the order of the form, none of them nonsense."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = list(pairs)

    @classmethod
    def read(cls, query: Form, categories: Iterable[int]) -> "Asked":
        """What can be used of an address; the rest is passed over."""
        many = {"type": PRODUCT_TYPES, "category": tuple(map(str, categories))}
        found: list[tuple[str, str]] = []
        for name, most in TEXTS.items():
            found.append((name, " ".join(query.get(name).replace("\ufffd", " ").split())[:most]))
        for name, known in many.items():
            given = query.all(name)
            found += [(name, value) for value in known if value in given]
        for name, known in CHOICES.items():
            found.append((name, query.get(name) if query.get(name) in known else ""))
        for name, pattern in _PATTERNS.items():
            text = query.get(name).strip().replace(",", ".")
            text = text.upper() if name == "country" else text
            found.append((name, text if pattern.fullmatch(text) else ""))
        found += [(name, "yes" if query.flag(name) else "") for name in FLAGS]
        return cls((name, value) for name, value in found if value)

    def get(self, name: str) -> str:
        return next((value for key, value in self.pairs if key == name), "")

    def has(self, name: str, value: str) -> bool:
        return (name, value) in self.pairs

    def address(self, **changes: str | None) -> str:
        """The address of this search with other values; None takes one away."""
        kept = [(name, value) for name, value in self.pairs if name not in changes]
        kept += [(name, value) for name, value in changes.items() if value is not None]
        return PATH + (f"?{urlencode(kept)}" if kept else "")

    @property
    def bare(self) -> str:
        """The address of the same words without any filter."""
        return Asked(pair for pair in self.pairs if pair[0] in ("q", "sort")).address()

    def chips(self, words: Words, categories: Mapping[int, str]) -> list[Chip]:
        """Each filter that is set, in words."""
        return [
            Chip(
                _label(name, value, self.get("unit") or "px", words, categories),
                Asked(pair for pair in self.pairs if pair != (name, value)).address(),
            )
            for name, value in self.pairs
            if name not in _QUIET
        ]

    @property
    def picture(self) -> int | None:
        """The fingerprint of the picture to search by."""
        bits = int(self.get("picture") or "-1", 16)
        return None if bits < 0 else bits - (1 << 64) if bits >> 63 else bits

    def query(self, language: str) -> Query:
        """As the shop is asked."""
        people = self.get("people")
        return Query(
            text=self.get("q"),
            sort=_NUMBERS[self.get("sort") or "match"],
            categories=[int(value) for name, value in self.pairs if name == "category"],
            color=int(self.get("color") or 0),
            nudity=self.has("nudity", "yes"),
            illustration=self._either("illustration"),
            seller=self.get("author") or None,
            orientation=self.get("orientation") or None,
            image_size=self.get("size") or None,
            excluded=[word.strip() for word in self.get("without").split(",") if word.strip()],
            types=tuple(value for name, value in self.pairs if name == "type"),
            editorial=self._either("editorial"),
            barred_in=self.get("country") or None,
            language=language,
            correct=not self.has("exact", "yes"),
            least_width=self._pixels("min_width"),
            most_width=self._pixels("max_width"),
            least_height=self._pixels("min_height"),
            most_height=self._pixels("max_height"),
            gender=self.get("gender") or None,
            people_only=self.has("people_only", "yes"),
            age=self.get("age") or None,
            race=self.get("race") or None,
            people=int(people) if people else None,
            collection=self.get("collection") or "regular",
        )

    def _either(self, name: str) -> bool | None:
        return {"yes": True, "no": False}.get(self.get(name))

    def _pixels(self, name: str) -> int | None:
        text = self.get(name)
        return round(float(text) * UNITS[self.get("unit") or "px"]) if text else None


def picture_of(fingerprint: int) -> str:
    """A fingerprint as it stands in an address."""
    return f"{fingerprint & (1 << 64) - 1:016x}"


def _label(name: str, value: str, unit: str, words: Words, categories: Mapping[int, str]) -> str:
    if name == "category":
        return categories[int(value)]
    if name in LENGTHS:
        length = f"{value} " + words.of("unit", unit)
        return words.of("filter_length", name).format(value=length)
    if f"{name}.{value}" in words.texts:
        return words.of(name, value)
    return words.of("filter_set", name).format(value=value)
