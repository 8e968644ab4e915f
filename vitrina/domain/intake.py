"""Intake of the stock library: works come in from files or from a seller's own videos, and are withdrawn again."""

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..adapters.media import Media, MediaRefused, MediaUnavailable, StockLook, StockWords
from ..store.contents import ContentStore
from ..store.database import Database
from ..store.folders import FolderStore
from ..store.item_shelf import ItemShelf, StockWork
from ..store.items import ItemStore
from .access import THE_SHOP, Seller
from .clock import Clock
from .contents import ContentStatus, Kind, work_of
from .events import Events
from .item_details import ItemDetails, Words, problems_of
from .jobs import DeriveItem
from .pictures import new_folder
from .problems import ContentNotFound, Invalid, ItemNotFound, MediaToolsUnavailable, invalid

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "application/postscript": "eps",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
}
_KINDS = {
    "image/jpeg": (Kind.IMAGE, "image"),
    "image/png": (Kind.IMAGE, "image"),
    "image/svg+xml": (Kind.VECTOR, "vector"),
    "application/postscript": (Kind.VECTOR, "vector"),
    "video/mp4": (Kind.FOOTAGE, "video"),
    "audio/mpeg": (Kind.SOUND, "audio"),
}
# Behind what sellers uploaded to sell it now: an import may bring ten thousand pictures at once.
PRIORITY = -1


class Taken(msgspec.Struct, frozen=True):
    """What became of a file: `outcome` is new, changed (its words) or known."""

    item_id: int
    outcome: str


class _Known(Exception):
    """Another import was quicker."""


