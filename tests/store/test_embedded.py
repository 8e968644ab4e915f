"""The embedded database under what happens to servers: kills, crashes, odd folders, root, two starts."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from vitrina.store.embedded import (
    DatabaseDidNotStart,
    DataFolderInUse,
    EmbeddedPostgres,
    programs,
    running_dsn,
)
from vitrina.store.embedded_leftovers import is_postgres

OWNER = """
import os, signal, sys, time
from pathlib import Path
from vitrina.store.embedded import EmbeddedPostgres
from vitrina.store.embedded_identity import Switched
if uid := int(sys.argv[3]):
    Switched(uid, uid, reach=True).become()  # the right to reach: this very Python may lie below /root
database = EmbeddedPostgres(Path(sys.argv[1]))
print(database.start(), flush=True)
exec(sys.argv[2])
time.sleep(60)
"""


class Server(NamedTuple):
    """A process that runs a database."""

    process: "subprocess.Popen[str]"
    dsn: str

    def kill(self) -> None:
        """kill -9, and be sure that it is gone."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


Lend = Callable[[Path], Path]
Make = Callable[[Path], EmbeddedPostgres]
MakeServer = Callable[..., Server]
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can change users: run the tests as root for this"
)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Path]:
    """Where the one cluster stands that the tests lend each other: making one takes a second."""
    place = Path(tempfile.mkdtemp(prefix="vt-"))
    yield place
    shutil.rmtree(place)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that every user may enter; no process that works below it may outlive the test."""
    place = Path(tempfile.mkdtemp(prefix="vt-"))
    place.chmod(0o755)
    try:
        yield place
        assert until(lambda: not processes(place)), f"left behind: {processes(place)}"
    finally:
        for pid in processes(place):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def lend(shelf: Path, folder: Path) -> Iterator[Lend]:
    """Puts the ready-made cluster into a data folder, until the test's end."""
    borrowers: list[Path] = []

    def lend(data: Path) -> Path:
        borrowers.append(data)
        if not (shelf / "postgres").exists():
            first = EmbeddedPostgres(shelf)
            first.start()
            first.stop()
        data.mkdir(parents=True)
        return (shelf / "postgres").rename(data / "postgres").parent

    yield lend
    for data in borrowers:
        until(lambda: not processes(folder))
        subprocess.run(["chown", "-R", f"{os.geteuid()}:{os.getegid()}", data], check=True)
        (data / "postgres").rename(shelf / "postgres")


@pytest.fixture
def data(folder: Path, lend: Lend) -> Path:
    """A data folder with a cluster."""
    return lend(folder / "data")


@pytest.fixture
def database(lend: Lend) -> Iterator[Make]:
    """A database of a data folder, stopped at the test's end."""
    known: list[EmbeddedPostgres] = []

    def database(data: Path) -> EmbeddedPostgres:
        known.append(EmbeddedPostgres(data))
        return known[-1]

    yield database
    for each in known:
        each.stop()


@pytest.fixture
def running(data: Path, database: Make) -> EmbeddedPostgres:
    """A database that this process runs."""
    started = database(data)
    started.start()
    return started


@pytest.fixture
def server(lend: Lend) -> Iterator[MakeServer]:
    """Another process that runs the database of a data folder; killed at the test's end."""
    known: list[Server] = []

    def server(data: Path, then: str = "", uid: int = 0, **how: Any) -> Server:
        command = [sys.executable, "-c", OWNER, str(data), then, str(uid)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **how)
        assert child.stdout is not None
        known.append(Server(child, child.stdout.readline().strip()))
        return known[-1]

    yield server
    for each in known:
        each.kill()


def processes(folder: Path) -> dict[int, str]:
    """Processes with the folder in their command line, and what these started: pid to line."""
    found: dict[int, str] = {}
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if int(entry.name) != os.getpid() and (
                f"{folder}/" in line or (parent in found and "postgres" in line)
            ):
                found[int(entry.name)] = line
    return found


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def keeper(folder: Path) -> int:
    return next(pid for pid, line in processes(folder).items() if "embedded_keeper" in line)


