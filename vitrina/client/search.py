"""Search of the stock library: items by words, picture, author and many filters; words that others seek."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypedDict, Unpack

import msgspec

from .calls import Calls
from .items import Item
from .pages import Page, all_pages

Sort = Literal["best_match", "best_sales", "newest", "undiscovered"]
Orientation = Literal["horizontal", "vertical", "square"]
SORTS: dict[str, int] = {"best_match": 1, "best_sales": 4, "newest": 5, "undiscovered": 6}
ITEM_TYPES = ("image", "vector", "video", "audio")


class Filters(TypedDict, total=False):
    """What narrows a search. What is left out does not."""

    types: Sequence[str]
    """image, vector, video, audio; images and vectors if not said."""
    sort: Sort
    categories: Sequence[int]
    author: str
    author_id: int
    image_url: str
    """Items that look like the picture at this address."""
    exclude: Sequence[str]
    """Words that must not occur."""
    color: int
    """The id of one of `colors()`."""
    orientation: Orientation
    image_size: Literal["s", "m", "l", "xl"]
    """At least so large."""
    min_width: int
    min_height: int
    max_width: int
    max_height: int
    units: Literal["px", "inch", "cm"]
    """Of the four before; pixels if not said."""
    editorial: bool
    """True for nothing else, False for none."""
    illustration: bool
    """True for nothing else, False for none."""
    nudity: bool
    """False hides it."""
    people_only: bool
    people: int
    """1, 2, 3; more means any number."""
    gender: Literal["male", "female", "both"]
    age: str
    """infant, child, teenager, 20, 30 … 70"""
    race: str
    """asian, brazilian, black, caucasian, hispanic, middle, multi, native, other"""
    collection: Literal["regular", "enterprise", "premium"]
    country: str
    """Without what may not be used in this country, such as DE."""
    correct: bool
    """Whether the spelling may be corrected; it is if not said."""
    language: str
    """Of the words, and of what is shown with `translate`: en, ru, de …"""
    translate: bool
    full: bool
    """With `sizes`, `keywords` and `categories` of each item."""
    watermark: Literal["neutral", "depositphotos"]


class Found(Page[Item]):
    """A page of items; `hash` is the same for the same search."""

    hash: str = ""


class Color(msgspec.Struct, kw_only=True):
    """A colour to search by: `#00007c`."""

    id: int
    hex: str = ""


class Phrase(msgspec.Struct, kw_only=True):
    """What many look for; the higher the rate, the more."""

    phrase: str = ""
    lang: str = ""
    rate: int = 0


class Search:
    """Finds items. Needs no log-in. Every method raises CommandRefused, Unreachable, NotUnderstood."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def find(self, words: str = "", *, skip: int = 0, take: int = 100, **filters: Unpack[Filters]) -> Found:
        """A page of items, at most 200: by words or an item's id, or by one filter of categories, author or picture."""
        values = _values(words, filters) | {"dp_search_offset": skip, "dp_search_limit": take}
        answer = self._calls.ask("search", _Answer, values, session=False)
        return Found(answer.result, answer.count, answer.hash)

    def iterate(self, words: str = "", **filters: Unpack[Filters]) -> Iterator[Item]:
        """Every item that is found, page by page."""
        return all_pages(lambda skip, take: self.find(words, skip=skip, take=take, **filters))

    def hints(self, beginning: str, language: str | None = None) -> list[str]:
        """Phrases that begin so."""
        values = {"dp_search_prefix": beginning, "dp_language": language}
        return self._calls.ask("searchHint", _Hints, values, session=False).hints

    def popular(self, type: str | None = None) -> list[Phrase]:
        """Phrases that many look for, among items of a type."""
        rows = self._calls.ask("getTagCloud", _Cloud, {"dp_type": type}, session=False).result
        return [Phrase(phrase=row.name.phrase, lang=row.name.lang, rate=row.rate) for row in rows]

    def colors(self) -> list[Color]:
        """The colours to search by."""
        return self._calls.ask("getSearchColors", _Colors, session=False).result


# The wire's word for a filter that is sent as it is given.
_NAMES = {
    "author": "dp_search_username",
    "author_id": "dp_search_user",
    "image_url": "dp_image_url",
    "color": "dp_search_color",
    "orientation": "dp_search_orientation",
    "image_size": "dp_search_imagesize",
    "min_width": "dp_search_width",
    "min_height": "dp_search_height",
    "max_width": "dp_search_max_width",
    "max_height": "dp_search_max_height",
    "units": "dp_search_dimension_units",
    "editorial": "dp_search_editorial",
    "illustration": "dp_illustration",
    "nudity": "dp_search_nudity",
    "people_only": "dp_search_people_only",
    "people": "dp_search_quantity",
    "gender": "dp_search_gender",
    "age": "dp_search_age",
    "race": "dp_search_race",
    "collection": "dp_item_permission",
    "country": "dp_country_excluded",
    "correct": "dp_search_correction",
    "language": "dp_lang",
    "translate": "dp_translate_items",
    "full": "dp_full_info",
    "watermark": "dp_watermark",
}


def _values(words: str, filters: Filters) -> dict[str, Any]:
    given = {name: value for name, value in filters.items() if value is not None}
    values: dict[str, Any] = {wire: given[name] for name, wire in _NAMES.items() if name in given}
    values["dp_search_query"] = words
    if "sort" in filters:
        values["dp_search_sort"] = SORTS[filters["sort"]]
    if categories := filters.get("categories"):
        values["dp_search_categories"] = " ".join(map(str, categories))
    if excluded := filters.get("exclude"):
        # The guide has the singular, the vendor's own client the plural.
        values["dp_exclude_keyword"] = values["dp_exclude_keywords"] = ",".join(excluded)
    if types := filters.get("types"):
        wanted = {"photo": "image", "vector": "vector", "video": "video", "audio": "audio"}
        values |= {f"dp_search_{name}": type in types for name, type in wanted.items()}
    return values


class _Answer(msgspec.Struct):
    result: list[Item] = []
    count: int = 0
    hash: str = ""


class _Hints(msgspec.Struct):
    hints: list[str] = []


class _Named(msgspec.Struct):
    phrase: str = ""
    lang: str = ""


class _Rated(msgspec.Struct):
    name: _Named
    rate: int = 0


class _Cloud(msgspec.Struct):
    result: list[_Rated] = []


class _Colors(msgspec.Struct):
    result: list[Color] = []
