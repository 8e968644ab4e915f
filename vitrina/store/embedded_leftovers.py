"""Database processes that an earlier, killed run of this data folder left behind: find them, end them.

Every process of a database carries its folder's mark in its command line, so no other is ever touched.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

_FAST_FOR, _IMMEDIATE_FOR = 8.0, 12.0  # seconds since the wait began


def mark_of(data: Path) -> str:
    """The name of this folder's database in process lists; device and inode make it unique on a machine."""
    folder = data.stat()
    return f"vitrina-{folder.st_dev:x}-{folder.st_ino:x}"


def keeper_alive(mark: str) -> bool:
    """Whether another keeper for this mark is running."""
    return any(b"embedded_keeper" in line for pid, line in _marked(mark) if pid != os.getpid())


def signal_leftovers(mark: str, waited: float) -> None:
    """Ask what is left of this database to end, the more firmly the longer we have waited (seconds)."""
    found = [(pid, line) for pid, line in _marked(mark) if is_postgres(pid)]
    has_head = any(b"\0-D\0" in line for _, line in found)
    if waited > _IMMEDIATE_FOR:
        number = signal.SIGKILL
    elif waited > _FAST_FOR or not has_head:
        number = signal.SIGQUIT
    else:
        number = signal.SIGINT
    for pid, line in found:
        if number != signal.SIGINT or b"\0-D\0" in line:
            _signal(pid, mark, number)


def is_postgres(pid: int) -> bool:
    """Whether the process is a PostgreSQL program that runs."""
    try:
        named = Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
        # One that ended but that nobody waited for (a container's pid 1 often does not) has no command line.
        return named and bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def _marked(mark: str) -> Iterator[tuple[int, bytes]]:
    """Processes with the mark in their command line: pid and command line."""
    with contextlib.suppress(OSError):
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    line = Path(entry.path, "cmdline").read_bytes()
                    if mark.encode() in line:
                        yield int(entry.name), line


def _signal(pid: int, mark: str, number: int) -> None:
    # The handle pins the process, so a number reused since the search is noticed and not hit.
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if mark.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
