"""Files of stock items: previews for all, and sizes for those who hold a licence, rendered when first asked for."""

import asyncio
import base64
import hmac
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ..adapters.files import Files, FilesUnavailable, NoSuchFile
from ..adapters.media import Media, MediaRefused, MediaUnavailable
from ..store.database import Database
from ..store.item_shelf import ItemShelf, StockWork
from ..store.items import Item, ItemStore
from .clock import Clock
from .downloads import Download, Downloads
from .items import VECTOR, Size, sizes_of
from .problems import AccessEnded, FileNotFound, LinkNotValid, MediaToolsUnavailable, StorageUnavailable
from .secrets import Seal

LASTS = timedelta(hours=24)
WATERMARKS = ("neutral", "depositphotos")
PICTURES = ("110.jpg", "170.jpg", "380.jpg", "450.jpg", "950.jpg")
CLIPS = ("preview.mp4", "preview.webm", "preview.mp3")
AT_ONCE = (
    2  # sizes that one process renders side by side; each waiter beyond would hold a database connection
)

_CLAIMS = struct.Struct(">QQ8sqI")  # group, item, size, test copy (-1: a licence), expiry in seconds
_USE = b"stock file\0"  # other links are signed with the same key
_SIGNED = 16  # bytes
_MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "svg": "image/svg+xml",
    "eps": "application/postscript",
}


class LicensedFile(msgspec.Struct, frozen=True):
    """What a link leads to, and the name to keep it under."""

    download: Download
    save_as: str


Holds = Callable[[int, int, str], Awaitable[bool]]


class StockFiles:
    """Makes links to sizes and follows them; finds previews."""

    def __init__(
        self,
        db: Database,
        shelf: ItemShelf,
        items: ItemStore,
        downloads: Downloads,
        files: Files,
        media: Media,
        seal: Seal,
        holds: Holds,
        clock: Clock,
    ) -> None:
        self._db = db
        self._shelf = shelf
        self._items = items
        self._downloads = downloads
        self._files = files
        self._media = media
        self._seal = seal
        self._holds = holds
        self._clock = clock
        self._room = asyncio.Semaphore(AT_ONCE)

    async def preview(self, item_id: int, watermark: str, name: str) -> Download:
        """A preview of an item on sale; raises FileNotFound, StorageUnavailable."""
        if watermark in WATERMARKS and name in (*PICTURES, *CLIPS):
            item = await self._items.get(item_id)
            if item is not None and item.status == "active" and item.folder is not None:
                return await self._downloads.at(f"{item.folder}/{watermark}/{name}", _PREVIEW_TYPES[name])
        raise FileNotFound(f"there is no preview {name[:100]!r} of item {item_id}")

    # --- links -------------------------------------------------------------------------------------------

    def link(self, group_id: int, item_id: int, size: str, copy: int | None = None) -> str:
        """The signed end of a link to a size, or to a test copy; good for a day, for this group only."""
        expires = int((self._clock() + LASTS).timestamp())
        claims = _CLAIMS.pack(group_id, item_id, size.encode(), -1 if copy is None else copy, expires)
        return base64.urlsafe_b64encode(claims + self._sign(claims)).decode().rstrip("=")

    def _sign(self, claims: bytes) -> bytes:
        return hmac.digest(self._seal.link_key, _USE + claims, "sha256")[:_SIGNED]

    async def follow(self, signed: str) -> LicensedFile:
        """The file at the end of a link; raises LinkNotValid, AccessEnded, FileNotFound and what rendering may."""
        group_id, item_id, size, copy = self._opened(signed)
        if copy is None:
            if not await self._holds(group_id, item_id, size):
                raise AccessEnded("your group holds no licence for this size any more")
        elif not await self._shelf.took(copy, group_id, item_id, size):
            raise AccessEnded("there is no such test copy")
        item, work = await self._items.get(item_id), await self._shelf.without_owner(item_id)
        if item is None or work is None:
            raise FileNotFound(f"there is no item {item_id}")
        wanted = sizes_of(item).get(size)
        if wanted is None:
            raise FileNotFound(f"item {item_id} has no size {size}")
        download = await self._of_size(item, work, wanted)
        extension = next(end for end, type in _MEDIA_TYPES.items() if type == download.media_type)
        return LicensedFile(download, f"{item_id}-{size}.{extension}")

    def _opened(self, signed: str) -> tuple[int, int, str, int | None]:
        try:
            raw = base64.b64decode(signed + "=" * (-len(signed) % 4), altchars=b"-_", validate=True)
            claims, signature = raw[: _CLAIMS.size], raw[_CLAIMS.size :]
            group_id, item_id, size, copy, expires = _CLAIMS.unpack(claims)
        except (ValueError, struct.error):
            raise LinkNotValid from None
        genuine = hmac.compare_digest(signature, self._sign(claims))
        if not genuine or expires <= self._clock().timestamp():
            raise LinkNotValid
        return group_id, item_id, size.rstrip(b"\0").decode(), None if copy == -1 else copy

    # --- sizes -------------------------------------------------------------------------------------------

    async def _of_size(self, item: Item, work: StockWork, size: Size) -> Download:
        if is_master(item, size):
            return await self._downloads.at(work.uri, work.media_type)
        kept = await self._kept(item.id, size)
        if kept is not None:
            return kept
        async with self._alone(item.id, size):
            return await self._kept(item.id, size) or await self._render(item, work, size)

    async def _kept(self, item_id: int, size: Size) -> Download | None:
        file = await self._shelf.file(item_id, size.name)
        if file is None:
            return None
        try:
            return await self._downloads.at(file.uri, file.media_type)
        except FileNotFound:  # lost with its folder: made anew
            return None

    @asynccontextmanager
    async def _alone(self, item_id: int, size: Size) -> AsyncIterator[None]:
        """One renderer of a size on all hosts; the others wait, and find it made."""
        try:
            async with self._room, self._db.alone(f"size {size.name} of item {item_id}"):
                yield
        except TimeoutError as failure:
            raise MediaToolsUnavailable from failure

    async def _render(self, item: Item, work: StockWork, size: Size) -> Download:
        """Make a size and keep it beside the previews."""
        if item.folder is None:
            raise FileNotFound(f"item {item.id} was never on sale")
        try:
            async with self._files.local(work.uri) as master:
                with TemporaryDirectory(prefix="vitrina-") as made:
                    link, out = Path(made) / "master", Path(made) / "out"
                    link.symlink_to(master)
                    name = await self._media.render_stock(link, out, size.width, size.height, size.name)
                    bytes = (out / name).stat().st_size
                    uri = f"{item.folder}/sizes/{name}"
                    await self._files.put(uri, out / name)
        except NoSuchFile:
            raise FileNotFound(f"the file of item {item.id} is gone") from None
        except FilesUnavailable as failure:
            raise StorageUnavailable(str(failure)) from failure
        except (MediaUnavailable, MediaRefused) as failure:
            # The previews were made of the same file: that a size cannot be is no fault of the seller's.
            raise MediaToolsUnavailable from failure
        media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
        await self._shelf.keep_file(item.id, size.name, uri, media_type, bytes)
        return await self._downloads.at(uri, media_type)


_PREVIEW_TYPES = dict.fromkeys(PICTURES, "image/jpeg") | {
    "preview.mp4": "video/mp4",
    "preview.webm": "video/webm",
    "preview.mp3": "audio/mpeg",
}


def is_master(item: Item, size: Size) -> bool:
    """Whether the size is the seller's own file: the vector, the largest image, a video at its own height."""
    if item.type == "vector":
        return size.name == VECTOR
    return (size.width, size.height) == (item.width, item.height)
