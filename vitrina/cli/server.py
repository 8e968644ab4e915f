"""`vitrina serve | work | migrate | demo`: running the shop."""

import asyncio
import errno
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ..scratch import scratch_folder
from ..settings import Settings, read_settings
from ..supervised import supervise
from .connect import database_url

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

    from ..domain.shop import Shop
    from ..store.embedded import EmbeddedPostgres

SECONDS_FOR_A_PREDECESSOR = 3.0
SECONDS_FOR_A_DATABASE = 30.0  # that is being made or started, when the shop is told to stop
TRIES_FOR_A_DATABASE = 5  # whatever ended its keeper may hit the next one, too
TRIES_FOR_HTTP = 5  # one after the other, when its processes die as soon as they run
SECONDS_BETWEEN_TRIES = 2.0
SECONDS_THAT_COUNT = 60  # who ran that long starts with all tries again
SECONDS_FOR_A_HEAD = 30  # of a request; an idle connection is closed after as long
BEHIND_ANSWERS = 5  # niceness of jobs: a lot of receipts to mail is no reason to let buyers wait
MOST_CONNECTIONS = 4096  # of one HTTP process
FILES_OF_OUR_OWN = 96  # open besides: database, libraries, children
# glibc gives the memory of large pieces back at once, and has it cleared again page by page for the next one; files
# come and go in such pieces. Other systems pass these over.
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2), "MALLOC_TRIM_THRESHOLD_": str(64 * 1024**2)}

_out = Console(stderr=True, soft_wrap=True, highlight=False)


class NotMigrated(Exception):
    """The database could not be brought to this version's tables."""


class CannotListen(Exception):
    """The address to listen on is taken or not this host's."""


class HttpFailed(Exception):
    """The HTTP processes died again and again."""


def serve(*, demo: bool = False) -> None:
    """Run the shop: database, HTTP and jobs, until Ctrl-C.

    Parameters
    ----------
    demo
        Fill the shop with demo sellers, offers and media; the log-ins go to demo.json in the data folder.
    """
    from ..store.embedded import EmbeddedPostgres

    if demo:  # a demo sells for play money; a shop of real goods must be told to
        os.environ.setdefault("VITRINA_PAYMENTS", "test")
    settings = read_settings()
    _check_address(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _as_interrupt)
    supervise()
    embedded = None if settings.database_url else EmbeddedPostgres(settings.data)
    helpers = _Helpers(settings, demo, embedded)
    with _metrics_folder(settings) as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        try:
            _run_http(settings, helpers)
        finally:
            helpers.stop()
            if embedded:
                embedded.stop()
    if helpers.failure:
        raise helpers.failure


