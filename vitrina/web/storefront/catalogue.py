"""What is on sale: the front page, sections, search with filters, and suggestions while somebody types."""

from typing import Any

import msgspec

from ...domain.catalog import Section, Shelf
from ...domain.storefront import MOST_SKIPPED
from ...store.storefront import Filter, most_counted
from ..forms import Form
from ..visit import Answer, Visit
from .shown import cards

SORTS = ("new", "cheap", "dear", "rated")
AGES = (0, 6, 12, 14, 16, 18)
PER_PAGE = 24
NEW_ON_FRONT = 12


async def home(visit: Visit) -> Answer:
    found, _ = await visit.shop.storefront.page(Filter(take=NEW_ON_FRONT))
    return visit.page("storefront/home.html", shelves=await shelves(visit), offers=cards(found))


async def search(visit: Visit) -> Answer:
    """Everything, a section, or what matches words and filters."""
    asked = Asked.read(visit.query)
    all_shelves = await shelves(visit)
    number = min(max(1, _whole(visit.query, "page") or 1), MOST_SKIPPED // PER_PAGE)
    wanted = asked.filter(number)
    found, total = await visit.shop.storefront.page(wanted)
    shelf = next((shelf for shelf in all_shelves if shelf.section == asked.section), None)
    return visit.page(
        "storefront/search.html",
        shelves=all_shelves,
        shelf=shelf,
        asked=asked,
        offers=cards(found),
        total=total,
        counted_all=total < most_counted(wanted),
        number=number,
        more=number * PER_PAGE < min(total, MOST_SKIPPED),
        sorts=SORTS,
        ages=AGES,
    )


async def suggest(visit: Visit) -> Answer:
    """Titles and shelves that match what is being typed; a part of a page."""
    words = visit.query.get("q").strip()[:100]
    titles = await visit.shop.storefront.suggest(words)
    folded = words.casefold()
    all_shelves = await shelves(visit)
    rows = [row for shelf in all_shelves for row in shelf.subcategories if folded in row.name.casefold()]
    return visit.page("storefront/suggestions.html", titles=titles, rows=rows[:3] if words else [])


async def shelves(visit: Visit) -> list[Shelf]:
    return await visit.shop.catalog.shelves()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor looks for. Prices in roubles, as people type them; nonsense is passed over."""

    words: str
    section: int | None
    subcategory: int | None
    least: int | None
    most: int | None
    free: bool
    age: int | None
    sort: str

    @classmethod
    def read(cls, query: Form) -> "Asked":
        section, age, sort = _whole(query, "section"), _whole(query, "age"), query.get("sort")
        return cls(
            words=query.get("q").replace("\ufffd", " ").strip()[:200],
            section=section if section in list(Section) else None,
            subcategory=_whole(query, "subcategory"),
            least=_whole(query, "least"),
            most=_whole(query, "most"),
            free=query.flag("free"),
            age=age if age in AGES else None,
            sort=sort if sort in SORTS else "new",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but words was asked for."""
        return self.free or any(
            value is not None for value in (self.section, self.subcategory, self.least, self.most, self.age)
        )

    def filter(self, number: int) -> Filter:
        kopecks: dict[str, Any] = {
            "least_price": None if self.least is None else self.least * 100,
            "most_price": 0 if self.free else None if self.most is None else self.most * 100,
        }
        return Filter(
            search=self.words or None,
            section=self.section,
            subcategory=self.subcategory,
            age=self.age,
            sort=self.sort,
            skip=(number - 1) * PER_PAGE,
            take=PER_PAGE,
            **kopecks,
        )


def _whole(query: Form, name: str) -> int | None:
    text = query.get(name).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
