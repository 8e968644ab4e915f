"""Where indexes stand on a host: `index-…` folders, a file `current` that names the one to read, and locks."""

import fcntl
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import msgspec

from vitrina.adapters.search.entries import Place
from vitrina.adapters.search.schema import VERSION

_CURRENT, _DAMAGED, _PLACE = "current", "damaged", "place.json"
_KIND = f"index-{VERSION}-"
_BLOCK = 1 << 20
_MAGIC = 1337  # ends each file of Tantivy, behind the length of a footer with the checksum


class IndexFolder:
    """The search folder of one host. Needs files, renames and locks; no network file system."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def current(self) -> Path | None:
        """The index to read; None if there is none yet, or only one of another version."""
        with suppress(FileNotFoundError):
            name = ""
            # It may go just after its name was read: then another one is named by now.
            while name != (name := (self.path / _CURRENT).read_text().strip()):
                if name.startswith(_KIND) and (self.path / name / "meta.json").exists():
                    return self.path / name
        return None

    def new(self) -> Path:
        """An empty folder for an index that nobody reads yet."""
        path = self.path / f"{_KIND}{token_hex(8)}"
        path.mkdir(parents=True)
        return path

    def switch(self, to: Path) -> None:
        """From now on this index is read; all others go."""
        _write(self.path / _CURRENT, to.name.encode())
        self.forget_damage()
        self.remove_others(to)

    def remove_others(self, kept: Path | None) -> None:
        """Readers of a removed index keep what they have open until they turn to the current one."""
        for path in self.path.glob("index-*"):
            if path != kept:
                shutil.rmtree(path, ignore_errors=True)

    # --- damage ------------------------------------------------------------------------------------------

    def report_damage(self, index: Path) -> None:
        """Ask whoever feeds this host's index to build it anew."""
        with suppress(OSError):
            _write(self.path / _DAMAGED, index.name.encode())

    def forget_damage(self) -> None:
        with suppress(FileNotFoundError):
            (self.path / _DAMAGED).unlink()

    def is_damaged(self, index: Path) -> bool:
        """Whether a reader reported so."""
        with suppress(FileNotFoundError):
            return (self.path / _DAMAGED).read_text() == index.name
        return False

    # --- locks: the kernel frees them however a process ends ---------------------------------------------

    @contextmanager
    def only(self, name: str) -> Iterator[bool]:
        """Whether this process alone holds the lock of that name on this host while the block runs."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(lock)


def read_place(index: Path) -> Place | None:
    """How far an index has come; None if nobody can tell."""
    try:
        return msgspec.json.decode((index / _PLACE).read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError):
        return None


def write_place(index: Path, place: Place) -> None:
    """Only after the commit that it tells of: a place that is too early does no harm."""
    _write(index / _PLACE, msgspec.json.encode(place))


def is_whole(index: Path) -> bool:
    """Whether each file that the index is made of is there with the bytes that were written."""
    try:
        names = msgspec.json.decode((index / ".managed.json").read_bytes(), type=list[str])
        meta = msgspec.json.decode((index / "meta.json").read_bytes())
        needed = {
            f"{segment['segment_id'].replace('-', '')}.{part}"
            for segment in meta["segments"]
            for part in _parts(segment["deletes"])
        }
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return False
    return needed <= set(names) and all(_has_its_sum(index / name) for name in needed)


def _parts(deletes: dict[str, int] | None) -> Iterator[str]:
    yield from ("term", "idx", "pos", "fast", "fieldnorm", "store")
    if deletes is not None:
        yield f"{deletes['opstamp']}.del"


def _has_its_sum(path: Path) -> bool:
    """A file that was cut, changed or lost has not the sum that stands at its end."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        if end < 8:
            return False
        file.seek(end - 8)
        length, magic = (int.from_bytes(file.read(4), "little") for _ in range(2))
        body = end - 8 - length
        if magic != _MAGIC or body < 0:
            return False
        file.seek(body)
        try:
            expected = msgspec.json.decode(file.read(length))["crc"]
        except (msgspec.DecodeError, KeyError, TypeError):
            return False
        file.seek(0)
        found = 0
        while body > 0 and (block := file.read(min(_BLOCK, body))):
            found = zlib.crc32(block, found)
            body -= len(block)
    return bool(found == expected)


def _write(path: Path, data: bytes) -> None:
    """All or nothing, also when the machine stops."""
    passing = path.with_name(f".{path.name}-{token_hex(4)}")
    with passing.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    passing.replace(path)
