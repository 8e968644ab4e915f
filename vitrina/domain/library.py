"""The library of a buyer: what they may have, the keys they bought, and links to watch, listen, read and download.

One record decides all of it: the entitlement. A link names it, and whoever follows the link asks it again.
"""

import base64
import hmac
import re
import struct
from datetime import UTC, datetime, timedelta

import msgspec

from ..store.database import Database
from ..store.entitlements import Entitlement, EntitlementStore, OwnedContent
from .access import Buyer
from .catalog import Section
from .clock import Clock
from .contents import Work, work_of
from .downloads import Download, Downloads
from .events import Events
from .pictures import split_uri
from .problems import AccessEnded, EntitlementNotFound, FileNotFound, LinkNotValid, invalid
from .secrets import Seal

STREAM_LASTS = timedelta(hours=6)
DOWNLOAD_LASTS = timedelta(hours=1)

_CLAIMS = struct.Struct(">QQhI")  # entitlement, content, file (-1: the stream), expiry in seconds
_SIGNED = 16  # bytes
_SEGMENT = re.compile(r"(?:[0-9a-z]{1,16}/)?[0-9A-Za-z_-]{1,40}\.(?:m3u8|ts|m4s|mp4|aac)")
_STREAM = -1
_TO_READ = -2  # and below: file -2 - n is shown in the browser, not kept
_SHOWN = {"application/pdf"}


class OwnedFile(msgspec.Struct, frozen=True):
    """A file that may be downloaded: its number in the content, type and bytes."""

    number: int
    media_type: str
    size: int


class OwnedWork(msgspec.Struct, frozen=True):
    """A work in the library; files are the master and what was made of it."""

    content: OwnedContent
    work: Work
    streams: bool
    files: list[OwnedFile]


class Owned(msgspec.Struct, frozen=True):
    """What one line of an order brought."""

    entitlement: Entitlement
    works: list[OwnedWork]

    @property
    def carries_keys(self) -> bool:
        return Section(self.entitlement.section).carries_keys


class Link(msgspec.Struct, frozen=True):
    """A signed way to one stream or file; `path` is behind the shop's files."""

    path: str
    expires_at: datetime


class Followed(msgspec.Struct, frozen=True):
    """What a link leads to; `save_as` names a file that is to be kept, None what is played or shown."""

    download: Download
    save_as: str | None
    shown: bool = False


class RevealedKey(msgspec.Struct, frozen=True):
    id: int
    value: str


