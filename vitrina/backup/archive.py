"""The file of a backup: a tar of plain files, so that it can be read without Vitrina, sealed by a manifest.

First the manifest with its digest, then secret, database.dump, files/… and parts/… of unfinished uploads.
"""

import hashlib
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

FORMAT = 1
PIECE = 1024 * 1024
_BLOCK = 512
_MANIFEST_ROOM = 4096 - _BLOCK
_HEAD = _BLOCK + _MANIFEST_ROOM + _BLOCK + _BLOCK  # two members: the manifest, and its digest
_END = bytes(2 * _BLOCK)
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"  # no dot in front: nothing climbs out of a folder
NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_FILE = re.compile(rf"files/({NAME.pattern})")
_PART = re.compile(rf"parts/({NAME.pattern})/(\d{{1,9}})\.(\d{{1,12}})")

Tell = Callable[[str, int, int | None], None]
"""Called with what is being done, how many bytes of it are done, and of how many."""


class NotABackup(Exception):
    """The file cannot be restored; the text says why."""


class Section(msgspec.Struct, frozen=True):
    """A stretch of the archive, with all headers and padding in it, and the SHA-256 of its bytes."""

    offset: int
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive holds; `files_size` is in bytes, `postgres` and `pg_dump` are major versions."""

    format: int = FORMAT
    vitrina: str
    revision: str
    postgres: int
    pg_dump: int
    created: datetime
    files: int
    files_size: int
    parts: int
    parts_size: int
    sections: dict[str, Section]


class Member(msgspec.Struct, frozen=True):
    """One file in the archive; `offset` is where its bytes begin."""

    name: str
    size: int
    offset: int


class PartName(msgspec.Struct, frozen=True):
    """A part of an unfinished upload: of which file, its number, and its place in it."""

    uri: str
    index: int
    offset: int


def file_name(member: Member) -> str | None:
    """The name in the file store, if the member is a whole file."""
    match = _FILE.fullmatch(member.name)
    return match[1] if match else None


def part_name(member: Member) -> PartName | None:
    match = _PART.fullmatch(member.name)
    return PartName(match[1], int(match[2]), int(match[3])) if match else None


class Writer:
    """Writes an archive from front to back, and last the manifest into the room left for it."""

    def __init__(self, file: BinaryIO, created: datetime) -> None:
        self._file = file
        self._created = created
        self._digest = hashlib.sha256()
        self._left = 0
        self.sections: dict[str, Section] = {}
        file.write(bytes(_HEAD))
        self.size = _HEAD

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """What is written in the block is sealed together."""
        offset, self._digest = self.size, hashlib.sha256()
        yield
        self.sections[name] = Section(offset, self.size - offset, self._digest.hexdigest())

    @contextmanager
    def member(self, name: str, size: int) -> Iterator[None]:
        """A file of `size` bytes, which the block must write."""
        self._put(_header(name, size, self._created))
        self._left = size
        yield
        if self._left:
            raise NotABackup(f"{name} has not the {size} bytes that it should have")
        self._put(bytes(-size % _BLOCK))

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        self._put(data)

    def add(self, name: str, data: bytes) -> None:
        with self.member(name, len(data)):
            self.write(data)

    def end(self) -> None:
        """Two empty blocks, as a tar ends; part of the last section."""
        self._put(_END)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest: now the archive is whole."""
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1).ljust(_MANIFEST_ROOM)
        assert len(text) == _MANIFEST_ROOM
        digest = f"{hashlib.sha256(text).hexdigest()}  manifest.json\n".encode()
        self._file.seek(0)
        self._file.write(_header("manifest.json", len(text), self._created) + text)
        self._file.write(_header("manifest.sha256", len(digest), self._created) + digest.ljust(_BLOCK, b"\0"))

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)


def _header(name: str, size: int, created: datetime) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(created.timestamp())
    # ustar holds long names, GNU sizes from 8 GiB; only the dump, whose name is short, gets so large.
    header = info.tobuf(tarfile.USTAR_FORMAT if size < 8**11 else tarfile.GNU_FORMAT, "ascii", "strict")
    assert len(header) == _BLOCK
    return header


