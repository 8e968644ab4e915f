"""What tests share: a real server with demo goods, and a real shop on a real database."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.files.seaweed import KEY, SECRET, Seaweed
from vitrina.settings import Settings
from vitrina.store.embedded import EmbeddedPostgres

LONG = ("tests/faults", "tests/browser", "tests/hostile", "tests/journeys", "tests/domain/test_crowd.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that at the end no process waits for another that just began with it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A `vitrina serve` of its own, as a process, with its own data folder."""

    def __init__(self, data: Path, *arguments: str, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("VITRINA_")}
        self.environment = clean | {
            "VITRINA_DATA": str(data),
            "VITRINA_PORT": str(self.port),
            "VITRINA_LOG_FORMAT": "json",
            **settings,
        }
        self.log = data.with_suffix(".log")
        self.command = [sys.executable, "-m", "vitrina", "serve", *arguments]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, patience: float = 60) -> "Server":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                if httpx.get(f"{self.base_url}/readyz", timeout=2).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server was not ready in {patience} s:\n{self.log.read_text()[-3000:]}")

    def fill(self) -> dict[str, Any]:
        """Put in what demo.json speaks of, and return that; the rest of the stock library would only take time."""
        done = self.run("demo", "--brief")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads((self.data / "demo.json").read_text())
        return found

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Another `vitrina` command beside this server."""
        return subprocess.run(
            [sys.executable, "-m", "vitrina", *arguments],
            env=self.environment | {"COLUMNS": "200"} | settings,
            capture_output=True,
            text=True,
            timeout=180,
        )

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)


class Live:
    """The shared server with its demo log-ins: `seller`, `second_seller` … {email, password, token}."""

    def __init__(self, server: Server, demo: dict[str, Any]) -> None:
        self.server = server
        self.base_url = server.base_url
        self.demo = demo
        self.seller: dict[str, str] = demo["seller"]
        self.second_seller: dict[str, str] = demo["second_seller"]

    def client(self, who: str = "seller") -> httpx.Client:
        """An HTTP client that is logged in as one of the demo's sellers."""
        headers = {"Authorization": f"Bearer {self.demo[who]['token']}"}
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=60)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One real server with demo goods for all tests that only add to it; its limits are lifted."""
    data = tmp_path_factory.mktemp("live") / "data"
    server = Server(data, VITRINA_RATE_LIMITS="off", VITRINA_PAYMENTS="test").start()
    try:
        yield Live(server, server.fill())
    finally:
        server.stop()


@pytest.fixture
def seller(live: Live) -> Iterator[httpx.Client]:
    """The first demo seller's client."""
    with live.client() as client:
        yield client


@pytest.fixture
def second_seller(live: Live) -> Iterator[httpx.Client]:
    """Another seller's client."""
    with live.client("second_seller") as client:
        yield client


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated PostgreSQL for tests of the domain and the store."""
    from vitrina.store.migrate import migrate_now

    embedded = EmbeddedPostgres(tmp_path_factory.mktemp("database"))
    url = embedded.start()
    try:
        migrate_now(url)
        yield url
    finally:
        embedded.stop()


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A real S3 server with an empty bucket."""
    server = Seaweed(tmp_path_factory.mktemp("seaweed")).start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def bucket(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """The address of an empty place in it, by a name that no other test uses; the credentials are set."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    # A prefix of its own, as a shop that shares its bucket would have.
    return lambda name: seaweed.url.replace("s3://shop?", f"s3://shop/{name}?")


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Any]:
    """A shop in this process, on the shared database, with its own files."""
    from vitrina.assembly import open_shop

    settings = Settings(data=tmp_path / "data", payments="test")
    opened = await open_shop(settings, database_url, connections=4)
    try:
        yield opened
    finally:
        await opened.close()