class Library:
    """Reads a buyer's entitlements and acts on them."""

    def __init__(
        self,
        db: Database,
        store: EntitlementStore,
        downloads: Downloads,
        seal: Seal,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._downloads = downloads
        self._seal = seal
        self._events = events
        self._clock = clock

    async def page(self, buyer: Buyer, skip: int, take: int) -> tuple[list[Owned], int]:
        """What a buyer may have now, newest first, and how many in all."""
        rows, total = await self._store.page(buyer.id, self._clock(), skip, take)
        return await self._with_works(rows), total

    async def shelf(self, buyer: Buyer, skip: int, take: int) -> list[Entitlement]:
        """The same without the works and their number."""
        return await self._store.some(buyer.id, self._clock(), skip, take)

    async def bought(self, buyer: Buyer, offer_id: int) -> int | None:
        """The buyer's newest open purchase of an offer, if there is one."""
        return await self._store.of_offer(buyer.id, offer_id, self._clock())

    async def get(self, buyer: Buyer, id: int) -> Owned:
        """One purchase; raises EntitlementNotFound, AccessEnded."""
        return (await self._with_works([await self._open(buyer, id)]))[0]

    async def _open(self, buyer: Buyer, id: int) -> Entitlement:
        row = await self._store.get(buyer.id, id)
        if row is None:
            raise EntitlementNotFound(f"there is no purchase {id} in your library")
        if row.ended_at is not None or (row.until is not None and row.until <= self._clock()):
            raise AccessEnded
        return row

    async def _with_works(self, rows: list[Entitlement]) -> list[Owned]:
        works: dict[int, list[OwnedWork]] = {row.id: [] for row in rows}
        for content in await self._store.contents(list(works)):
            works[content.entitlement_id].append(_work(content))
        return [Owned(row, works[row.id]) for row in rows]

    # --- keys --------------------------------------------------------------------------------------------

    async def reveal(self, buyer: Buyer, id: int, address: str) -> list[RevealedKey]:
        """The keys that were bought, opened; each time is recorded. Raises EntitlementNotFound, AccessEnded."""
        row = await self._open(buyer, id)
        async with self._db.transaction():
            if not await self._store.hold_open(buyer.id, id, self._clock()):
                raise AccessEnded
            keys = await self._store.keys(row.order_line_id)
            key_ids = [key.id for key in keys]
            if keys:
                await self._store.note_reveals(id, key_ids, address, self._clock())
                # Not from which address: the seller reads it.
                told = {"keys": key_ids, "order": row.order_id}
                await self._events.add(
                    "key.revealed", buyer.actor, key_ids[0], seller_id=row.seller_id, **told
                )
        return [RevealedKey(key.id, self._seal.open(key.sealed, key.offer_id)) for key in keys]

    # --- links -------------------------------------------------------------------------------------------

    async def stream(self, buyer: Buyer, id: int, content_id: int) -> Link:
        """A way to the HLS playlist of a work; its segments are found beside it, under the same signature."""
        owned = await self.work(buyer, id, content_id)
        if not owned.streams:
            raise invalid("content_id", f"content {content_id} is no film and no sound; download it")
        name = split_uri(owned.content.playlist)[1]
        return self._link(id, content_id, _STREAM, name, STREAM_LASTS)

    async def download(self, buyer: Buyer, id: int, content_id: int, number: int) -> Link:
        """A way to the file `number` of a work."""
        owned = await self.work(buyer, id, content_id)
        if not 0 <= number < len(owned.files):
            raise invalid("file", f"content {content_id} has files 0 to {len(owned.files) - 1}")
        name = f"{content_id}{_suffix(owned.files[number].media_type)}"
        return self._link(id, content_id, number, name, DOWNLOAD_LASTS)

    async def show(self, buyer: Buyer, id: int, content_id: int) -> Link:
        """A way to a work that browsers themselves can show: a PDF."""
        owned = await self.work(buyer, id, content_id)
        for file in owned.files:
            if file.media_type in _SHOWN:
                name = f"{content_id}{_suffix(file.media_type)}"
                return self._link(id, content_id, _TO_READ - file.number, name, DOWNLOAD_LASTS)
        raise invalid("content_id", f"content {content_id} is nothing that a browser shows; download it")

    async def work(self, buyer: Buyer, id: int, content_id: int) -> OwnedWork:
        """One work of a purchase; raises EntitlementNotFound, AccessEnded."""
        for owned in (await self.get(buyer, id)).works:
            if owned.content.id == content_id:
                return owned
        raise EntitlementNotFound(f"content {content_id} is not part of purchase {id}")

    def _link(self, id: int, content_id: int, number: int, name: str, lasts: timedelta) -> Link:
        expires = int((self._clock() + lasts).timestamp())
        claims = _CLAIMS.pack(id, content_id, number, expires)
        signed = base64.urlsafe_b64encode(claims + self._sign(claims)).decode().rstrip("=")
        return Link(f"{signed}/{name}", datetime.fromtimestamp(expires, UTC))

    def _sign(self, claims: bytes) -> bytes:
        return hmac.digest(self._seal.link_key, claims, "sha256")[:_SIGNED]

    async def follow(self, signed: str, name: str) -> Followed:
        """The file at the end of a link; raises LinkNotValid, AccessEnded, FileNotFound."""
        try:
            raw = base64.b64decode(signed + "=" * (-len(signed) % 4), altchars=b"-_", validate=True)
            claims, signature = raw[: _CLAIMS.size], raw[_CLAIMS.size :]
            id, content_id, number, expires = _CLAIMS.unpack(claims)
        except (ValueError, struct.error):
            raise LinkNotValid from None
        now = self._clock()
        if not hmac.compare_digest(signature, self._sign(claims)) or expires <= now.timestamp():
            raise LinkNotValid
        content = await self._store.living_content(id, content_id, now)
        if content is None:
            raise AccessEnded
        if number == _STREAM:
            return Followed(await self._part_of_stream(content, name), None)
        shown = number <= _TO_READ
        uri, media_type = _files(content)[_TO_READ - number if shown else number]
        save_as = f"{content.title[:100]}{_suffix(media_type)}"
        return Followed(await self._downloads.at(uri, media_type), save_as, shown)

    async def _part_of_stream(self, content: OwnedContent, name: str) -> Download:
        if not _SEGMENT.fullmatch(name) or not content.playlist:
            raise FileNotFound(f"the stream has no {name[:100]!r}")
        folder = split_uri(content.playlist)[0]
        return await self._downloads.at(f"{folder}/{name}")


def _work(content: OwnedContent) -> OwnedWork:
    work = work_of(content)
    sizes = [content.size, *(file.size for file in work.files)]
    files = [
        OwnedFile(number, media_type, sizes[number]) for number, (_, media_type) in enumerate(_files(content))
    ]
    return OwnedWork(content, work, bool(content.playlist), files)


def _files(content: OwnedContent) -> list[tuple[str, str]]:
    """(URI, type) of the master and of the files made of it."""
    return [
        (content.uri, content.media_type),
        *((file.uri, file.media_type) for file in work_of(content).files),
    ]


_SUFFIXES = {
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/fb2": ".fb2",
    "text/plain": ".txt",
    "application/json": ".json",
    "image/png": ".png",
    "image/jpeg": ".jpg",
}


def _suffix(media_type: str) -> str:
    return _SUFFIXES.get(media_type, "")
