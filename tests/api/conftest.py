"""What the tests of the seller API share: the demo's works, more sellers, and servers with other settings."""

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.builders import token_of_new_seller
from tests.conftest import Live, Server

MakeServer = Callable[..., Server]
MakeSeller = Callable[..., httpx.Client]


class Said(NamedTuple):
    """What became of a command."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture(scope="session")
def works(live: Live) -> dict[str, dict[str, Any]]:
    """The demo's ready contents: film, song, book."""
    with live.client() as client:
        found = client.get("/api/v1/content/author", params={"take": 1000}).raise_for_status().json()["items"]
    oldest = {
        one["category_id"]: one for one in sorted(found, key=lambda one: -one["id"]) if one["status"] == 2
    }
    return {"film": oldest[1], "song": oldest[2], "book": oldest[4]}


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two HTTP processes, with limits, without demo goods."""
    server = Server(tmp_path_factory.mktemp("pair") / "data", VITRINA_PROCESSES="2").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def add_seller() -> Iterator[MakeSeller]:
    """Adds a seller to a server and logs them in."""
    clients: list[httpx.Client] = []

    def add(server: Server, email: str, *rights: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token_of_new_seller(server.data, email, *rights)}"}
        clients.append(httpx.Client(base_url=server.base_url, headers=headers, timeout=60, verify=False))
        return clients[-1]

    yield add
    for client in clients:
        client.close()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Makes servers with settings of one's own; stopped at the end if they still run."""
    servers: list[Server] = []

    def make(*arguments: str, data: Path | None = None, **settings: str) -> Server:
        server = Server(data or tmp_path / f"data{len(servers)}", *arguments, **settings)
        servers.append(server)
        return server.start()

    yield make
    for server in servers:
        if server.process and server.process.poll() is None:
            server.stop()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `vitrina …` beside a server, in this process: a start costs seconds."""
    monkeypatch.setenv("COLUMNS", "200")  # read when the module is first imported
    from vitrina.cli import main

    def run(server: Server, *arguments: str) -> Said:
        monkeypatch.setenv("VITRINA_DATA", str(server.data))
        monkeypatch.setattr(sys, "argv", ["vitrina", *arguments])
        capsys.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # cyclopts wonders why a test lets it read sys.argv
            try:
                main()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        return Said(code, *capsys.readouterr())

    return run
