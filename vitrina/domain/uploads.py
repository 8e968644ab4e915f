"""Uploads: a master file sent in parts, in any order, by any process; what was acknowledged is kept."""

import asyncio
import hashlib
import uuid
from datetime import timedelta

import msgspec

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..store.contents import ContentStore
from ..store.database import Database
from ..store.folders import FolderStore
from ..store.uploads import Unfinished, Upload, UploadStore
from .access import THE_SHOP, Seller
from .clock import Clock
from .contents import ContentStatus, Declared, Kind
from .events import Events
from .jobs import MakePreviews, RemoveFolders
from .pictures import missing_pictures, new_folder
from .problems import Cause, Invalid, UploadNotFound, invalid

MOST_PART = 2 * 1024 * 1024  # bytes
MOST_FILE = 3 * 1024**3  # bytes
MOST_UNFINISHED = 200  # uploads that a list shows
MOST_NAMED = 100  # wrong parts that an answer names
ZIP = "application/zip"


class Part(msgspec.Struct, frozen=True):
    """A part that is to be sent: number from 1, and size in bytes."""

    index: int
    size: int


class NewContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a seller says of a work before sending it."""

    title: str
    description: str
    kind: Kind
    media_type: str
    parts: list[Part]
    declared: Declared | None


class Begun(msgspec.Struct, frozen=True):
    content_id: int
    uuid: uuid.UUID


class Received(msgspec.Struct, frozen=True):
    """How many parts have arrived, and the URI that the whole file will have."""

    parts: int
    uri: str


class Progress(msgspec.Struct, frozen=True):
    """How far an upload is."""

    upload: Upload
    received: list[int]
    missing: list[int]


class Uploads:
    """Begins uploads, takes their parts, and throws away those that were abandoned."""

    def __init__(
        self,
        db: Database,
        store: UploadStore,
        contents: ContentStore,
        folders: FolderStore,
        files: Files,
        jobs: JobQueue,
        events: Events,
        clock: Clock,
        days: int,
    ) -> None:
        self._db = db
        self._store = store
        self._contents = contents
        self._folders = folders
        self._files = files
        self._jobs = jobs
        self._events = events
        self._clock = clock
        self._lifetime = timedelta(days=days)

    async def begin(self, seller: Seller, new: NewContent) -> Begun:
        """Make a content that waits for its file; raises Invalid with all causes."""
        causes = _parts_problems(new.parts)
        if new.media_type not in new.kind.media_types:
            allowed = ", ".join(new.kind.media_types)
            causes.append(Cause("content_type", f"a content of category {new.kind} is one of: {allowed}"))
        if new.declared:
            causes += await missing_pictures(self._folders, seller, "meta.thumbnail", new.declared.cover)
        if causes:
            raise Invalid(*causes)
        first = next(part for part in new.parts if part.index == 1)
        size = sum(part.size for part in new.parts)
        async with self._db.transaction():
            now = self._clock()
            folder = new_folder()
            content_id = await self._contents.add(
                seller.id,
                kind=new.kind,
                media_type=new.media_type,
                title=new.title,
                description=new.description,
                uri=f"{folder}/content",
                size=size,
                declared=msgspec.to_builtins(new.declared) if new.declared else None,
                now=now,
            )
            await self._folders.add(seller.id, folder, now, content_id=content_id)
            id = uuid.uuid4()
            await self._store.add(
                seller.id, id, content_id, first.size, len(new.parts), size, now + self._lifetime
            )
            await self._events.add("content.created", seller.actor, content_id, seller_id=seller.id)
        return Begun(content_id, id)

    async def unfinished(self, seller: Seller) -> list[Unfinished]:
        """What still waits for parts, newest first."""
        return await self._store.unfinished(seller.id, self._clock(), MOST_UNFINISHED)

    async def find(self, seller: Seller, id: uuid.UUID) -> Upload:
        """An upload of the seller; raises UploadNotFound."""
        upload = await self._store.get(seller.id, id)
        if upload is None or (upload.expires_at < self._clock() and upload.received < upload.part_count):
            raise UploadNotFound(f"there is no upload {id}; it may have expired, begin it again")
        return upload

    async def progress(self, seller: Seller, id: uuid.UUID) -> Progress:
        """Which parts have arrived and which are missing."""
        upload = await self.find(seller, id)
        received = await self._store.parts(upload.uuid)
        arrived = set(received)
        missing = [index for index in range(1, upload.part_count + 1) if index not in arrived]
        return Progress(upload, received, missing)

    def check_part(self, upload: Upload, index: int, media_type: str, length: int | None) -> None:
        """Refuse a part by its headers, before its bytes are read; raises Invalid."""
        causes = []
        if not 1 <= index <= upload.part_count:
            reason = f"{index} is not the number of a part; this upload has parts 1 to {upload.part_count}"
            causes.append(Cause("X-Wbd-Part-Index", reason))
        elif length is not None and length != upload.length_of(index):
            causes.append(_wrong_length(upload, index, length))
        epub = upload.media_type == "application/epub+zip"
        if media_type != upload.media_type and not (epub and media_type == ZIP):
            reason = f"the content was begun as {upload.media_type}, this part says {media_type}"
            causes.append(Cause("X-Content-Type", reason))
        if causes:
            raise Invalid(*causes)

    async def put_part(self, seller: Seller, upload: Upload, index: int, data: bytes) -> Received:
        """Keep one part; when this returns it is on disk. Raises Invalid, UploadNotFound."""
        if len(data) != upload.length_of(index):
            raise Invalid(_wrong_length(upload, index, len(data)))
        digest = (await asyncio.to_thread(hashlib.sha256, data)).digest()
        async with self._db.transaction():
            if await self._store.claim_part(upload.uuid, index, digest):
                await self._files.write_part(upload.uri, index, upload.part_size * (index - 1), data)
                return Received(await self._count(seller, upload), upload.uri)
            known = await self._store.digest(upload.uuid, index)
        if known is None:
            raise UploadNotFound(f"upload {upload.uuid} was removed; begin it again")
        if known != digest:
            reason = f"part {index} has arrived before with other bytes; begin a new upload to replace it"
            raise invalid("X-Wbd-Part-Index", reason)
        return Received((await self.find(seller, upload.uuid)).received, upload.uri)

    async def _count(self, seller: Seller, upload: Upload) -> int:
        now = self._clock()
        received = await self._store.count_part(upload.uuid, now + self._lifetime)
        if received == upload.part_count:
            await self._contents.change(upload.content_id, {"status": ContentStatus.RECEIVED}, now)
            await self._jobs.later(self._db.connection, MakePreviews(upload.content_id))
            await self._events.add("content.received", seller.actor, upload.content_id, seller_id=seller.id)
        elif received == 1:
            await self._contents.change(upload.content_id, {"status": ContentStatus.SENDING}, now)
        return received

    async def expire(self) -> int:
        """Forget uploads past their time, abandoned ones with all that they left; how many. Run by schedule.

        A finished one is kept as long as an unfinished: its client may ask again for an answer that got lost.
        """
        count = 0
        while batch := await self._store.expired(self._clock(), 100):
            for id, seller_id in batch:
                await self._forget(seller_id, id)
                count += 1
        return count

    async def _forget(self, seller_id: int, id: uuid.UUID) -> None:
        async with self._db.transaction():
            upload = await self._store.get(seller_id, id)
            if upload is None or upload.received == upload.part_count:
                await self._store.remove(id)
                return
            await self._store.lock(seller_id, upload.content_id)
            now = self._clock()
            paths = await self._folders.of_content(upload.content_id)
            await self._contents.change(upload.content_id, {"deleted_at": now}, now)
            await self._store.remove(id)
            await self._events.add("content.deleted", THE_SHOP, upload.content_id, seller_id=seller_id)
            await self._folders.remove(paths)
            await self._jobs.later(self._db.connection, RemoveFolders(paths))


def _wrong_length(upload: Upload, index: int, length: int) -> Cause:
    declared = upload.length_of(index)
    return Cause("body", f"part {index} was declared as {declared} bytes, {length} were sent")


def _parts_problems(parts: list[Part]) -> list[Cause]:
    """The contract's rules: numbers 1..n without gaps, 1 byte to 2 MiB, all but the last equal, at most 3 GiB."""
    if not parts:
        return [Cause("parts", "list at least one part")]
    ordered = sorted(parts, key=lambda part: part.index)
    if [part.index for part in ordered] != list(range(1, len(parts) + 1)):
        return [Cause("parts", f"number the parts from 1 to {len(parts)}, each once")]
    causes = [
        Cause(f"parts[{place}].size", f"part {part.index} has {part.size} bytes; a part has 1 to {MOST_PART}")
        for place, part in enumerate(parts)
        if not 1 <= part.size <= MOST_PART
    ][:MOST_NAMED]
    if len({part.size for part in ordered[:-1]}) > 1:
        causes.append(Cause("parts", "all parts but the last must have the same size"))
    if sum(part.size for part in parts) > MOST_FILE:
        causes.append(Cause("parts", f"the file is larger than {MOST_FILE} bytes (3 GiB)"))
    return causes
