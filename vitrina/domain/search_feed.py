"""Feeds the search index of this host: follows the changes of items, builds the index anew, finds look-alikes."""

import asyncio
import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from ..adapters.search import (
    Entry,
    IndexAway,
    IndexBuilder,
    IndexFolder,
    IndexWriter,
    Place,
    SearchIndex,
    is_whole,
    read_place,
)
from ..store.database import Database
from ..store.items import Item, ItemStore
from ..store.search import SearchStore
from .search import MOST_LINKS, looks

T = TypeVar("T")

LOOK_SECONDS = 1.0  # between two looks for changes, and at whether another worker has left the index to us
LOT = 500  # items read at a time
LINKS_AT_ONCE = 100
LONGEST_PAUSE = 60.0
WRITER, BUILDER = "writer", "builder"
_LAST_ID = 2**63 - 1
_log = structlog.get_logger(__name__)


class SearchFeed:
    """One for each worker; of those on a host, the one that holds the lock does the work."""

    def __init__(
        self, db: Database, store: SearchStore, items: ItemStore, index: SearchIndex, folder: IndexFolder
    ) -> None:
        self._db = db
        self._store = store
        self._items = items
        self._index = index
        self._folder = folder
        self._early: dict[int, int] = {}
        """Item → transaction of changes that are in the index before their turn has come."""

    async def run(self) -> None:
        """Keep the index of this host fresh, for ever. What goes wrong is logged and tried again, ever more slowly."""
        pause = LOOK_SECONDS
        while True:
            try:
                with self._folder.only(WRITER) as ours:
                    if ours:
                        await self._lead()
                        pause = LOOK_SECONDS
            except Exception as error:
                _log.error("the search index was not fed", exc_info=error, again_in=pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _lead(self) -> None:
        """Follow the current index until another one takes its place; build one where there is none of use."""
        path = await self._usable()
        if path is None:
            await self.build()
            path = self._folder.current()
            assert path
        writer = await _in_thread(partial(IndexWriter, path))
        self._early = {}
        linking = asyncio.create_task(self._link())
        try:
            while self._folder.current() == path and not self._folder.is_damaged(path):
                await self.follow(writer)
                await asyncio.sleep(LOOK_SECONDS)
        except Exception:
            if self._folder.current() == path:
                raise
        finally:
            linking.cancel()
            await asyncio.wait([linking])
            await _in_thread(writer.close)

    async def _usable(self) -> Path | None:
        """The current index if it is whole and follows this database."""
        path = self._folder.current()
        if path is None:
            return None
        place = read_place(path)
        if place is None or place.database != await self._store.database():
            _log.warning("the search index is of another database; it is built anew")
            return None
        if place.transaction >= await self._store.oldest_running():
            _log.warning("the database is older than its search index, which is built anew")
            return None
        if not await _in_thread(lambda: is_whole(path)):
            _log.warning("the search index is damaged; it is built anew")
            return None
        self._folder.forget_damage()
        return path

    # --- following ---------------------------------------------------------------------------------------

    async def follow(self, writer: IndexWriter) -> int:
        """Bring all changes into the index that can be seen now; how many items.

        The place moves on over settled changes only: one that is still to come may belong before the others.
        These are taken in as well, or one long transaction, even of another database, would hold up everybody.
        """
        place = begin = writer.place
        if place is None or begin is None:
            raise IndexAway
        after, settled, marks, applied = (place.transaction, place.id), True, [], 0
        while changes := await self._store.changes(after, LOT):
            after = (changes[-1].transaction, changes[-1].id)
            fresh = [one.id for one in changes if self._early.get(one.id) != one.transaction]
            if fresh:
                applied += len(fresh)
                marks += await self._apply(writer, fresh)
            for one in changes:
                settled = settled and one.settled
                if settled:
                    place = Place(place.database, one.transaction, one.id)
                    self._early.pop(one.id, None)
                else:
                    self._early[one.id] = one.transaction
            if len(changes) < LOT:
                break
        if applied:
            await _in_thread(writer.commit)
            await self._store.await_links(marks)
        if place != begin:
            await _in_thread(lambda: writer.keep_place(place))
        return applied

    async def _apply(self, writer: IndexWriter, ids: list[int]) -> list[tuple[int, int]]:
        """Put items as they are now into the index, or take them out; the marks of those on sale."""
        items = list((await self._items.of_ids(ids)).values())
        there = [item for item in items if on_sale(item)]
        gone = [item.id for item in items if not on_sale(item)]
        entries = [entry_of(item) for item in there]
        await _in_thread(lambda: writer.apply(entries, gone))
        return [(item.id, mark_of(item)) for item in there]

    # --- building ----------------------------------------------------------------------------------------

    async def build(self, tell: Callable[[int], None] = lambda _: None) -> int:
        """Build the index anew while the old one is read, then switch; how many items it has.

        `tell` hears how many are in it so far. Another process of this host that builds is waited for.
        """
        while True:
            with self._folder.only(BUILDER) as ours:
                if ours:
                    return await self._build(tell)
            await asyncio.sleep(LOOK_SECONDS)

    async def _build(self, tell: Callable[[int], None]) -> int:
        self._folder.remove_others(self._folder.current())
        # What was changed before is seen by the reading that follows; what is changed from now on, by who follows.
        place = Place(await self._store.database(), await self._store.oldest_running() - 1, _LAST_ID)
        added = last = 0
        with IndexBuilder(self._folder) as builder:
            while ids := await self._store.active(last, LOT):
                last = ids[-1]
                items = [item for item in (await self._items.of_ids(ids)).values() if on_sale(item)]
                await _in_thread(partial(builder.add, [entry_of(item) for item in items]))
                await self._store.await_links([(item.id, mark_of(item)) for item in items])
                added += len(items)
                tell(added)
            await _in_thread(lambda: builder.finish(place))
        _log.info("search index built", items=added)
        return added

    # --- look-alikes -------------------------------------------------------------------------------------

    async def _link(self) -> None:
        while True:
            found = 0
            try:
                found = await self.find_links()
            except Exception as error:
                _log.warning("look-alikes were not found", exc_info=error)
            await asyncio.sleep(LOOK_SECONDS / 10 if found == LINKS_AT_ONCE else LOOK_SECONDS)

    async def find_links(self) -> int:
        """Find the look-alikes of items that are new or changed, some at a time; of how many."""
        async with self._db.transaction():
            ids = await self._store.awaiting_links(LINKS_AT_ONCE)
            items = list((await self._items.of_ids(ids)).values()) if ids else []
            found = await self._index.similar([looks(item) for item in items], MOST_LINKS) if ids else {}
            for id, similar in found.items():
                await self._store.set_links(id, similar)
            if len(ids) < LINKS_AT_ONCE:  # of very many at once each finds the others by itself
                for item in filter(on_sale, items):
                    await self._store.link_back(item.id, found[item.id], MOST_LINKS)
        return len(ids)


def on_sale(item: Item) -> bool:
    return item.status == "active"


def entry_of(item: Item) -> Entry:
    """An item as it is found, in all its languages."""
    told = {item.language: {"title": item.title, "description": item.description, "keywords": item.keywords}}
    told |= item.translations
    titles = {language: str(texts.get("title") or "") for language, texts in told.items()}
    keywords = {
        language: [str(word) for word in texts.get("keywords") or []] for language, texts in told.items()
    }
    # Who translates into the language of the original does not take it away.
    titles.setdefault("", item.title)
    keywords.setdefault("", item.keywords)
    return Entry(
        id=item.id,
        type=item.type,
        seller_id=item.seller_id,
        titles=list(dict.fromkeys(filter(None, titles.values()))),
        keywords=list(dict.fromkeys(word for words in keywords.values() for word in words)),
        descriptions=list({str(texts.get("description") or "") for texts in told.values()} - {""}),
        hints=[(lang, word) for lang, words in keywords.items() for word in (*words, titles[lang]) if lang],
        categories=item.categories,
        colors=item.colors,
        collection=item.collection,
        editorial=item.editorial,
        nudity=item.nudity,
        illustration=item.illustration,
        people=item.people,
        genders=item.genders,
        ages=item.ages,
        races=item.races,
        people_only=item.people_only,
        barred_in=item.barred_in,
        width=item.width,
        height=item.height,
        downloads=item.downloads,
        published=int((item.published_at or item.created_at).timestamp()),
        fingerprint=item.fingerprint,
    )


def mark_of(item: Item) -> int:
    """Changes with what look-alikes are found by, and with nothing else."""
    told = msgspec.json.encode(looks(item))
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big", signed=True)


async def _in_thread(action: Callable[[], T]) -> T:
    """Tantivy blocks."""
    return await asyncio.to_thread(action)