def postmaster(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def busy(data: Path) -> bool:
    """Whether a query is running."""
    return any("SELECT" in line for line in processes(data).values())


def ask(dsn: str, *statements: str) -> object:
    """Run the statements; returns the last one's value."""

    async def answer() -> object:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(answer())


class TestEveryDay:
    def test_data_stays_over_a_restart(self, data: Path, database: Make) -> None:
        """What was written before a stop is there after the next start."""
        shop = database(data)
        ask(shop.start(), "create table film (name text)", "insert into film values ('Сталкер')")
        shop.stop()
        shop.stop()
        assert running_dsn(data) is None
        assert ask(shop.start(), "select name from film") == "Сталкер"

    def test_a_first_start_makes_everything(self, folder: Path, database: Make) -> None:
        """An empty place becomes a database; the folders with data and socket are closed to others."""
        shop = database(folder / "new" / "data")
        assert ask(shop.start(), "select current_database() || current_user") == "vitrinavitrina"
        for name in ("", "postgres", "socket"):
            assert (folder / "new" / "data" / name).stat().st_mode & 0o077 == 0

    def test_cyrillic_is_letters(self, running: EmbeddedPostgres) -> None:
        """Lower case, ILIKE, trigrams and text search know Cyrillic."""
        dsn = running.start()
        assert ask(dsn, "select lower('ПРИВЕТ, ЁЖ')") == "привет, ёж"
        assert ask(dsn, "select 'Солярис' ilike '%ЛЯР%'")
        assert ask(dsn, "create extension pg_trgm", "select cardinality(show_trgm('Кошка'))")
        assert ask(dsn, "select to_tsvector('russian', 'кошки') @@ 'кошк'::tsquery")

    def test_settings_that_money_needs(self, running: EmbeddedPostgres) -> None:
        """Commits reach the disk, pages have checksums, nothing listens on a network."""
        settings = {"fsync": "on", "synchronous_commit": "on", "data_checksums": "on", "listen_addresses": ""}
        for name, value in settings.items():
            assert ask(running.start(), f"select current_setting('{name}')") == value

    def test_start_again_is_the_same_database(self, running: EmbeddedPostgres) -> None:
        """A second start() of a running database changes nothing."""
        pid = postmaster(running.data)
        assert running.start() == running_dsn(running.data)
        assert postmaster(running.data) == pid

    def test_settings_of_the_operator_win(self, data: Path, database: Make) -> None:
        """postgresql.conf in the data folder overrides ours; a wrong line there is named."""
        (data / "postgresql.conf").write_text("max_connections = 33\n")
        shop = database(data)
        assert ask(shop.start(), "select current_setting('max_connections')") == "33"
        shop.stop()
        (data / "postgresql.conf").write_text("max_conections = 33\n")
        with pytest.raises(DatabaseDidNotStart, match="max_conections"):
            shop.start()

    def test_a_big_log_is_set_aside(self, data: Path, database: Make) -> None:
        """The log of earlier starts does not grow for ever."""
        (data / "postgres.log").write_text("old\n" * 500_000)
        database(data).start()
        assert (data / "postgres.log.1").stat().st_size == 2_000_000
        assert 0 < (data / "postgres.log").stat().st_size < 10_000

    def test_the_keeper_is_light(self) -> None:
        """The keeper's modules load without site-packages."""
        program = "import sys; sys.path.insert(0, '.'); import vitrina.store.embedded_keeper"
        command = [sys.executable, "-I", "-S", "-c", program]
        done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


class TestTwoServers:
    def test_second_start_names_the_first(self, data: Path, server: MakeServer, database: Make) -> None:
        """A folder in use is refused with the pid that holds it, and its database can still be found."""
        first = server(data)
        with pytest.raises(DataFolderInUse, match=rf"{data} .* process {first.process.pid}\b"):
            database(data).start()
        assert running_dsn(data) == first.dsn

    def test_a_forked_child_does_not_hold_it(self, data: Path, server: MakeServer, database: Make) -> None:
        """A child that the server forked keeps neither the folder nor the database after a kill."""
        first = server(data, "os.fork() or (os.close(1), time.sleep(4), os._exit(0)); print(flush=True)")
        assert first.process.stdout
        first.process.stdout.readline()
        began = time.monotonic()
        first.kill()
        database(data).start()
        assert time.monotonic() - began < 4

    def test_ctrl_c_leaves_the_database_to_the_server(self, data: Path, server: MakeServer) -> None:
        """Signals to the server's process group do not reach the database."""
        first = server(
            data, "signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True)", start_new_session=True
        )
        assert first.process.stdout
        first.process.stdout.readline()
        os.killpg(first.process.pid, signal.SIGINT)
        time.sleep(0.2)
        assert ask(first.dsn, "select 1") == 1


class TestKilled:
    def test_nothing_outlives_a_killed_server(self, data: Path, server: MakeServer, database: Make) -> None:
        """kill -9 of the server ends the database within seconds; what was committed is there after."""
        first = server(data)
        ask(first.dsn, "create table key (code text)", "insert into key values ('K-1')")
        first.kill()
        assert until(lambda: not processes(data))
        assert ask(database(data).start(), "select code from key") == "K-1"

    def test_a_start_right_after_a_kill(self, data: Path, server: MakeServer, database: Make) -> None:
        """The next start waits until the killed server's database is gone, and takes over."""
        first = server(data)
        before = postmaster(data)
        first.kill()
        assert ask(database(data).start(), "select 1") == 1
        assert postmaster(data) != before

    def test_a_killed_keeper(self, running: EmbeddedPostgres) -> None:
        """kill -9 of the keeper ends the database too; start() of the living server brings both back."""
        before = postmaster(running.data)
        os.kill(keeper(running.data), signal.SIGKILL)
        assert until(lambda: not is_postgres(before))
        assert ask(running.start(), "select 1") == 1

    def test_a_killed_database_comes_back(self, running: EmbeddedPostgres) -> None:
        """kill -9 of PostgreSQL, as by the kernel short of memory: the keeper starts it again."""
        before = postmaster(running.data)
        os.kill(before, signal.SIGKILL)
        assert until(lambda: running_dsn(running.data) and postmaster(running.data) != before)
        assert ask(running.start(), "select 1") == 1

    def test_all_killed_while_a_query_runs(self, data: Path, server: MakeServer, database: Make) -> None:
        """Server, keeper and PostgreSQL killed at once: the next start ends the busy process left over."""
        first = server(data)
        query = "select count(*) from generate_series(1, 1000000000)"
        psql = subprocess.Popen(
            [str(programs() / "psql"), "-X", first.dsn, "-c", query], stderr=subprocess.PIPE
        )
        assert until(lambda: busy(data))
        for pid in (first.process.pid, keeper(data), postmaster(data)):
            os.kill(pid, signal.SIGKILL)
        assert ask(database(data).start(), "select 1") == 1
        assert not busy(data)
        psql.communicate(timeout=5)

    def test_a_reused_pid(self, data: Path, database: Make) -> None:
        """A pid file left by a crash whose number is another process now does not stop the start."""
        lines = [
            str(os.getpid()),
            str(data / "postgres"),
            "1",
            "5432",
            str(data / "socket"),
            "",
            "1 1",
            "ready",
        ]
        (data / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
        assert running_dsn(data) is None
        assert ask(database(data).start(), "select 1") == 1

    def test_initdb_killed_half_way(self, folder: Path, database: Make) -> None:
        """A server killed while it makes the cluster leaves a folder in which the next start succeeds."""
        half = subprocess.Popen([sys.executable, "-c", OWNER, str(folder / "data"), "", "0"])
        assert until(lambda: list(folder.glob("data/postgres.new-*/base/*/2*")))
        half.kill()
        half.wait()
        assert not (folder / "data" / "postgres").exists()
        assert ask(database(folder / "data").start(), "select 1") == 1
        assert not list(folder.glob("data/postgres.new-*"))


class TestFolders:
    @pytest.mark.parametrize("name", ["long" * 30, "comma,quote'", "Витрина и пробел", "a%20b@c:d?e#f"])
    def test_any_name(self, folder: Path, lend: Lend, database: Make, name: str) -> None:
        """A path too long for a socket, or with signs that DSNs give a meaning, works."""
        shop = database(lend(folder / name))
        assert ask(shop.start(), "select 1") == 1
        assert running_dsn(folder / name) == shop.start()

    def test_a_socket_folder_open_to_others(
        self, folder: Path, lend: Lend, database: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The spare folder for sockets is not used when others can enter it."""
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        shop = database(lend(folder / ("long" * 30)))
        shop.start()
        spare = next(folder.glob("vitrina-*"))
        shop.stop()
        assert not spare.exists()
        spare.mkdir()
        spare.chmod(0o777)
        with pytest.raises(DatabaseDidNotStart, match="does not belong to this user alone"):
            shop.start()

    def test_other_files_in_the_place(self, folder: Path, database: Make) -> None:
        """Files that are no cluster are left alone, and said to be in the way."""
        (folder / "data" / "postgres").mkdir(parents=True)
        (folder / "data" / "postgres" / "letter.txt").write_text("mine")
        with pytest.raises(DatabaseDidNotStart, match="no PostgreSQL cluster"):
            database(folder / "data").start()
        assert (folder / "data" / "postgres" / "letter.txt").read_text() == "mine"


@needs_root
class TestRoot:
    def test_below_a_closed_folder(self, folder: Path, lend: Lend, database: Make) -> None:
        """Root starts it below a folder that is closed to all others, and keeps its files."""
        shop = database(lend(folder / "closed" / "data"))
        (folder / "closed").chmod(0o700)
        assert ask(shop.start(), "select 1") == 1
        assert (folder / "closed" / "data" / "postgres").stat().st_uid == 0

    @pytest.mark.parametrize("mode", [0o755, 0o700])
    def test_a_cluster_of_another_user(self, data: Path, database: Make, mode: int) -> None:
        """Root runs another user's cluster as that user, in an open folder and a closed one."""
        subprocess.run(["chown", "-R", "65534:65534", data / "postgres"], check=True)
        data.chmod(mode)
        assert ask(database(data).start(), "create temp table t ()", "select 1") == 1
        assert (Path("/proc") / str(postmaster(data))).stat().st_uid == 65534
        assert (data / "postgres" / "PG_VERSION").stat().st_uid == 65534

    @pytest.mark.parametrize("uid", [65534, 54321])
    def test_an_ordinary_user(self, folder: Path, server: MakeServer, uid: int) -> None:
        """A user without rights starts it, also one whom /etc/passwd does not know and who has no HOME."""
        os.chown(folder, uid, uid)
        shop = server(folder / "data", uid=uid, env={"PATH": "/usr/bin:/bin"})
        assert ask(shop.dsn, "select 1") == 1
        assert (folder / "data" / "postgres").stat().st_uid == uid
