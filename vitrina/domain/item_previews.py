"""Previews of stock items: what search finds them by and what is shown before a licence is bought."""

from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..adapters.media import Media, MediaRefused, StockMade
from ..store.contents import ContentStore
from ..store.database import Database
from ..store.folders import FolderStore
from ..store.item_shelf import ItemShelf, StockWork
from .access import THE_SHOP
from .clock import Clock
from .contents import STOCK_KINDS, ContentStatus
from .events import Events
from .jobs import RemoveFolders
from .pictures import new_folder

_log = structlog.get_logger(__name__)


class ItemPreviews:
    """Derives previews, colours and fingerprints, in jobs; running one again leaves one result."""

    def __init__(
        self,
        db: Database,
        shelf: ItemShelf,
        contents: ContentStore,
        folders: FolderStore,
        files: Files,
        media: Media,
        jobs: JobQueue,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._shelf = shelf
        self._contents = contents
        self._folders = folders
        self._files = files
        self._media = media
        self._jobs = jobs
        self._events = events
        self._clock = clock

    async def derive(self, item_id: int) -> None:
        """Afterwards the item is on sale, or its content failed with a reason that the seller can read."""
        work = await self._shelf.without_owner(item_id)
        if work is None or work.status == "deleted" or work.content_deleted:
            return
        folder = new_folder()
        # Of no content until all is well: what a killed worker leaves behind is swept as an orphan.
        await self._folders.add(work.seller_id, folder, self._clock())
        try:
            made = await self._make(work, folder)
        except MediaRefused as refused:
            await self._fail(item_id, str(refused))
            await self._drop(folder)
            return
        if not await self._publish(item_id, made, folder):
            await self._drop(folder)

    async def fail(self, item_id: int) -> None:
        """Give up on an item whose job failed again and again for a reason of ours."""
        await self._fail(
            item_id, "the shop could not process the file; its operator has to look into the log"
        )

    async def _make(self, work: StockWork, folder: str) -> StockMade:
        async with self._files.local(work.uri) as master:
            with TemporaryDirectory(prefix="vitrina-") as made:
                link, out = Path(made) / "master", Path(made) / "out"
                link.symlink_to(master)
                found = await self._media.process_stock(link, out)
                for path in sorted(path for path in out.rglob("*") if path.is_file()):
                    await self._files.put(f"{folder}/{path.relative_to(out).as_posix()}", path)
        return found

    async def _publish(self, item_id: int, made: StockMade, folder: str) -> bool:
        """Whether the item is still wanted; what an earlier run made goes."""
        async with self._db.transaction():
            work = await self._shelf.lock(item_id)
            if work is None or work.status == "deleted" or work.content_deleted:
                return False
            now = self._clock()
            first = work.folder is None
            changes = {
                "width": made.width,
                "height": made.height,
                "colors": made.colors,
                "fingerprint": made.fingerprint,
                "folder": folder,
            }
            if made.duration_ms is not None:
                changes |= {"duration_ms": made.duration_ms, "fps": made.fps}
            if first:
                changes |= {"status": "active", "published_at": work.published_at or now, "unseen_since": now}
                await self._events.add("item.published", THE_SHOP, item_id, seller_id=work.seller_id)
            await self._shelf.own_folder(folder, work.content_id)
            await self._shelf.change(item_id, changes, now)
            await self._note(work, ContentStatus.READY, None)
            if work.folder:
                await self._shelf.forget_files(item_id)
                await self._folders.remove([work.folder])
                await self._jobs.later(self._db.connection, RemoveFolders([work.folder]))
        _log.info("item derived", item_id=item_id, first=first)
        return True

    async def _fail(self, item_id: int, reason: str) -> None:
        async with self._db.transaction():
            work = await self._shelf.lock(item_id)
            if work is None or work.folder is not None:
                return  # what was derived before stays on sale
            await self._note(work, ContentStatus.FAILED, reason)
            await self._events.add("item.failed", THE_SHOP, item_id, seller_id=work.seller_id, reason=reason)
        _log.info("item failed", item_id=item_id, reason=reason)

    async def _note(self, work: StockWork, status: ContentStatus, failure: str | None) -> None:
        """A seller's own video has its state from elsewhere."""
        if work.kind in STOCK_KINDS:
            changes = {"status": status, "failure": failure}
            await self._contents.change(work.content_id, changes, self._clock())

    async def _drop(self, folder: str) -> None:
        await self._folders.remove([folder])
        await self._files.remove_folder(folder)
