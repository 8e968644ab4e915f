"""The keeper: a small process that owns one PostgreSQL as its child and stops it when the server is gone.

Started by `EmbeddedPostgres` with the standard library alone (-I -S): up in 30 ms, about 12 MB. Its stdin
is a pipe from the server, end of file means "stop"; its stdout says once `ready`, or `failed` and a sentence.
"""

import contextlib
import fcntl
import os
import select
import signal
import sys
import time
from pathlib import Path

from vitrina.store import embedded_cluster as clusters
from vitrina.store.embedded_identity import CannotBecome, Identity, die_with_parent, identities
from vitrina.store.embedded_leftovers import keeper_alive, signal_leftovers

_READY_WITHIN = 600.0  # seconds; recovery after a crash may read a lot of log
_EARLIER_GONE_WITHIN = 25.0
_FAST_STOP, _IMMEDIATE_STOP = 10.0, 3.0
# What Python or we ignore; an ignored signal stays so in the program that is started.
_IGNORED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ)
_LOG_LIMIT = 16 * 1024 * 1024  # bytes


class Released(Exception):
    """The server is gone or asked for a stop."""


class Failed(Exception):
    """The database cannot run; the text is a sentence to a person."""


class Keeper:
    """One PostgreSQL over `data/postgres`, run by `programs`, socket in `sockets`, for process `owner`."""

    def __init__(self, data: Path, programs: Path, sockets: Path, owner: int, mark: str) -> None:
        self.data, self.programs, self.sockets, self.mark = data, programs, sockets, mark
        self.cluster = data / "postgres"
        self.log_path = data / "postgres.log"
        self.owner = owner
        self.environment = _environment()
        self.postgres: int | None = None
        self.lock: int | None = None
        self.watch = _Watch(owner)

    def run(self) -> int:
        """Start, report, watch, stop; returns the exit code."""
        self.log = os.open(self.log_path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        log_start = os.fstat(self.log).st_size
        try:
            self._wait_for_earlier()
            self.identity = self._choose_identity()
            if not clusters.is_made(self.cluster):
                self._create()
            self._start()
            _report("ready\n")
            self._keep()
        except Released:
            return 0
        except (Failed, CannotBecome, clusters.NotACluster, OSError) as problem:
            _report(f"failed\n{problem}{_tail(self.log_path, log_start)}")
            return 1
        finally:
            self._stop()
        return 0

    def _wait_for_earlier(self) -> None:
        """Take `postgres.lock`, which every process of an earlier database holds until the last is gone."""
        lock = os.open(self.data / "postgres.lock", os.O_CREAT | os.O_RDWR, 0o600)
        os.set_inheritable(lock, True)
        if self.lock is not None:  # a fresh handle waits for the last process of our own database that died
            os.close(self.lock)
        self.lock = lock
        began = time.monotonic()
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            waited = time.monotonic() - began
            if waited > _EARLIER_GONE_WITHIN:
                raise Failed(
                    f"An earlier run's database on {self.data} is still running and does not stop."
                    f" Look for processes named {self.mark} (ps ax), end them and start again."
                )
            # A keeper that lives stops its own database; only where none is left do we end the orphans.
            if not keeper_alive(self.mark):
                signal_leftovers(self.mark, waited)
            self.watch.pause(0.02)
        clusters.clear_leftovers(self.data, self.cluster, self.sockets)

    def _choose_identity(self) -> Identity:
        """The first identity that can run PostgreSQL in the data folder; the cluster is handed to it."""
        clusters.check(self.cluster)
        made = self.cluster.stat() if clusters.is_made(self.cluster) else None
        candidates = identities(made, self.data.stat())
        if len(candidates) == 1:
            return candidates[0]
        refusals = []
        for identity in candidates:
            try:
                with clusters.owned_by(identity, self.data, self.cluster) as folder:
                    self._run(["postgres", "--version"], identity, folder, out=os.devnull)
                os.chown(self.sockets, identity.uid, identity.gid)
                return identity
            except (CannotBecome, Failed, OSError) as refusal:
                refusals.append(f"{identity}: {refusal}")
        raise Failed(
            "PostgreSQL does not run as root, and this system lets it run as nobody else ("
            + "; ".join(refusals)
            + "). Run Vitrina as an ordinary user (docker run --user 1000), keep the capabilities SETUID,"
            " SETGID, SETPCAP, CHOWN, KILL and DAC_OVERRIDE, or set VITRINA_DATABASE_URL to a PostgreSQL of your"
            " own."
        )

    def _create(self) -> None:
        """A new cluster, made aside and renamed into place when it is whole and on disk."""
        made = clusters.new_folder(self.data, self.identity)
        aside = str(made)
        self._run(["initdb", "-D", aside, *clusters.initdb_options()], self.identity, made)
        alone = ["postgres", "--single", "-F", "-D", aside, *clusters.FIRST_SETTINGS, "template1"]
        self._run(alone, self.identity, made, feed=clusters.FIRST_SQL)
        self._run(["initdb", "-D", aside, "--sync-only"], self.identity, made)
        os.rename(made, self.cluster)
        folder = os.open(self.data, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _start(self) -> None:
        clusters.write_settings(self.cluster)
        settings = clusters.start_settings(self.cluster, self.sockets, self.mark)
        arguments = ["postgres", "-D", str(self.cluster), *settings]
        self.postgres = self._spawn(arguments, self.identity, self.cluster, signal.SIGINT, self.log)
        deadline = time.monotonic() + _READY_WITHIN
        while not clusters.is_ready(self.cluster, self.postgres):
            if self._ended():
                raise Failed(f"The database in {self.cluster} did not start.")
            if time.monotonic() > deadline:
                raise Failed(f"The database in {self.cluster} was not ready after {_READY_WITHIN:.0f} s.")
            self.watch.pause(0.01)

    def _keep(self) -> None:
        """Until the server is gone: keep the log small, and start the database again should it be killed."""
        while True:
            self.watch.pause(5.0)
            with contextlib.suppress(OSError):  # no room for another log; the database must not end of that
                if os.fstat(self.log).st_size > _LOG_LIMIT:
                    clusters.rotate_log(self.log_path)
            if self._ended():
                try:
                    self._wait_for_earlier()
                    self._start()
                except (Failed, OSError) as problem:  # a full disk, perhaps: worth another try
                    with contextlib.suppress(OSError):
                        os.write(self.log, f"vitrina: {problem}\n".encode())

    def _ended(self) -> bool:
        """Whether PostgreSQL is gone (and no zombie of it is left)."""
        if self.postgres is not None and os.waitpid(self.postgres, os.WNOHANG)[0]:
            self.postgres = None
        return self.postgres is None

    def _stop(self) -> None:
        """Fast shutdown, then immediate, then kill; what those leave undone, the log on disk makes good."""
        for number, seconds in (
            (signal.SIGINT, _FAST_STOP),
            (signal.SIGQUIT, _IMMEDIATE_STOP),
            (signal.SIGKILL, 5.0),
        ):
            deadline = time.monotonic() + seconds
            if not self._ended() and self.postgres is not None:
                os.kill(self.postgres, number)
            while not self._ended() and time.monotonic() < deadline:
                self.watch.wait_for_child(0.02)

    def _run(
        self, arguments: list[str], identity: Identity, folder: Path, feed: str = "", out: str | None = None
    ) -> None:
        """Run a program to its end; raises Failed if it does not succeed, Released if the server goes."""
        sink = os.open(out, os.O_WRONLY) if out else os.dup(self.log)
        try:
            child = self._spawn(arguments, identity, folder, signal.SIGKILL, sink, feed)
        finally:
            os.close(sink)
        try:
            while True:
                pid, status = os.waitpid(child, os.WNOHANG)
                if pid:
                    break
                self.watch.pause(0.05)
        except Released:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
        if status:
            code = os.waitstatus_to_exitcode(status)
            raise Failed(f"PostgreSQL's {arguments[0]} ended with code {code} (run by {identity}).")

    def _spawn(
        self, arguments: list[str], identity: Identity, folder: Path, with_us: int, sink: int, feed: str = ""
    ) -> int:
        """Start a program, to get signal `with_us` if we die; CannotBecome if the system refuses it."""
        told, tell = os.pipe()
        source = _as_stdin(feed)
        keeper = os.getpid()
        child = os.fork()
        if child == 0:
            try:
                identity.become()
                die_with_parent(with_us)
                if os.getppid() != keeper:
                    os._exit(1)
                for number in _IGNORED:
                    signal.signal(number, signal.SIG_DFL)
                os.chdir(folder)
                for ours, theirs in ((source, 0), (sink, 1), (sink, 2)):
                    os.dup2(ours, theirs)
                os.execve(
                    self.programs / arguments[0],
                    [str(self.programs / arguments[0]), *arguments[1:]],
                    self.environment,
                )
            except BaseException as refusal:  # whatever it is, the parent must hear of it
                os.write(tell, str(refusal).encode()[:2000])
            os._exit(127)
        os.close(tell)
        os.close(source)
        problem = os.read(told, 2000).decode(errors="replace")
        os.close(told)
        if problem:
            os.waitpid(child, 0)
            raise CannotBecome(problem)
        return child


class _Watch:
    """Waits for a child's end and for the server's: its pipe closes, or it dies while a child holds that."""

    def __init__(self, owner: int) -> None:
        self.owner = owner
        self.woken, wake = os.pipe()
        for end in (self.woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Whoever ends a whole group of processes means the server, and that needs its database to finish.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.owner_end = _pidfd(owner)

    def pause(self, seconds: float) -> None:
        """Wait that long, shorter if a child ends; raises Released when it is time to stop."""
        readable = self._select([0, self.woken, *self.owner_end], seconds)
        if 0 in readable or os.getppid() != self.owner or set(readable) & set(self.owner_end):
            raise Released

    def wait_for_child(self, seconds: float) -> None:
        """Wait that long, shorter if a child ends, whatever the server does."""
        self._select([self.woken], seconds)

    def _select(self, files: list[int], seconds: float) -> list[int]:
        readable, _, _ = select.select(files, [], [], seconds)
        if self.woken in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(self.woken, 4096)
        return readable


def _pidfd(pid: int) -> list[int]:
    """A file that becomes readable when the process ends; none on systems without such files."""
    try:
        return [os.pidfd_open(pid)]
    except (AttributeError, OSError):
        return []


def _as_stdin(feed: str) -> int:
    if not feed:
        return os.open(os.devnull, os.O_RDONLY)
    source, write = os.pipe()
    os.write(write, feed.encode())  # far below a pipe's 4 KiB, so this never waits
    os.close(write)
    return source


def _environment() -> dict[str, str]:
    """Nothing of the server's own environment (PG… variables bend the tools) but where to find libraries."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        if name in os.environ
    }
    return {"LC_ALL": "C", "TZ": "UTC", **kept}


def _report(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(1, text.encode())


def _tail(path: Path, start: int) -> str:
    """The last lines that this start wrote to the log, set off below the sentence."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(start, path.stat().st_size - 4000))
        lines = file.read().decode(errors="replace").splitlines()[-12:]
        return "".join(f"\n  {line}" for line in lines)
    return ""


def main(arguments: list[str]) -> int:
    """Entry of the process: data folder, folder of programs, folder for sockets, pid of the server, mark."""
    data, programs, sockets, owner, mark = arguments
    return Keeper(Path(data), Path(programs), Path(sockets), int(owner), mark).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