class Archive:
    """A backup to be restored; made by `Archive.open`. Nothing in it is believed before `verify`."""

    def __init__(self, path: Path, file: BinaryIO, manifest: Manifest, id: str) -> None:
        self.path = path
        self._file = file
        self.manifest = manifest
        self.id = id

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Archive"]:
        """Read the manifest; raises NotABackup if there is none, or if it is of a newer Vitrina."""
        with path.open("rb") as file:
            head = file.read(_HEAD)
            text, digest = head[_BLOCK : _BLOCK + _MANIFEST_ROOM], head[_HEAD - _BLOCK :]
            try:
                named = [
                    tarfile.TarInfo.frombuf(head[at : at + _BLOCK], "ascii", "strict").name for at in _HEADS
                ]
            except (tarfile.HeaderError, ValueError):
                named = []
            if named != ["manifest.json", "manifest.sha256"]:
                raise NotABackup(f"{path} is no backup of Vitrina, or was never completed")
            id = hashlib.sha256(text).hexdigest()
            if digest != f"{id}  manifest.json\n".encode().ljust(_BLOCK, b"\0"):
                raise NotABackup(f"{path} is damaged: its manifest was changed; use another copy of it")
            yield cls(path, file, _manifest(path, text), id)

    def verify(self, tell: Tell) -> None:
        """Read everything; raises NotABackup unless it is exactly what was written, and nothing but files."""
        end = _HEAD
        for name in ("secret", "database", "files"):
            section = self.manifest.sections[name]
            if section.offset != end or section.size < 0:
                raise NotABackup(f"{self.path} is damaged: its manifest contradicts itself")
            end += section.size
        size = self.path.stat().st_size
        if size < end:
            raise NotABackup(
                f"{self.path} is cut off: it has {size:,} of {end:,} bytes; use another copy of it"
            )
        if size > end:
            raise NotABackup(
                f"{self.path} is damaged: {size - end:,} bytes more than were written follow its end"
            )
        done = _HEAD
        for name, section in self.manifest.sections.items():
            digest = hashlib.sha256()
            for piece in self._bytes(section.offset, section.size):
                digest.update(piece)
                done += len(piece)
                tell("checking", done, end)
            if digest.hexdigest() != section.sha256:
                raise NotABackup(
                    f"{self.path} is damaged: its part {name!r} was changed; use another copy of it"
                )
        self._check_members()

    def _check_members(self) -> None:
        """Each section holds what it must, under names that lead nowhere else, as many as the manifest says."""
        manifest = self.manifest
        files = files_size = parts = parts_size = 0
        for member in self.members("files"):
            if file_name(member):
                files, files_size = files + 1, files_size + member.size
            elif part_name(member) and member.size <= MOST_PART:
                parts, parts_size = parts + 1, parts_size + member.size
            else:
                raise self._foreign(member.name)
        told = (manifest.files, manifest.files_size, manifest.parts, manifest.parts_size)
        if (files, files_size, parts, parts_size) != told:
            raise NotABackup(f"{self.path} is damaged: it holds {files:,} files and not {manifest.files:,}")
        self.only("secret", "secret")
        self.only("database", "database.dump")

    def only(self, section: str, name: str) -> Member:
        """The one member of a section."""
        members = list(self.members(section))
        if [member.name for member in members] != [name]:
            raise self._foreign(*(member.name for member in members if member.name != name))
        return members[0]

    def members(self, name: str) -> Iterator[Member]:
        """The files of a section, in order; raises NotABackup at anything that is no plain file."""
        section = self.manifest.sections[name]
        at, end = section.offset, section.offset + section.size - (len(_END) if name == "files" else 0)
        while at < end:
            self._file.seek(at)
            try:
                info = tarfile.TarInfo.frombuf(self._file.read(_BLOCK), "ascii", "strict")
            except (tarfile.HeaderError, ValueError):
                raise NotABackup(f"{self.path} is damaged: byte {at:,} begins no file") from None
            begin = at + _BLOCK
            if info.type != tarfile.REGTYPE or not 0 <= info.size <= end - begin:
                raise self._foreign(info.name)
            yield Member(info.name, info.size, begin)
            at = begin + info.size + -info.size % _BLOCK

    def read(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member in pieces of bounded size."""
        return self._bytes(member.offset, member.size)

    def _bytes(self, offset: int, size: int) -> Iterator[bytes]:
        while size:
            self._file.seek(offset)
            piece = self._file.read(min(PIECE, size))
            if not piece:
                raise NotABackup(f"{self.path} became shorter while it was read")
            yield piece
            offset, size = offset + len(piece), size - len(piece)

    def _foreign(self, *names: str) -> NotABackup:
        shown = ", ".join(repr(name[:100]) for name in names[:3])
        return NotABackup(f"{self.path} holds what no backup of Vitrina holds ({shown}); it was not restored")


_HEADS = (0, _BLOCK + _MANIFEST_ROOM)
MOST_PART = 16 * 1024 * 1024  # bytes; a part is read whole, and uploads have smaller ones


def _manifest(path: Path, text: bytes) -> Manifest:
    try:
        newest = msgspec.json.decode(text, type=_Format).format
        if newest > FORMAT:
            raise NotABackup(f"{path} was made by a newer version of Vitrina; restore it with that version")
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise NotABackup(f"{path} is damaged: its manifest cannot be read: {error}") from None
    if list(manifest.sections) != ["secret", "database", "files"]:
        raise NotABackup(f"{path} is damaged: its manifest does not list the parts of a backup")
    return manifest


class _Format(msgspec.Struct):
    format: int
