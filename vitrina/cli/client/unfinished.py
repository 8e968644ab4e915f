"""Uploads that were begun and are not finished: one small file each, in the user's cache folder."""

import hashlib
import os
import sys
import time
from pathlib import Path

import msgspec

KEPT = 30 * 24 * 3600  # seconds; no shop keeps an abandoned upload for longer


class Unfinished(msgspec.Struct):
    """What is needed to go on."""

    uuid: str
    content_id: int
    file: str


class Memory:
    """Remembers the upload of one file to one shop by one seller; a file that changed is another file."""

    def __init__(self, url: str, token: str, path: Path) -> None:
        stat = path.stat()
        marks = (url, token, str(path.resolve()), str(stat.st_size), str(stat.st_mtime_ns))
        name = hashlib.sha256("\n".join(marks).encode()).hexdigest()[:32]
        self._path = cache_folder() / "uploads" / f"{name}.json"
        self._file = str(path.resolve())

    def recall(self) -> Unfinished | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Unfinished)
        except (OSError, msgspec.DecodeError):
            return None

    def keep(self, uuid: str, content_id: int) -> bool:
        """Whether it could be written down."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._drop_old()
            draft = self._path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(msgspec.json.encode(Unfinished(uuid, content_id, self._file)))
            draft.replace(self._path)
        except OSError:
            return False
        return True

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def _drop_old(self) -> None:
        for path in self._path.parent.iterdir():
            if path.stat().st_mtime < time.time() - KEPT:
                path.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Where this system keeps what may be lost."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base) / "vitrina" if base else Path.home() / "AppData/Local/vitrina"
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base if base and base.startswith("/") else Path.home() / ".cache") / "vitrina"
