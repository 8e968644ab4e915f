"""Making a backup beside a shop that goes on: everything that was acknowledged before it began is in it.

Removals of files are held back, then one snapshot of the database decides what belongs to the backup.
"""

import asyncio
import contextlib
import fcntl
import glob
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, TextIO

import asyncpg
import msgspec

from ..adapters.files import Files, NoSuchFile
from ..store import backups
from ..store.backups import KnownBackup, Unfinished
from ..store.version import HEAD, version_of
from . import postgres
from .archive import NAME, PIECE, Manifest, Tell, Writer

_LONGEST_NAME = 200  # of a stored file; the tar's header has room for so much
_AHEAD = 8  # small files that are read while another is written
_UNFINISHED = ".unfinished"


class NoBackup(Exception):
    """No backup was made; the text says why."""


class Made(msgspec.Struct, frozen=True):
    """What a backup holds, its size in bytes, files that the shop lacks itself; whether the shop knows of it."""

    manifest: Manifest
    size: int
    missing: list[str]
    known: bool = True


async def back_up(target: Path, url: str, files: Files, secret: str, tell: Tell) -> Made:
    """Write the shop of this database, these files and this secret into one file; whole or not at all."""
    connection = await backups.connect_for_hours(url)
    try:
        revision = await _revision(connection)
        await backups.hold_removals(connection)
        with _passing(target) as file:
            backup = _Backup(connection, url, files, file, target.absolute().parent, tell)
            made = await backup.write(revision, secret)
        return made if await _told(connection, made) else msgspec.structs.replace(made, known=False)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NoBackup(
            f"the database went away while the backup was made: {error}; begin it again"
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NoBackup(f"the backup cannot be written to {target}: {reason}") from error
    finally:
        connection.terminate()  # lets go of the hold, whatever state it is in


async def _told(connection: asyncpg.Connection, made: Made) -> bool:
    """Have the shop know of it. The file is whole already, so whatever goes wrong here makes it no worse."""
    known = KnownBackup(made.manifest.created, made.size, made.manifest.vitrina)
    try:
        await backups.remember(connection, known)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True


async def _revision(connection: asyncpg.Connection) -> str:
    revision = await version_of(connection)
    if revision is None:
        raise NoBackup("there is no shop in this database yet: nothing to back up")
    if revision > HEAD:
        raise NoBackup(
            f"the database is at revision {revision}, this version of Vitrina knows {HEAD}:"
            " back up with the version that the shop runs"
        )
    return revision


class _Backup:
    """One backup on its way into a file."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        url: str,
        files: Files,
        file: BinaryIO,
        folder: Path,
        tell: Tell,
    ) -> None:
        self._connection = connection
        self._url = url
        self._files = files
        self._tell = tell
        self._created = datetime.now(UTC).replace(microsecond=0)
        self._writer = Writer(file, self._created)
        self._folder = folder  # for passing files: they need room, too
        self._done = self._total = 0
        self._counts = {"files": 0, "files_size": 0, "parts": 0, "parts_size": 0}
        self._missing: list[str] = []

    async def write(self, revision: str, secret: str) -> Made:
        server = self._connection.get_server_version().major
        tool = await asyncio.to_thread(postgres.dump_tool, server)
        with self._writer.section("secret"):
            self._writer.add("secret", f"{secret}\n".encode())
        uploads = await self._write_database(tool)
        with self._writer.section("files"):
            async with backups.kept_alive(self._connection):
                await self._write_files(uploads)
            self._writer.end()
        # It answers: so the connection, and with it the hold on removals, lasted until here.
        await self._connection.execute("select 1")
        manifest = Manifest(
            vitrina=version("vitrina"),
            revision=revision,
            postgres=server,
            pg_dump=tool.version,
            created=self._created,
            sections=self._writer.sections,
            **self._counts,
        )
        self._writer.finish(manifest)
        return Made(manifest, self._writer.size, self._missing)

    async def _write_database(self, tool: postgres.Tool) -> list[Unfinished]:
        """Dump one snapshot; the uploads that are unfinished in it."""
        self._tell("database", 0, None)
        with tempfile.TemporaryFile(dir=self._folder) as dump:
            async with self._connection.transaction(isolation="repeatable_read", readonly=True):
                snapshot = await self._connection.fetchval("select pg_export_snapshot()")
                uploads = await backups.unfinished(self._connection)
                async with backups.kept_alive(self._connection):
                    await postgres.dump(
                        tool, self._url, snapshot, dump, lambda size: self._tell("database", size, None)
                    )
            size = dump.seek(0, os.SEEK_END)
            dump.seek(0)
            with self._writer.section("database"), self._writer.member("database.dump", size):
                while piece := dump.read(PIECE):
                    self._writer.write(piece)
        return uploads

    async def _write_files(self, uploads: list[Unfinished]) -> None:
        with tempfile.TemporaryFile("w+", dir=self._folder) as listing:
            parts = await self._list(uploads, listing)
            listing.seek(0)
            await self._write_listed(listing)
        for upload, indexes in parts:
            for index in indexes:
                await self._write_part(upload, index)

    async def _list(self, uploads: list[Unfinished], listing: TextIO) -> list[tuple[Unfinished, list[int]]]:
        """Note whole files in the listing, by size and name; the parts to be kept of those that are not."""
        parts = []
        for upload in uploads:
            if upload.indexes is None and await self._is_whole(upload):
                listing.write(f"{upload.size} {upload.uri}\n")
                self._total += upload.size
            else:
                indexes = upload.indexes
                parts.append((upload, list(range(1, upload.part_count + 1)) if indexes is None else indexes))
        # These may become whole at any time; what the snapshot knows as parts stays parts.
        apart = {upload.uri for upload in uploads}
        async for name, size in self._files.names():
            if name not in apart and len(name) <= _LONGEST_NAME and NAME.fullmatch(name):
                listing.write(f"{size} {name}\n")
                self._total += size
        self._total += sum(upload.length_of(index) for upload, indexes in parts for index in indexes)
        return parts

    async def _is_whole(self, upload: Unfinished) -> bool:
        try:
            return (await self._files.stat(upload.uri)).size == upload.size
        except NoSuchFile:
            return False

    async def _write_listed(self, listing: TextIO) -> None:
        """Large files piece by piece; small ones, which cost more waiting than reading, a few at a time."""
        small: deque[tuple[str, asyncio.Task[bytes | None]]] = deque()
        try:
            for line in listing:
                size, name = line.split()
                if int(size) > PIECE:
                    await self._write_large(name, int(size))
                else:
                    small.append((name, asyncio.create_task(self._read_small(name, int(size)))))
                if len(small) == _AHEAD:
                    await self._write_small(*small.popleft())
            while small:
                await self._write_small(*small.popleft())
        finally:
            for _, reading in small:
                reading.cancel()

    async def _read_small(self, name: str, size: int) -> bytes | None:
        try:
            return b"".join([piece async for piece in self._files.read(name, 0, size)])
        except NoSuchFile:  # removed since it was listed, so nothing in the snapshot refers to it
            return None

    async def _write_small(self, name: str, reading: "asyncio.Task[bytes | None]") -> None:
        data = await reading
        if data is not None:
            with self._writer.member(f"files/{name}", len(data)):
                self._write(data, "files_size")
            self._counts["files"] += 1

    async def _write_large(self, name: str, size: int) -> None:
        pieces = self._files.read(name, 0, size)
        try:
            first = await anext(pieces)
        except NoSuchFile:
            return
        with self._writer.member(f"files/{name}", size):
            self._write(first, "files_size")
            async for piece in pieces:
                self._write(piece, "files_size")
        self._counts["files"] += 1

    async def _write_part(self, upload: Unfinished, index: int) -> None:
        offset = upload.part_size * (index - 1)
        try:
            data = await self._files.read_part(upload.uri, index, offset, upload.length_of(index))
        except NoSuchFile:
            self._missing.append(f"part {index} of {upload.uri}")
            return
        with self._writer.member(f"parts/{upload.uri}/{index}.{offset}", len(data)):
            self._write(data, "parts_size")
        self._counts["parts"] += 1

    def _write(self, data: bytes, count: str) -> None:
        self._writer.write(data)
        self._counts[count] += len(data)
        self._done += len(data)
        self._tell("files", self._done, self._total)


@contextlib.contextmanager
def _passing(target: Path) -> Iterator[BinaryIO]:
    """A file beside the target that takes its place when the block has ended well, else is gone."""
    if target.is_dir():
        raise NoBackup(f"{target} is a folder; name a file in it")
    folder = target.absolute().parent
    _sweep(folder, target.name)
    handle, name = tempfile.mkstemp(_UNFINISHED, f".{target.name}.", folder)
    try:
        with open(handle, "w+b") as file:
            _lock(file)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    entry = os.open(folder, os.O_RDONLY)
    os.fsync(entry)
    os.close(entry)


def _sweep(folder: Path, name: str) -> None:
    """Remove what killed backups to the same target left: files that nobody holds the lock of."""
    for left in folder.glob(f".{glob.escape(name)}.*{_UNFINISHED}"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            if _lock(file):
                left.unlink()


def _lock(file: BinaryIO) -> bool:
    """Whether the file is ours alone as long as it is open; False also where there are no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
