"""`vitrina serve | work | migrate | demo`: running the shop."""

import asyncio
import errno
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ..scratch import scratch_folder
from ..settings import Settings, read_settings
from ..supervised import supervise
from .beside import SECONDS_BETWEEN_TRIES, Beside, NotMigrated
from .connect import database_url

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

    from ..domain.shop import Shop

SECONDS_FOR_A_PREDECESSOR = 3.0
TRIES_FOR_HTTP = 5  # one after the other, when its processes die as soon as they run
SECONDS_THAT_COUNT = 60  # who ran that long starts with all tries again
SECONDS_FOR_A_HEAD = 30  # of a request; an idle connection is closed after as long
BEHIND_ANSWERS = 5  # niceness of jobs: a lot of receipts to mail is no reason to let buyers wait
MOST_CONNECTIONS = 4096  # of one HTTP process
FILES_OF_OUR_OWN = 96  # open besides: database, libraries, children
# glibc gives the memory of large pieces back at once, and has it cleared again page by page for the next one; files
# come and go in such pieces. Other systems pass these over.
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2), "MALLOC_TRIM_THRESHOLD_": str(64 * 1024**2)}

_out = Console(stderr=True, soft_wrap=True, highlight=False)


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
    beside = Beside(settings, demo, embedded)
    with _metrics_folder(settings) as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        try:
            _run_http(settings, beside)
        finally:
            beside.stop()
            if embedded:
                embedded.stop()
    if beside.failure:
        raise beside.failure


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


def _run_http(settings: Settings, beside: Beside) -> None:
    # Never by a bare fork: beside this code runs a thread that starts children, too, and a fork in that
    # moment would copy its half-made pipes and held locks.
    multiprocessing.set_start_method("spawn")
    for name, value in KEPT_MEMORY.items():
        os.environ.setdefault(name, value)
    tries = TRIES_FOR_HTTP
    while tries:
        server, began = _http_server(settings), time.monotonic()
        server.on_startup(beside.start)
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
