"""What one `vitrina serve` keeps running beside HTTP: the database, the job worker, and the demo, once."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from rich.console import Console

from ..settings import Settings

if TYPE_CHECKING:
    from ..store.embedded import EmbeddedPostgres

SECONDS_FOR_A_DATABASE = 30.0  # that is being made or started, when the shop is told to stop
TRIES_FOR_A_DATABASE = 5  # whatever ended its keeper may hit the next one, too
SECONDS_BETWEEN_TRIES = 2.0

_out = Console(stderr=True, soft_wrap=True, highlight=False)


class NotMigrated(Exception):
    """The database could not be brought to this version's tables."""


class Beside:
    """The database and the worker, kept alive.

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


def _migration() -> subprocess.Popen[str]:
    """The tools of migrations, which wait for an address; they load while a new database is made.

    In a process of its own: they would stay in the supervisor's memory for good.
    """
    command = [sys.executable, "-m", "vitrina.store.migrate"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)
