"""Stock items: contents that their sellers offer for licensing; their sizes, and what is told of them."""

from datetime import datetime, timedelta

import msgspec

from ..store.items import Item, ItemStore, Summary
from ..store.search import Links
from .clock import Clock
from .licences import Sellable
from .problems import ItemNotFound

# The longest side of each size in pixels; None is the original.
_IMAGE_SIDES: dict[str, int | None] = {"s-2015": 500, "m-2015": 1000, "l-2015": 2000, "xl-2015": None}
_PREMIUM_SIDES: dict[str, int | None] = {"cs": 1000, "cl": 2000, "xl-2015": None}
_VIDEO_HEIGHTS = {"240": 240, "480": 480, "720": 720, "1080": 1080, "4k": 2160}
_VECTOR_SIDES = {"s-2015": 500, "m-2015": 1000, "l-2015": 2000, "xl-2015": 4000}
VECTOR = "vect"
MOST_LISTED = 10  # look-alikes and the like, of each item of a list
LEVELS = ((10_000, "platinum"), (1_000, "gold"), (100, "silver"), (10, "bronze"), (0, "beginner"))


class Size(msgspec.Struct, frozen=True):
    """A size for sale, in pixels."""

    name: str
    width: int
    height: int


def sizes_of(item: Item) -> dict[str, Size]:
    """The sizes that an item can be had in, smallest first; none larger than the original but of vectors."""
    if item.type == "video":
        return {
            name: _scaled(item, name, height / item.height)
            for name, height in _VIDEO_HEIGHTS.items()
            if 0 < height <= item.height
        } or ({"240": Size("240", item.width, item.height)} if item.height else {})
    longest = max(item.width, item.height)
    if longest == 0:
        return {}
    if item.type == "vector":
        drawn = {name: _scaled(item, name, side / longest) for name, side in _VECTOR_SIDES.items()}
        return drawn | {VECTOR: Size(VECTOR, item.width, item.height)}
    sides = _PREMIUM_SIDES if item.collection == "premium" else _IMAGE_SIDES
    return {
        name: _scaled(item, name, side / longest) if side else Size(name, item.width, item.height)
        for name, side in sides.items()
        if item.type == "image" and (side is None or side <= longest)
    }


def size_names(type: str) -> list[str]:
    """All sizes that items of a type are to be had in, those of the premium collection last."""
    if type == "video":
        return list(_VIDEO_HEIGHTS)
    if type == "vector":
        return [*_VECTOR_SIDES, VECTOR]
    return list(dict.fromkeys([*_IMAGE_SIDES, *_PREMIUM_SIDES])) if type == "image" else []


def _scaled(item: Item, name: str, scale: float) -> Size:
    return Size(name, max(1, round(item.width * scale)), max(1, round(item.height * scale)))


class Items:
    """Reads the stock library."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, id: int) -> Item:
        """An item on sale; raises ItemNotFound."""
        item = await self._store.get(id)
        if item is None or item.status != "active":
            raise ItemNotFound(f"item {id} not found")
        return item

    async def of_ids(self, ids: list[int]) -> dict[int, Item]:
        """Items in whatever state, by id: licences outlive their sale."""
        return await self._store.of_ids(ids)

    async def on_sale(self, ids: list[int]) -> dict[int, Item]:
        return {id: item for id, item in (await self._store.of_ids(ids)).items() if item.status == "active"}

    async def listed(self, ids: list[int], language: str | None) -> dict[int, tuple[Summary, Links]]:
        """What lists show of those that are on sale, with what belongs to each as the worker found it."""
        return await self._store.listed(ids, MOST_LISTED, language)

    async def sellable(self, ids: list[int]) -> dict[int, Sellable]:
        """What licensing needs to know of those that are on sale."""
        return {
            id: Sellable(id, item.type, item.seller_id, frozenset(sizes_of(item)))
            for id, item in (await self.on_sale(ids)).items()
        }

    async def changed(
        self, since: datetime, until: datetime, skip: int, take: int
    ) -> tuple[list[Item], list[int], int]:
        """(a page of what changed in a span, ids that left the catalogue in it, how many changed)."""
        found, total = await self._store.changed(since, until, skip, take)
        return found, await self._store.left(since, until), total

    async def related(self, item: Item, most: int = 100) -> tuple[list[int], list[int]]:
        """(ids of the same series, ids with the same model)."""
        return await self._store.related(item, most)

    async def counts(self) -> tuple[int, int]:
        """(items on sale, those published within the last week)."""
        return await self._store.counts(self._clock() - timedelta(days=7))

    async def categories(self) -> dict[int, tuple[str, str]]:
        return await self._store.categories()


def level_of(downloads: int) -> str:
    """An author's level by how often their items were licensed."""
    for least, word in LEVELS:
        if downloads >= least:
            return word
    raise AssertionError
