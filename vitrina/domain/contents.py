"""Contents: a seller's works. created → sending → received → processing → ready | failed(reason)."""

from enum import IntEnum
from typing import Any

import msgspec

from ..adapters.jobs import JobQueue
from ..store.contents import Content, ContentStore
from ..store.database import Database
from ..store.entitlements import EntitlementStore, OwnedContent
from ..store.folders import FolderStore
from ..store.offers import CarriedContent, OfferStore
from ..store.uploads import UploadStore
from .access import Seller
from .clock import Clock
from .events import Events
from .filters import Filter
from .jobs import DrawCover, MakePreviews, RemoveFolders
from .problems import ContentNotFound, invalid


class ContentStatus(IntEnum):
    """The numbers are those of the WBD contract."""

    CREATED = 0
    RECEIVED = 1
    READY = 2
    FAILED = 3
    PROCESSING = 4
    SENDING = 5

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    ContentStatus.CREATED: "its file was not uploaded yet",
    ContentStatus.SENDING: "its file is not uploaded completely",
    ContentStatus.RECEIVED: "its file waits to be processed",
    ContentStatus.PROCESSING: "its file is being processed",
    ContentStatus.FAILED: "its file could not be processed",
    ContentStatus.READY: "it is ready",
}


class Kind(IntEnum):
    """What a content is; the numbers below 100 are those of the WBD contract, which knows of no others."""

    VIDEO = 1
    AUDIO = 2
    DOCUMENT = 4
    IMAGE = 101
    VECTOR = 102
    FOOTAGE = 103
    SOUND = 104

    @property
    def media_types(self) -> tuple[str, ...]:
        """The types of file that a content of this kind may have."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Kind.VIDEO: ("video/mp4",),
    Kind.AUDIO: ("audio/mpeg",),
    Kind.DOCUMENT: ("application/pdf", "application/epub+zip", "text/plain"),
    Kind.IMAGE: ("image/jpeg", "image/png"),
    Kind.VECTOR: ("image/svg+xml", "application/postscript"),
    Kind.FOOTAGE: ("video/mp4",),
    Kind.SOUND: ("audio/mpeg",),
}

# Works that are licensed only, and never part of an offer.
STOCK_KINDS = frozenset({Kind.IMAGE, Kind.VECTOR, Kind.FOOTAGE, Kind.SOUND})


class Declared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the seller says of a work. `cover` holds URIs, `age_rating` years, `duration` is HH:MM:SS."""

    cover: list[str] = []
    age_rating: int | None = None
    author: str | None = None
    pages: int | None = None
    file_name: str | None = None
    file_modified: int | None = None  # milliseconds, as the seller's own machine told them
    original_title: str | None = None
    narrator: str | None = None
    isbn: str | None = None
    translator: str | None = None
    duration: str | None = None


class Rendition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rung of the ladder that players choose from: bits a second and bytes; pixels where it is a picture."""

    bitrate: int
    size: int
    width: int = 0
    height: int = 0


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the shop found in the file and made out of it. `cover`, `preview`, `waveform` are URIs."""

    cover: list[str] = []
    preview: str | None = None
    waveform: str | None = None
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None
    bitrate: int | None = None
    videos: list[Rendition] = []
    audios: list[Rendition] = []
    pages: int | None = None


class DerivedFile(msgspec.Struct, frozen=True):
    """A further file made out of a master: bytes and URI."""

    media_type: str
    size: int
    uri: str


class Work(msgspec.Struct, frozen=True):
    """A content with its metadata unpacked."""

    declared: Declared | None
    found: Found | None
    files: list[DerivedFile]

    @property
    def cover(self) -> list[str]:
        """The seller's own cover, else the one found in the file."""
        return (self.declared.cover if self.declared else []) or (self.found.cover if self.found else [])


def unpack(declared: str | None, found: str | None, files: str) -> Work:
    """The three JSON columns of a content as types."""
    return Work(
        None if declared is None else _declared.decode(declared),
        None if found is None else _found.decode(found),
        _files.decode(files),
    )


def work_of(content: Content | CarriedContent | OwnedContent) -> Work:
    return unpack(content.declared, content.found, content.files)


_declared = msgspec.json.Decoder(Declared)
_found = msgspec.json.Decoder(Found)
_files = msgspec.json.Decoder(list[DerivedFile])


