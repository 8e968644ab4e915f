"""The catalogue: fixed sections, and the subcategories in them with the number of offers on sale."""

import time
from enum import IntEnum

import msgspec

from ..store.catalog import CatalogStore
from .access import Right
from .problems import Cause


class Section(IntEnum):
    """What an offer sells; the numbers are those of the WBD contract."""

    VIDEO = 1
    AUDIO = 2
    KEYS = 3
    EBOOKS = 4
    AUDIOBOOKS = 5
    DIGITAL = 6
    SERVICES = 8
    ON_REQUEST = 9
    COUPONS = 12
    CERTIFICATES = 13

    @property
    def carries_keys(self) -> bool:
        return self in _WITH_KEYS

    @property
    def carries_contents(self) -> bool:
        return self in _WITH_CONTENTS

    @property
    def right(self) -> Right | None:
        """The right that a seller needs to sell here."""
        return _NEEDS.get(self)


_WITH_KEYS = frozenset({Section.KEYS, Section.COUPONS, Section.CERTIFICATES})
_WITH_CONTENTS = frozenset(
    {Section.VIDEO, Section.AUDIO, Section.EBOOKS, Section.AUDIOBOOKS, Section.DIGITAL}
)
_NEEDS = {Section.SERVICES: Right.SELL_SERVICES, Section.ON_REQUEST: Right.SELL_ON_REQUEST}


class Subcategory(msgspec.Struct, frozen=True):
    id: int
    section: Section
    name: str
    position: int


class Shelf(msgspec.Struct, frozen=True):
    """A section with its subcategories and the number of offers on sale in it."""

    section: Section
    total: int
    subcategories: list[Subcategory]


class Catalog:
    """Reads the catalogue; what changes seldom is kept for a few seconds in each process."""

    KEPT_SECONDS = 5.0

    def __init__(self, store: CatalogStore) -> None:
        self._store = store
        self._shelves: list[Shelf] = []
        self._sections: dict[int, Section] = {}
        self._read_at = float("-inf")

    async def shelves(self) -> list[Shelf]:
        """All sections in order, each with its subcategories."""
        if time.monotonic() - self._read_at > self.KEPT_SECONDS:
            rows = [
                Subcategory(row["id"], Section(row["section"]), row["name"], row["position"])
                for row in await self._store.subcategories()
            ]
            totals = await self._store.published_totals()
            self._sections = {row.id: row.section for row in rows}
            self._shelves = [
                Shelf(section, totals.get(section, 0), [row for row in rows if row.section == section])
                for section in Section
            ]
            self._read_at = time.monotonic()
        return self._shelves

    async def problems_of(self, section: Section, path: list[int]) -> list[Cause]:
        """Why these subcategory ids cannot be used in the section; empty if they can."""
        await self.shelves()
        problems = []
        for id in dict.fromkeys(path):
            home = self._sections.get(id)
            if home is None:
                problems.append(Cause("catalog_path", f"there is no subcategory {id}"))
            elif home is not section:
                problems.append(
                    Cause("catalog_path", f"subcategory {id} belongs to section {home}, not {section}")
                )
        return problems