@contextmanager
def _metrics_folder(settings: Settings) -> Iterator[Path]:
    """Where the processes of this server count, empty; one for each server of a data folder.

    In memory, where the system has a place for that: counters are mapped files that grow, and a process whose
    file cannot grow on a full disk is killed by the kernel (SIGBUS).
    """
    from ..store.embedded_leftovers import mark_of

    name = f"{mark_of(settings.data)}-metrics-{settings.port}"
    for place in (Path("/dev/shm"), settings.data.absolute() / "run"):
        folder = place / name
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # no such place, or somebody else's
            place.mkdir(exist_ok=True)
            folder.mkdir(mode=0o700)
            break
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _check_address(settings: Settings) -> None:
    """Find out now, not after the database is up, that the port is taken.

    The HTTP processes of a server that was killed need a moment to notice; they get it.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    deadline = time.monotonic() + SECONDS_FOR_A_PREDECESSOR
    while True:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, settings.port))
                return
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise CannotListen(
                        f"cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
                        "Is another server running there? Choose another VITRINA_PORT or VITRINA_HOST."
                    ) from None
        time.sleep(0.1)


def _migration() -> subprocess.Popen[str]:
    """The tools of migrations, which wait for an address; they load while a new database is made.

    In a process of its own: they would stay in the supervisor's memory for good.
    """
    command = [sys.executable, "-m", "vitrina.store.migrate"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def _run_http(settings: Settings, helpers: "_Helpers") -> None:
    # Never by a bare fork: beside this code runs a thread that starts children, too, and a fork in that
    # moment would copy its half-made pipes and held locks.
    multiprocessing.set_start_method("spawn")
    for name, value in KEPT_MEMORY.items():
        os.environ.setdefault(name, value)
    tries = TRIES_FOR_HTTP
    while tries:
        server, began = _http_server(settings), time.monotonic()
        server.on_startup(helpers.start)
        with suppress(SystemExit):  # one died twice within seconds; who dies once runs again
            server.serve()
        signal.signal(signal.SIGTERM, _as_interrupt)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if server.interrupt_signal:
            return
        tries = (TRIES_FOR_HTTP if time.monotonic() - began > SECONDS_THAT_COUNT else tries) - 1
        _out.print(
            "vitrina: an HTTP process died twice within seconds; starting all of them anew", markup=False
        )
        time.sleep(SECONDS_BETWEEN_TRIES)
    raise HttpFailed(
        f"the HTTP processes died {TRIES_FOR_HTTP} times as soon as they ran, so the shop stops; its log says why"
    )


def _http_server(settings: Settings) -> "AbstractServer[Any]":
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings

    return Granian(
        "vitrina.app:create",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.http_processes,
        loop=Loops.uvloop if sys.platform != "win32" else Loops.auto,
        # Not auto: who connects and says nothing would be waited for endlessly, to learn which version they speak.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=SECONDS_FOR_A_HEAD * 1000),
        websockets=False,
        factory=True,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        backlog=MOST_CONNECTIONS,
        backpressure=_room_for_connections(),
    )


def _room_for_connections() -> int:
    """How many connections an HTTP process takes; further ones wait in the kernel until one is closed.

    Each may have a file open as well. Were there no file left, the server would neither take nor refuse
    connections, and answer those it has with errors.
    """
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    wanted = 2 * MOST_CONNECTIONS + FILES_OF_OUR_OWN
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        raised = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, most))
            allowed = raised
    room = MOST_CONNECTIONS if allowed == resource.RLIM_INFINITY else (allowed - FILES_OF_OUR_OWN) // 2
    return max(16, min(room, MOST_CONNECTIONS))


class _Helpers:
    """What runs beside HTTP: the database and the job worker, kept alive; and the demo, once.

    HTTP processes load while the database is made; they wait for it, and for this version's tables.
    """

    def __init__(self, settings: Settings, demo: bool, database: "EmbeddedPostgres | None") -> None:
        self._settings = settings
        self._database = database
        self._demo = demo
        self.failure: Exception | None = None
        self._stopping = threading.Event()
        self._migration: subprocess.Popen[str] | None = None
        self._worker: subprocess.Popen[bytes] | None = None
        self._filling: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        if self._thread.ident is None:  # HTTP may start more than once
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._migration and self._migration.poll() is None:
            self._migration.terminate()
        if self._thread.is_alive():
            self._thread.join(SECONDS_FOR_A_DATABASE)
        for child in (self._filling, self._worker):
            if child and child.poll() is None:
                child.terminate()
                try:
                    child.wait(15)
                except subprocess.TimeoutExpired:
                    child.kill()

    def _watch(self) -> None:
        try:
            self._open_database()
        except Exception as error:
            if not self._stopping.is_set():
                self.failure = error
                os.kill(os.getpid(), signal.SIGTERM)
            return
        # First the answers, then the jobs: they would take each other's time.
        if not self._is_open():
            return
        self._say_ready()
        self._worker = _child("work")
        if self._demo:
            self._fill()
        while not self._stopping.wait(1):
            if self._database and not self._keep_database():
                return
            self._keep_worker()

    def _open_database(self) -> None:
        """Start the embedded database, and bring whichever it is to this version's tables."""
        from ..store.version import is_current

        url = self._settings.database_url
        if self._database:
            if not self._database.made:
                self._migration = _migration()
            url = self._database.start()
        assert url is not None
        os.environ["VITRINA_DATABASE_URL"] = url
        if self._stopping.is_set() or (self._migration is None and asyncio.run(is_current(url))):
            return
        self._migration = self._migration or _migration()
        told, _ = self._migration.communicate(url)
        if self._migration.returncode:
            raise NotMigrated(f"the database could not be migrated: {told.strip()[-2000:]}")

    def _keep_worker(self) -> None:
        if self._worker and self._worker.poll() is not None and not self._stopping.is_set():
            self._worker = _child("work")

    def _keep_database(self) -> bool:
        """Start the database again if its keeper was killed; after some tries there is no going on without one."""
        assert self._database is not None
        for again in reversed(range(TRIES_FOR_A_DATABASE)):
            try:
                self._database.start()
                return True
            except Exception as error:
                _out.print(f"vitrina: the database is gone and did not start again: {error}", markup=False)
            if again and self._stopping.wait(SECONDS_BETWEEN_TRIES):
                return False
        os.kill(os.getpid(), signal.SIGTERM)
        return False

    def _is_open(self) -> bool:
        """Wait until the shop answers; False if it was told to stop before."""
        ready = f"http://{_reachable(self._settings)}/readyz"
        while not self._stopping.is_set():
            try:
                with urllib.request.urlopen(ready, timeout=2):
                    return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        return False

    def _say_ready(self) -> None:
        address = self._settings.address
        _out.print(f"\n  [bold]Vitrina[/] is open:  [cyan]{address}[/]")
        _out.print(f"  Sellers:           {address}/cabinet")
        _out.print(f"  Working groups:    {address}/console")
        _out.print(f"  Operators:         {address}/desk")
        _out.print(f"  The seller API:    {address}/reference\n")

    def _fill(self) -> None:
        _out.print("  Filling the shop with demo goods …")
        self._filling = _child("demo", "--brief")
        while self._filling.poll() is None and not self._stopping.wait(0.2):
            self._keep_worker()  # without one the demo would wait in vain
        if self._filling.poll() == 0 and not self._stopping.is_set():
            path = self._settings.data / "demo.json"
            _out.print(f"  Demo goods are there. All log-ins and tokens: [cyan]{path}[/]\n")
            # The stock library fills up behind; nobody waits for it.
            self._filling = _child("demo")