class Contents:
    """Reads, edits, retries and deletes contents. New ones begin as uploads."""

    def __init__(
        self,
        db: Database,
        store: ContentStore,
        uploads: UploadStore,
        offers: OfferStore,
        folders: FolderStore,
        entitlements: EntitlementStore,
        jobs: JobQueue,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._uploads = uploads
        self._offers = offers
        self._folders = folders
        self._entitlements = entitlements
        self._jobs = jobs
        self._events = events
        self._clock = clock

    async def get(self, seller: Seller, content_id: int) -> Content:
        """One content of the seller; raises ContentNotFound."""
        content = await self._store.get(seller.id, content_id)
        if content is None:
            raise ContentNotFound(f"content with id {content_id} not found")
        return content

    async def page(self, seller: Seller, wanted: Filter) -> tuple[list[Content], int]:
        """A page of the seller's contents, and how many match in all."""
        return await self._store.page(seller.id, **msgspec.structs.asdict(wanted))

    async def share(self, seller: Seller, content_ids: list[int]) -> list[Content]:
        """The seller's contents among these, held against deletion until the transaction ends."""
        return await self._store.share(seller.id, content_ids)

    @staticmethod
    def cover_of(content: Content) -> list[str]:
        return work_of(content).cover

    async def update(
        self, seller: Seller, content_id: int, *, title: str | None, description: str | None
    ) -> Content:
        """Change what is not None."""
        async with self._db.transaction():
            await self._locked(seller, content_id)
            changes: dict[str, Any] = {}
            if title is not None:
                changes |= {"title": title, "title_folded": title.casefold()}
            if description is not None:
                changes["description"] = description
            if changes:
                await self._store.change(content_id, changes, self._clock())
                await self._tell("content.changed", seller, content_id)
            return await self.get(seller, content_id)

    async def retry(self, seller: Seller, content_id: int) -> Content:
        """Process a failed content again; raises ContentNotFound, or Invalid if it has not failed."""
        async with self._db.transaction():
            content = await self._locked(seller, content_id)
            if content.status != ContentStatus.FAILED:
                words = ContentStatus(content.status).words
                raise invalid("content_id", f"content {content_id} has not failed: {words}")
            changes = {"status": ContentStatus.RECEIVED, "failure": None}
            await self._store.change(content_id, changes, self._clock())
            await self._jobs.later(self._db.connection, MakePreviews(content_id))
            return await self.get(seller, content_id)

    async def delete(self, seller: Seller, content_id: int) -> None:
        """Delete a content and take it out of offers; refused while a published one carries it.

        Its files go, too, unless somebody ordered it or could license it: whoever bought a work keeps it.
        """
        async with self._db.transaction():
            await self._uploads.lock(seller.id, content_id)
            await self._locked(seller, content_id)
            offers = await self._offers.carrying(content_id)
            published = [str(offer.id) for offer in offers if offer.status == 1]
            if published:
                raise invalid(
                    "content_id",
                    f"published offers carry content {content_id}: {', '.join(published)}; pause or delete them first",
                )
            now = self._clock()
            await self._offers.drop_content(content_id)
            for offer in offers:
                await self._leave(offer.id, offer.cover_source == 2)
            await self._store.change(content_id, {"deleted_at": now}, now)
            await self._store.end_licensing(content_id, now)
            upload = await self._uploads.of_content(content_id)
            if upload:
                await self._uploads.remove(upload.uuid)
            await self._tell("content.deleted", seller, content_id)
            if not await self._entitlements.ordered(content_id):
                paths = await self._folders.of_content(content_id)
                await self._folders.remove(paths)
                await self._jobs.later(self._db.connection, RemoveFolders(paths))

    async def _tell(self, kind: str, seller: Seller, content_id: int) -> None:
        await self._events.add(kind, seller.actor, content_id, seller_id=seller.id)

    async def _leave(self, offer_id: int, lost_cover: bool) -> None:
        """What changes for an offer that a content has just left."""
        left = await self._offers.contents([offer_id])
        changes: dict[str, Any] = {"kinds": sorted({content.kind for content in left})}
        if lost_cover:
            covers = [cover for content in left if (cover := work_of(content).cover)]
            changes |= {"cover": covers[0] if covers else [], "cover_source": 2 if covers else 0}
            if not covers:
                await self._jobs.later(self._db.connection, DrawCover(offer_id))
        await self._offers.change(offer_id, changes, self._clock())

    async def _locked(self, seller: Seller, content_id: int) -> Content:
        content = await self._store.lock(seller.id, content_id)
        if content is None:
            raise ContentNotFound(f"content with id {content_id} not found")
        return content
