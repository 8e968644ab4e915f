"""Search in the stock library: words, filters, pictures; what looks alike; what people look for."""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import structlog

from ..adapters.fetch import Fetch, FetchRefused
from ..adapters.media import Media, MediaRefused, MediaUnavailable
from ..adapters.search import IndexAway, NoIndexYet, SearchIndex, Wanted
from ..store.items import Item
from ..store.search import Links, SearchStore
from .clock import Clock
from .problems import MediaToolsUnavailable, SearchUnavailable, invalid

# Lower bounds of the longest side in pixels, by the contract's words for image sizes.
IMAGE_SIZES = {"s": 500, "m": 1000, "l": 2000, "xl": 4000, "xxl": 5600, "xxxl": 8000}


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for. Lengths in pixels; `sort` as the contract numbers it: 1 best match, 4 best sales,
    5 newest, 6 undiscovered (2 and 3 mean 4). None does not filter."""

    text: str = ""
    sort: int = 4
    categories: list[int] = []
    color: int = 0
    nudity: bool = False
    illustration: bool | None = None
    seller_id: int | None = None
    seller: str | None = None
    orientation: str | None = None
    image_size: str | None = None
    excluded: list[str] = []
    types: tuple[str, ...] = ("image", "vector")
    editorial: bool | None = None
    barred_in: str | None = None
    language: str = "en"
    correct: bool = True
    least_width: int | None = None
    least_height: int | None = None
    most_width: int | None = None
    most_height: int | None = None
    gender: str | None = None
    people_only: bool = False
    age: str | None = None
    race: str | None = None
    people: int | None = None
    collection: str = "regular"
    barred_sellers: list[int] = []
    """Whose items are not to be found."""


class FoundItems(msgspec.Struct, frozen=True):
    """A page of ids in order, how many match in all, and what names this search on every page of it."""

    ids: list[int]
    count: int
    hash: str


class Phrase(msgspec.Struct, frozen=True):
    """A popular search phrase; `rate` from 1 to 100."""

    id: int
    phrase: str
    lang: str
    rate: int
    since: datetime
    until: datetime


# --- what the shop does ----------------------------------------------------------------------------------

SORTS = {1: "match", 5: "newest", 6: "undiscovered"}  # all else: best sales
# What this host's index is like.
OK = "ok"
BUILDING = "this host's index is being built; searches are answered once it is there"
DAMAGED = "this host's index cannot be read; its worker builds a new one"
POPULAR_DAYS = 30
KEPT_DAYS = 90
LOT_SECONDS = 1.0
MOST_LINKS = 20  # kept for each item
GROUPS_OF_PHRASE = 3  # that used a phrase before others see it: what one searches for may be a secret
_LONGEST_PHRASE = 60
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_log = structlog.get_logger(__name__)


class Search:
    """Searches the index of this host, and keeps what people search for."""

    def __init__(
        self, store: SearchStore, index: SearchIndex, fetch: Fetch, media: Media, clock: Clock
    ) -> None:
        self._store = store
        self._index = index
        self._fetch = fetch
        self._media = media
        self._clock = clock
        self._views: Counter[int] = Counter()
        self._phrases: Counter[tuple[str, str, str, int]] = Counter()
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def find(
        self,
        query: Query,
        offset: int,
        limit: int,
        *,
        image_url: str | None = None,
        group_id: int | None = None,
    ) -> FoundItems:
        """A page of what matches, and the exact count; by picture, the most alike first.

        `group_id` says who searches: what several groups search for becomes a popular phrase.
        Raises SearchUnavailable while the index is built for the first time, Invalid for a picture of no use.
        """
        wanted = await self._wanted(query)
        with _available():
            if image_url:
                fingerprint = await self._fingerprint(image_url)
                found = await self._index.find_alike(wanted, fingerprint, offset, limit)
            else:
                found = await self._index.find(wanted, offset, limit)
        if found.count and offset == 0 and group_id is not None:
            self._searched(query, group_id)
        return FoundItems(found.ids, found.count, _hash(query, wanted, image_url))

    async def _wanted(self, query: Query) -> Wanted:
        sellers = None if query.seller_id is None else [query.seller_id]
        if query.seller:
            named = await self._store.sellers_named(query.seller.strip())
            sellers = named if sellers is None else [id for id in sellers if id in named]
        return Wanted(
            text=query.text,
            sort=SORTS.get(query.sort, "sales"),
            correct=query.correct,
            excluded=sorted(query.excluded),
            types=sorted(query.types),
            categories=sorted(query.categories),
            color=query.color or None,
            nudity=query.nudity,
            illustration=query.illustration,
            editorial=query.editorial,
            sellers=sellers,
            barred_sellers=sorted(query.barred_sellers),
            orientation=query.orientation,
            least_side=IMAGE_SIZES[query.image_size] if query.image_size else None,
            widths=(query.least_width, query.most_width),
            heights=(query.least_height, query.most_height),
            barred_in=query.barred_in,
            genders={None: [], "both": ["female", "male"]}.get(query.gender, [query.gender or ""]),
            age=query.age,
            race=query.race,
            people=query.people if query.people in (1, 2, 3) else None,
            people_only=query.people_only,
            collection=None if query.collection == "regular" else query.collection,
        )

    async def _fingerprint(self, url: str) -> int:
        with TemporaryDirectory(prefix="picture-") as folder:
            path = Path(folder) / "picture"
            try:
                await self._fetch.get(url, path)
                return await self._media.fingerprint(path)
            except FetchRefused as refused:
                raise invalid("image_url", str(refused)) from refused
            except MediaRefused as refused:
                raise invalid(
                    "image_url", "what is at the address is no picture that can be read"
                ) from refused
            except MediaUnavailable as failed:
                raise MediaToolsUnavailable from failed

    async def similar_of(
        self, items: list[Item], most: int = 10
    ) -> dict[int, tuple[list[int], list[int], list[int]]]:
        """(look-alikes, same series, same model) of each: of many at once as the worker found them."""
        links = await self._store.links([item.id for item in items], most)
        similar = {id: of.similar for id, of in links.items()}
        if len(items) == 1:
            with suppress(IndexAway):
                similar |= await self._index.similar([looks(item) for item in items], most)
        nothing = Links([], [], [])
        return {
            item.id: (similar.get(item.id, []), of.series, of.model)
            for item in items
            for of in [links.get(item.id, nothing)]
        }

    # --- what people search for --------------------------------------------------------------------------

    async def popular(self, type: str, group_id: int | None = None) -> list[Phrase]:
        """At most 30 phrases that several groups, or this one, searched for in the last 30 days, by popularity."""
        since = self._clock().date() - timedelta(days=POPULAR_DAYS)
        rows = await self._store.popular(type, since, GROUPS_OF_PHRASE, 30, group_id)
        most = max((row.times for row in rows), default=1)
        return [
            Phrase(
                row.id,
                row.phrase,
                row.lang,
                max(1, round(100 * row.times / most)),
                datetime.combine(row.first, time(), UTC),
                datetime.combine(row.last, time(), UTC),
            )
            for row in rows
        ]

    async def hints(self, prefix: str, language: str, group_id: int | None = None) -> list[str]:
        """At most ten: what several groups, or this one, searched for and found, then keywords and titles."""
        start = " ".join(prefix.lower().split())
        if not start:
            return []
        since = self._clock().date() - timedelta(days=POPULAR_DAYS)
        found = await self._store.completed(start, language, since, GROUPS_OF_PHRASE, 10, group_id)
        with suppress(IndexAway):
            found += await self._index.hints(language, start, 10)
        return list(dict.fromkeys(found))[:10]

    async def forget_phrases(self) -> int:
        """Remove what nobody asks about any more; how many rows."""
        return await self._store.forget_phrases(self._clock().date() - timedelta(days=KEPT_DAYS))

    def saw(self, item_id: int) -> None:
        """Somebody looked at an item. Written a moment later, with others."""
        self._views[item_id] += 1
        self._write_soon()

    def _searched(self, query: Query, group_id: int) -> None:
        phrase = " ".join(query.text.lower().split())
        if not phrase or len(phrase) > _LONGEST_PHRASE or not any(map(str.isalpha, phrase)):
            return
        language = "ru" if _CYRILLIC.search(phrase) and query.language == "en" else query.language
        self._phrases[phrase, language, query.types[0] if query.types else "image", group_id] += 1
        self._write_soon()

    def _write_soon(self) -> None:
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_later())

    async def _write_later(self) -> None:
        try:
            while self._views or self._phrases:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), LOT_SECONDS)
                await self.write_lots()
        except Exception as error:  # what is not counted is no reason to fail anything
            _log.warning("views or searches were not counted", exc_info=error)
        finally:
            self._writing = None

    async def write_lots(self) -> None:
        """Write what was counted since the last time."""
        views, self._views = self._views, Counter()
        phrases, self._phrases = self._phrases, Counter()
        if views:
            await self._store.add_views(list(views.items()))
        if phrases:
            lots = [(*of, times) for of, times in phrases.items()]
            await self._store.add_phrases(lots, self._clock().date())

    async def state(self) -> str:
        """OK, BUILDING or DAMAGED."""
        try:
            await self._index.count()
        except NoIndexYet:
            return BUILDING
        except IndexAway:
            return DAMAGED
        return OK

    async def ready(self) -> bool:
        """Whether there is an index to search in."""
        return await self.state() == OK

    async def close(self) -> None:
        self._closing.set()
        if self._writing:
            await asyncio.wait([self._writing], timeout=5)
        self._index.close()


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except IndexAway as away:
        raise SearchUnavailable from away


def looks(item: Item) -> tuple[int, str, int | None, list[str]]:
    """What look-alikes of an item are found by."""
    return item.id, item.type, item.fingerprint, item.keywords


def _hash(query: Query, wanted: Wanted, image_url: str | None) -> str:
    """Short, the same for every page of a search, and for searches that differ in letter case or blanks only."""
    text = " ".join(query.text.lower().split())
    told = msgspec.json.encode((msgspec.structs.replace(wanted, text=text), image_url))
    number = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big")
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
