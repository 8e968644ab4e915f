"""Downloads: the bytes behind a URI, for those who may have them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ..adapters.files import Files, FileStat, FilesUnavailable, NoSuchFile
from ..adapters.media import MediaUnavailable
from ..store.contents import ContentStore
from ..store.folders import FolderStore
from .access import Seller
from .pictures import split_uri
from .problems import FileNotFound, MediaToolsUnavailable, StorageUnavailable

_URI = re.compile(r"vol\d{1,3}/\d{1,4}/[0-9a-f]{32}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){1,3}")

# By what the shop itself calls the files that it makes; nothing is guessed from a seller's words.
_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "json": "application/json",
    "m3u8": "application/vnd.apple.mpegurl",
    "ts": "video/mp2t",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "mp3": "audio/mpeg",
    "fb2": "application/fb2",
    "epub": "application/epub+zip",
}


class Download(msgspec.Struct, frozen=True):
    """A file that may be read: size in bytes, type, and a text that changes with the bytes."""

    uri: str
    media_type: str
    stat: FileStat


class Downloads:
    """Finds files by URI and reads them."""

    def __init__(self, folders: FolderStore, contents: ContentStore, files: Files) -> None:
        self._folders = folders
        self._contents = contents
        self._files = files

    async def find(self, seller: Seller, uri: str) -> Download:
        """A file that is the seller's; raises FileNotFound, StorageUnavailable."""
        missing = FileNotFound(f"there is no file {uri[:200]!r}, or it is not yours")
        if not _URI.fullmatch(uri) or uri.endswith(".part"):
            raise missing
        path, name = split_uri(uri)
        folder = await self._folders.get(seller.id, path)
        if folder is None:
            raise missing
        media_type = None
        if name == "content" and folder.content_id is not None:
            content = await self._contents.get(seller.id, folder.content_id)
            if content is None:
                raise missing
            media_type = content.media_type
        return await self.at(uri, media_type)

    async def at(self, uri: str, media_type: str | None = None) -> Download:
        """A file of which it is known that the caller may have it; raises FileNotFound, StorageUnavailable."""
        known = media_type or _TYPES.get(uri.rpartition(".")[2], "application/octet-stream")
        try:
            return Download(uri, known, await self._files.stat(uri))
        except NoSuchFile:
            raise FileNotFound(f"there is no file {uri[:200]!r}, or it is not yours") from None
        except FilesUnavailable as failure:
            raise StorageUnavailable(str(failure)) from failure

    def read(self, download: Download, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`."""
        return self._files.read(download.uri, start, end)

    @asynccontextmanager
    async def for_tools(self, uri: str) -> AsyncIterator[Path]:
        """The file as media tools want it: they work beside what they are given, where nothing of ours may stand.

        Raises FileNotFound, StorageUnavailable, MediaToolsUnavailable.
        """
        try:
            with TemporaryDirectory(prefix="vitrina-") as folder:
                async with self._files.local(uri) as file:
                    link = Path(folder) / "file"
                    link.symlink_to(file)
                    yield link
        except NoSuchFile:
            raise FileNotFound(f"there is no file {uri[:200]!r}, or it is not yours") from None
        except FilesUnavailable as failure:
            raise StorageUnavailable(str(failure)) from failure
        except MediaUnavailable as failed:
            raise MediaToolsUnavailable from failed
