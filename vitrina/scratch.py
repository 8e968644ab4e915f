"""Passing files: each process keeps its own in one folder, and removes the folders of processes that were killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "vitrina-scratch-"


@contextmanager
def scratch_folder() -> Iterator[None]:
    """Temporary files that are made meanwhile stand in a folder of this process, which goes with it."""
    place, before = Path(tempfile.gettempdir()), tempfile.tempdir
    _remove_left(place)
    folder, lock = _own(place)
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _own(place: Path) -> tuple[Path, int]:
    """A new folder, locked by us: the kernel frees the lock however this process ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        with suppress(FileNotFoundError):
            lock = _lock(folder)
            if lock is not None and folder.exists():
                return folder, lock
            # Taken for a left one before it was locked.
            if lock is not None:
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """The lock on a folder of ours; None if a living process holds it."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    with suppress(BlockingIOError):
        if os.fstat(lock).st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
    os.close(lock)
    return None


def _remove_left(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = _lock(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
