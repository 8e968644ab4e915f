"""Files in a folder: `<root>/<name>`; unfinished ones as `<root>/<name>.part`. Needs read and write there."""

import asyncio
import errno
import fcntl
import mmap
import os
import shutil
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import islice
from pathlib import Path
from uuid import uuid4

from .port import FileStat, FilesUnavailable, NoSuchFile, StorageFull

_PIECE = 1024 * 1024
_BLOCK = 4096  # bytes; what is written past the page cache begins and ends at a block
_AT_ONCE = 2 * 1024 * 1024  # bytes that are written so
MOST_RESERVE = 256 * 1024 * 1024  # bytes; on a small disk, a fiftieth of it


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise NoSuchFile(f"there is no file {name}") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise NoSuchFile(f"there is no file {name[:200]}") from None
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("the file store is full; free some space, then try again") from error
        raise FilesUnavailable(f"the file store failed on {name}: {error.strerror}") from error


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class FolderFiles:
    """Every write is flushed to the disk before it is acknowledged; files appear whole, by renaming."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._root.mkdir(parents=True, exist_ok=True)
        self._own = threading.local()

    def _path(self, name: str) -> Path:
        path = self._root / name
        if ".." in path.parts or not path.is_relative_to(self._root):
            raise NoSuchFile(f"there is no file {name}")
        return path

    def _partial(self, name: str) -> Path:
        path = self._path(name)
        return path.with_name(path.name + ".part")

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        # A new folder's entry must last too, or a power loss takes the file in it along.
        _sync_folder(folder.parent)

    def _need_room(self) -> None:
        """Leave the last of the disk to the database beside us: without room it cannot even delete."""
        disk = shutil.disk_usage(self._root)
        if disk.free < min(MOST_RESERVE, disk.total // 50):
            raise StorageFull("the disk of the file store is full; free some space, then try again")

    async def write_part(self, name: str, index: int, offset: int, data: bytes) -> None:
        def write() -> None:
            self._need_room()
            partial = self._partial(name)
            self._make_folder(partial.parent)
            file = os.open(partial, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                done = 0 if offset % _BLOCK else self._write_past_cache(file, offset, data)
                while done < len(data):
                    done += os.pwrite(file, memoryview(data)[done:], offset + done)
                os.fdatasync(file)
            finally:
                os.close(file)

        with _explained(name):
            await asyncio.to_thread(write)

    def _write_past_cache(self, file: int, offset: int, data: bytes) -> int:
        """Write the whole blocks of `data` straight to the disk; how many bytes that were.

        Copying them into the page cache, where nobody will look for them soon, costs more than all else.
        """
        blocks = memoryview(data)[: len(data) // _BLOCK * _BLOCK]
        done = 0
        # What the system cannot write so, or not to its end, goes through the cache. macOS has no such flag.
        with suppress(OSError, AttributeError):
            fcntl.fcntl(file, fcntl.F_SETFL, os.O_DIRECT)
            while done < len(blocks):
                done += os.pwrite(file, self._paged(blocks[done : done + _AT_ONCE]), offset + done)
        fcntl.fcntl(file, fcntl.F_SETFL, 0)
        return done

    def _paged(self, data: memoryview) -> memoryview:
        """The bytes in memory that begins at a page; each thread has its own, and keeps it."""
        if not hasattr(self._own, "pages"):
            self._own.pages = mmap.mmap(-1, _AT_ONCE)
        pages = memoryview(self._own.pages)[: len(data)]
        pages[:] = data
        return pages

    async def finish(self, name: str, size: int, part_count: int) -> None:
        def finish() -> None:
            path, partial = self._path(name), self._partial(name)
            if not partial.exists() and path.exists() and path.stat().st_size == size:
                return
            if partial.stat().st_size != size:
                raise FilesUnavailable(f"{name} has {partial.stat().st_size} bytes on disk instead of {size}")
            os.replace(partial, path)
            _sync_folder(path.parent)

        with _explained(name):
            await asyncio.to_thread(finish)

    async def abort(self, name: str, part_count: int) -> None:
        def abort() -> None:
            self._partial(name).unlink(missing_ok=True)
            self._drop_empty(self._path(name).parent)

        with _explained(name):
            await asyncio.to_thread(abort)

    async def put(self, name: str, source: Path) -> None:
        def put() -> None:
            self._need_room()
            path = self._path(name)
            self._make_folder(path.parent)
            passing = path.with_name(f".{uuid4().hex}")
            try:
                try:
                    os.replace(source, passing)
                except OSError as error:
                    if error.errno != errno.EXDEV:
                        raise
                    shutil.copyfile(source, passing)
                with passing.open("rb") as file:
                    os.fsync(file.fileno())
                os.chmod(passing, 0o600)
                os.replace(passing, path)
                _sync_folder(path.parent)
            finally:
                passing.unlink(missing_ok=True)

        with _explained(name):
            await asyncio.to_thread(put)

    async def stat(self, name: str) -> FileStat:
        with _explained(name):
            found = self._path(name).stat()
        if not stat.S_ISREG(found.st_mode):
            raise NoSuchFile(f"there is no file {name}")
        # A file is never changed in place: inode, size and time of writing tell versions apart.
        return FileStat(found.st_size, f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}")

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        with _explained(name):
            file = os.open(self._path(name), os.O_RDONLY)
        try:
            while start < end:
                piece = await asyncio.to_thread(os.pread, file, min(_PIECE, end - start), start)
                if not piece:
                    raise FilesUnavailable(f"{name} ends before byte {end}")
                start += len(piece)
                yield piece
        finally:
            os.close(file)

    @asynccontextmanager
    async def local(self, name: str) -> AsyncIterator[Path]:
        path = self._path(name)
        if not path.is_file():
            raise NoSuchFile(f"there is no file {name}")
        yield path

    async def read_part(self, name: str, index: int, offset: int, size: int) -> bytes:
        def read() -> bytes:
            try:
                file = self._partial(name).open("rb")
            except FileNotFoundError:  # finished meanwhile
                file = self._path(name).open("rb")
            with file:
                file.seek(offset)
                return file.read(size)

        with _explained(name):
            data = await asyncio.to_thread(read)
        if len(data) < size:
            raise NoSuchFile(f"{name} ends before byte {offset + size}")
        return data

    async def names(self) -> AsyncIterator[tuple[str, int]]:
        with _explained("the folder"):
            found = self._walk(self._root)
            while batch := await asyncio.to_thread(lambda: list(islice(found, 1000))):
                for one in batch:
                    yield one

    def _walk(self, folder: Path) -> Iterator[tuple[str, int]]:
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:  # emptied and removed meanwhile
            return
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry))
            elif not entry.name.startswith(".") and not entry.name.endswith(".part"):
                with suppress(FileNotFoundError):
                    yield str(Path(entry).relative_to(self._root)), entry.stat().st_size

    async def remove_folder(self, folder: str) -> None:
        def remove() -> None:
            path = self._path(folder)
            shutil.rmtree(path, ignore_errors=True)
            self._drop_empty(path.parent)

        with _explained(folder):
            await asyncio.to_thread(remove)

    def _drop_empty(self, folder: Path) -> None:
        while folder != self._root and folder.is_relative_to(self._root):
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone already
                return
            folder = folder.parent

    async def check(self) -> None:
        def check() -> None:
            probe = self._root / f".check-{uuid4().hex}"
            try:
                probe.write_bytes(b"x")
            finally:  # a full disk takes the name and not the byte
                probe.unlink(missing_ok=True)

        with _explained("the probe"):
            await asyncio.to_thread(check)

    async def close(self) -> None:
        """Nothing is held open."""