def _child(*command: str) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches the supervisor, which stops its children in order.
    return subprocess.Popen([sys.executable, "-m", "vitrina", *command], process_group=0)


def _reachable(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"


def work() -> None:
    """Run more job workers, on this host or another, over the same database and files."""
    from ..assembly import open_shop
    from ..logs import set_up_logs
    from ..store.version import is_current
    from ..worker import work as run_jobs

    settings = read_settings()
    set_up_logs(settings)
    if sys.platform != "win32":
        os.nice(BEHIND_ANSWERS)

    async def run(url: str) -> None:
        if not await is_current(url):
            raise NotMigrated("the database is not at this version's tables; run `vitrina migrate` first")
        shop = await open_shop(settings, url, connections=8)
        try:
            await run_jobs(shop, url, settings.jobs)
        finally:
            await shop.close()

    with database_url(settings) as url, scratch_folder():
        asyncio.run(run(url))


def migrate() -> None:
    """Bring the database to this version's tables (serve does it by itself)."""
    with database_url(read_settings()) as url:
        from ..store.migrate import migrate_now

        done = migrate_now(url)
    _out.print("The database was migrated." if done else "The database is up to date.")


def demo(*, brief: bool = False) -> None:
    """Fill the shop with demo goods; what is there already stays. Needs a running `vitrina serve` or `work`.

    Parameters
    ----------
    brief
        Only what demo.json speaks of, and not the whole stock library.
    """
    from ..demo import fill, fill_stock
    from .connect import with_shop

    settings = read_settings()

    async def run(shop: "Shop") -> None:
        await fill(shop, settings)
        if not brief:
            await fill_stock(shop)

    with scratch_folder():
        with_shop(run)
