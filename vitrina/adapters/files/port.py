"""What the shop needs of a file store."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec


class NoSuchFile(Exception):
    """There is no file of this name."""


class FilesUnavailable(Exception):
    """The store does not answer or refuses; the same call may succeed later."""


class StorageFull(FilesUnavailable):
    """The file store is full; nothing was stored."""


class FileStat(msgspec.Struct, frozen=True):
    """Size in bytes, and a text that differs whenever the bytes differ."""

    size: int
    etag: str


class Files(Protocol):
    """Names are `folder/…/name` with characters of [A-Za-z0-9._/-] and never come from a request unchecked.

    What a call returned from has been stored durably. Raises NoSuchFile and FilesUnavailable.
    """

    async def write_part(self, name: str, index: int, offset: int, data: bytes) -> None:
        """Store part `index` (from 1) of an unfinished file, which begins at byte `offset` of it."""

    async def finish(self, name: str, size: int, part_count: int) -> None:
        """All parts are there: make them the file `name` of `size` bytes. May be called again."""

    async def abort(self, name: str, part_count: int) -> None:
        """Throw away the parts of an unfinished file; nothing happens if there are none."""

    async def put(self, name: str, source: Path) -> None:
        """Store a local file; `source` is left or moved, the caller must not use it again."""

    async def stat(self, name: str) -> FileStat: ...

    def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`, in pieces of bounded size."""

    def local(self, name: str) -> AbstractAsyncContextManager[Path]:
        """The file as a local path to read from, for programs that need one."""

    async def read_part(self, name: str, index: int, offset: int, size: int) -> bytes:
        """A part that was stored, also after its file was finished."""

    def names(self) -> AsyncIterator[tuple[str, int]]:
        """Every file with its size in bytes, in no order; not those that are unfinished."""

    async def remove_folder(self, folder: str) -> None:
        """Remove all files below a folder; nothing happens if there are none."""

    async def check(self) -> None:
        """Raise FilesUnavailable unless the store can be written to and read from."""

    async def close(self) -> None: ...
