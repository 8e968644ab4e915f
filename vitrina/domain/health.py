"""Health: whether database, files and search answer, who works, what waits, how far the index is, the last backup."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ..adapters.files import Files, FilesUnavailable
from ..adapters.mail import Mailer, MailUnavailable, Way
from ..adapters.search import IndexFolder, read_place
from ..store.backups import KnownBackup, last_one
from ..store.database import Database
from ..store.queue import QueueStore, Running
from ..store.search import SearchStore
from .clock import Clock
from .queue import WORKER
from .search import BUILDING, OK, Search

PARTS = ("database", "files", "search")
PATIENCE = 3.0  # seconds
BACKUP_LASTS = timedelta(days=7)  # then another one is due
MOST_BEHIND = 10_000  # changes that the index lacks are counted no further


class Report(msgspec.Struct, frozen=True):
    """How the shop is. `behind` is how many changes the index of this host lacks, None where there is none;
    `mail` says why none goes where it has no way."""

    states: dict[str, str]
    database: str
    database_size: int
    behind: int | None
    workers: list[Running]
    waiting: int
    waiting_since: datetime | None
    mail: Way | str
    backup: KnownBackup | None
    backup_is_due: bool


class Health:
    """Asks every part how it is; none is waited for longer than a few seconds."""

    def __init__(
        self,
        db: Database,
        files: Files,
        search: Search,
        search_store: SearchStore,
        queue: QueueStore,
        mailer: Mailer,
        index: Path,
        clock: Clock,
    ) -> None:
        self._db = db
        self._files = files
        self._search = search
        self._search_store = search_store
        self._queue = queue
        self._mailer = mailer
        self._index = IndexFolder(index)
        self._clock = clock

    async def states(self) -> dict[str, str]:
        """`ok` or what is wrong, of database, files and search."""
        states = {"database": OK, "files": OK}
        try:
            async with asyncio.timeout(PATIENCE):
                await self._db.value("select 1")
        except Exception as error:
            states["database"] = f"does not answer: {type(error).__name__}"
        try:
            await self._files.check()
        except FilesUnavailable as error:
            states["files"] = str(error)
        try:
            async with asyncio.timeout(PATIENCE):
                states["search"] = await self._search.state()
        except TimeoutError:
            states["search"] = "does not answer within 3 s"
        return states

    async def report(self) -> Report:
        """All that an operator wants to know; the database has to answer."""
        waiting, since = await self._queue.waiting()
        version: str = await self._db.value("show server_version")
        size: int = await self._db.value("select pg_database_size(current_database())")
        backup = await last_one(self._db)
        return Report(
            await self.states(),
            version,
            size,
            await self._behind(),
            await self._queue.workers(WORKER),
            waiting,
            since,
            await self._mail(),
            backup,
            backup is None or backup.taken_at < self._clock() - BACKUP_LASTS,
        )

    async def _behind(self) -> int | None:
        path = self._index.current()
        place = await asyncio.to_thread(read_place, path) if path else None
        if place is None:
            return None
        return len(await self._search_store.changes((place.transaction, place.id), MOST_BEHIND))

    async def _mail(self) -> Way | str:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._mailer.check()
        except (MailUnavailable, TimeoutError) as error:
            return str(error) or "does not answer within 3 s"


def is_ready(states: dict[str, str]) -> bool:
    """Whether the shop can serve; an index that is being built is waited for by searchers alone."""
    return set(states.values()) <= {OK, BUILDING}