class Intake:
    """Takes works into the stock library, and out of it."""

    def __init__(
        self,
        db: Database,
        shelf: ItemShelf,
        items: ItemStore,
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
        self._items = items
        self._contents = contents
        self._folders = folders
        self._files = files
        self._media = media
        self._jobs = jobs
        self._events = events
        self._clock = clock

    async def take(self, seller: Seller, path: Path, source: str, told: ItemDetails) -> Taken:
        """Take in a JPEG, PNG, SVG, EPS, MP4 or MP3; the same `source` (a digest of its bytes) is one item for ever.

        What is not told is read from the file. Raises Invalid, MediaToolsUnavailable.
        """
        known = await self._shelf.by_source(seller.id, source)
        if known is not None:
            return Taken(known, "changed" if await self._retell(known, told) else "known")
        with TemporaryDirectory(prefix="vitrina-") as folder:
            # A copy: the store moves what it is given, and the original may change under our hands.
            copy = Path(folder) / "work"
            await asyncio.to_thread(shutil.copyfile, path, copy)
            look = await self._look(copy)
            details = _completed(told, look.words, path.stem)
            await self._check(details)
            return await self._keep(seller, copy, source, look, details)

    async def known(self, seller: Seller, source: str) -> int | None:
        """The item that was taken from this source before."""
        return await self._shelf.by_source(seller.id, source)

    async def _look(self, path: Path) -> StockLook:
        try:
            return await self._media.look_at_stock(path)
        except MediaRefused as refused:
            raise invalid("file", str(refused)) from None
        except MediaUnavailable as failure:
            raise MediaToolsUnavailable from failure

    async def _check(self, details: ItemDetails) -> None:
        causes = problems_of(details, await self._items.categories())
        if causes:
            raise Invalid(*causes)

    async def _keep(
        self, seller: Seller, copy: Path, source: str, look: StockLook, details: ItemDetails
    ) -> Taken:
        folder, size, now = new_folder(), copy.stat().st_size, self._clock()
        uri = f"{folder}/content"
        await self._folders.add(seller.id, folder, now)
        await self._files.put(uri, copy)
        kind, type = _KINDS[look.media_type]
        try:
            async with self._db.transaction():
                content_id = await self._contents.add(
                    seller.id,
                    kind=kind,
                    media_type=look.media_type,
                    title=details.title,
                    description=details.description,
                    uri=uri,
                    size=size,
                    declared={"author": details.author, "taken": details.taken},
                    now=now,
                )
                await self._contents.change(content_id, {"status": ContentStatus.RECEIVED}, now)
                await self._shelf.own_folder(folder, content_id)
                facts = {"duration_ms": look.duration_ms, "fps": look.fps, "source": source}
                facts |= msgspec.structs.asdict(look.sound) if look.sound else {}
                sides = {"width": look.width, "height": look.height, "size": size}
                extension = EXTENSIONS[look.media_type]
                columns = details.columns() | facts | sides | {"type": type, "extension": extension}
                item_id = await self._put_on_shelf(seller, content_id, columns)
        except _Known:
            await self._folders.remove([folder])
            await self._files.remove_folder(folder)
            known = await self._shelf.by_source(seller.id, source)
            assert known is not None
            return Taken(known, "known")
        return Taken(item_id, "new")

    async def _put_on_shelf(self, seller: Seller, content_id: int, columns: dict[str, Any]) -> int:
        item_id = await self._shelf.add(seller.id, content_id, self._clock(), **columns)
        if item_id is None:
            raise _Known
        await self._jobs.later(self._db.connection, DeriveItem(item_id), priority=PRIORITY)
        await self._events.add("item.created", seller.actor, item_id, seller_id=seller.id, content=content_id)
        return item_id

    async def _retell(self, item_id: int, told: ItemDetails) -> bool:
        """Change what was told differently this time; whether anything was."""
        item = await self._items.get(item_id)
        assert item is not None
        changes = {column: value for column, value in told.said().items() if value != getattr(item, column)}
        if not changes:
            return False
        await self._check(msgspec.structs.replace(told, title=told.title or item.title))
        async with self._db.transaction():
            await self._shelf.change(item_id, changes, self._clock())
            fields = sorted(changes)
            await self._events.add("item.changed", THE_SHOP, item_id, seller_id=item.seller_id, fields=fields)
        return True

    async def offer_for_licensing(self, seller: Seller, content_id: int, details: ItemDetails) -> int:
        """List a video that the seller uploaded as an item; its id. Raises ContentNotFound, Invalid."""
        async with self._db.transaction():
            content = await self._contents.lock(seller.id, content_id)
            if content is None:
                raise ContentNotFound(f"content with id {content_id} not found")
            if content.kind != Kind.VIDEO:
                raise invalid("content_id", f"content {content_id} is no video; only videos are licensed")
            if content.status != ContentStatus.READY:
                raise invalid("content_id", f"content {content_id}: {ContentStatus(content.status).words}")
            words = StockWords(title=content.title, description=content.description)
            details = _completed(details, words, content.title)
            await self._check(details)
            found = work_of(content).found
            columns = details.columns() | {
                "type": "video",
                "extension": "mp4",
                "size": content.size,
                "width": (found and found.width) or 0,
                "height": (found and found.height) or 0,
                "duration_ms": found.duration_ms if found else None,
            }
            try:
                return await self._put_on_shelf(seller, content_id, columns)
            except _Known:
                raise invalid(
                    "content_id", f"content {content_id} is offered for licensing already"
                ) from None

    # --- out and in again --------------------------------------------------------------------------------

    async def page(self, seller_id: int | None, skip: int, take: int) -> tuple[list[StockWork], int]:
        """A page of a seller's items, or of all, newest first, and how many there are. For the operator."""
        return await self._shelf.page(seller_id, skip, take)

    async def withdraw(self, item_id: int, *, reason: str = "", actor: str = THE_SHOP) -> None:
        """Take an item off sale; licences that were bought stay good. Raises ItemNotFound."""
        async with self._db.transaction():
            work = await self._locked(item_id)
            # What was never on sale has nothing to come back to: it is made anew if it is restored.
            status = "inactive" if work.folder else "deleted"
            if work.status != status:
                now = self._clock()
                hidden = {"status": status, "hidden_at": now, "hidden_reason": reason, "unseen_since": None}
                await self._shelf.change(item_id, hidden, now)
                told = {"reason": reason} if reason else {}
                await self._events.add("item.withdrawn", actor, item_id, seller_id=work.seller_id, **told)

    async def restore(self, item_id: int, *, actor: str = THE_SHOP) -> None:
        """Put an item on sale again, or try anew to derive it. Raises ItemNotFound."""
        async with self._db.transaction():
            work = await self._locked(item_id)
            if work.content_deleted:
                raise ItemNotFound(f"the seller deleted the work that item {item_id} offered")
            if work.status == "active":
                return
            status = "active" if work.folder else "inactive"
            shown = {"status": status, "hidden_at": None, "hidden_reason": None}
            await self._shelf.change(item_id, shown, self._clock())
            if not work.folder:
                await self._jobs.later(self._db.connection, DeriveItem(item_id), priority=PRIORITY)
            await self._events.add("item.restored", actor, item_id, seller_id=work.seller_id)

    async def _locked(self, item_id: int) -> StockWork:
        work = await self._shelf.lock(item_id)
        if work is None:
            raise ItemNotFound(f"there is no item {item_id}")
        return work


def _completed(told: ItemDetails, words: StockWords, name: str) -> ItemDetails:
    """What the seller did not tell comes from the file, and a title at last from its name."""
    translations = dict(told.translations)
    for language, texts in words.translations.items():
        if language != told.language and language not in translations:
            translations[language] = Words(
                title=texts.get("title", ""), description=texts.get("description", "")
            )
    spaced = " ".join(name.replace("_", " ").replace("-", " ").split())
    return msgspec.structs.replace(
        told,
        title=told.title or words.title[:200] or spaced[:1].upper() + spaced[1:200],
        description=told.description or words.description,
        keywords=list(dict.fromkeys(told.keywords or [word[:100] for word in words.keywords[:100]])),
        translations=translations,
        author=told.author or words.author[:200] or None,
        taken=told.taken or words.taken or None,
    )
