"""Files in a folder: `<root>/<name>`; unfinished ones as `<root>/<name>.part`. Needs read and write there."""

import asyncio
import errno
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

from .port import FileStat, FilesUnavailable, NoSuchFile, StorageFull

_PIECE = 1024 * 1024
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
                view = memoryview(data)
                position = offset
                while view:
                    written = os.pwrite(file, view, position)
                    view = view[written:]
                    position += written
                os.fdatasync(file)
            finally:
                os.close(file)

        with _explained(name):
            await asyncio.to_thread(write)

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
            probe.write_bytes(b"x")
            probe.unlink()

        with _explained("the probe"):
            await asyncio.to_thread(check)

    async def close(self) -> None:
        """Nothing is held open."""
