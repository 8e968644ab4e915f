"""Crowds of slow, silent and half-gone clients: those who behave do not notice them, and nothing of them stays."""

import resource
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import psutil
import pytest

from tests.builders import API, until
from tests.conftest import Server
from tests.hostile.conftest import Besieged
from tests.hostile.wire import connect, request, send

ASKED = request("GET", "/healthz").replace(b"close", b"keep-alive")
WITH_LITTLE = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def undisturbed(besieged: Besieged, least: int = 10) -> Iterator[None]:
    """Another client works on meanwhile, each request on a new connection; all of its requests succeed."""
    failures: list[object] = []
    done, stop = [0], threading.Event()

    def work() -> None:
        while not stop.is_set() or done[0] < least:
            try:
                with besieged.client() as seller:
                    seller.get(f"{API}/offers/author").raise_for_status()
                    seller.get(f"{API}/catalog").raise_for_status()
            except httpx.HTTPError as failure:
                failures.append(failure)
                return
            done[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(120)
    assert failures == []
    assert done[0] >= least


@contextmanager
def crowd(base_url: str, size: int, first: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections, each of which says this much and then waits."""
    with ExitStack() as stack:
        found = []
        for _ in range(size):
            found.append(stack.enter_context(connect(base_url, 60)))
            found[-1].sendall(first)
        yield found


@pytest.fixture(scope="module", autouse=True)
def room() -> Iterator[None]:
    """Files enough for this side of the connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2500:
        pytest.skip(f"this machine allows {hard} open files; 2,500 are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2500), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def nothing_stays(besieged: Besieged) -> Iterator[None]:
    """When the crowd has gone, the server has as many files open as before."""
    assert besieged.server.process is not None
    processes = psutil.Process(besieged.server.process.pid).children()
    with besieged.client() as seller:
        seller.get(f"{API}/catalog")
    before = sum(process.num_fds() for process in processes)
    yield
    until(lambda: sum(process.num_fds() for process in processes) <= before + 5, 30)


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    "first", [b"", ASKED[:-4] + b"\r\nX: ", ASKED], ids=["silent", "half a head", "kept alive"]
)
def test_two_thousand_idle_connections(besieged: Besieged, first: bytes) -> None:
    """Thousands who say nothing, or half of something, take nobody's place."""
    with crowd(besieged.base_url, 2000, first), undisturbed(besieged):
        pass


@pytest.mark.usefixtures("nothing_stays")
def test_dripping_bodies(besieged: Besieged) -> None:
    """Hundreds who send their bodies byte by byte keep nobody from sending theirs whole."""
    token = f"Authorization: Bearer {besieged.token}"
    form, parts = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
    heads = [
        request("POST", path, token, f"Content-Type: {media_type}", body=b"-" * 9999)[:-9998]
        for path, media_type in (
            (f"{API}/offers", "application/json"),
            (f"{API}/content/gallery", parts),
            ("/cabinet/log-in", form),
        )
    ]
    with ExitStack() as stack:
        dripping = [one for head in heads for one in stack.enter_context(crowd(besieged.base_url, 100, head))]
        with undisturbed(besieged):
            for _ in range(3):
                for one in dripping:
                    one.sendall(b"-")
                time.sleep(0.2)


@pytest.mark.usefixtures("nothing_stays")
def test_half_closed_connections(besieged: Besieged) -> None:
    """Clients that stop in the middle, close one direction, or are torn away leave nothing behind."""
    whole = request("GET", f"{API}/offers/author", f"Authorization: Bearer {besieged.token}")
    half = request("POST", f"{API}/offers", f"Authorization: Bearer {besieged.token}", body=b"{" * 9999)[
        :-5000
    ]
    with undisturbed(besieged):
        for said in (b"", whole[:40], whole, half):
            with crowd(besieged.base_url, 100, said) as connections:
                for place, one in enumerate(connections):
                    if place % 2:
                        one.shutdown(socket.SHUT_WR)
                    else:  # reset instead of an orderly end
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.usefixtures("nothing_stays")
def test_huge_heads(besieged: Besieged) -> None:
    """Hundreds of endless heads cost a bounded piece of memory, and nobody else anything."""
    assert besieged.server.process is not None
    processes = psutil.Process(besieged.server.process.pid).children()
    before = sum(process.memory_info().rss for process in processes)
    head = b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"x" * 300_000
    with crowd(besieged.base_url, 200, head), undisturbed(besieged):
        grown = sum(process.memory_info().rss for process in processes) - before
    assert grown < 200 * 2 * len(head)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux ends such connections")
@pytest.mark.usefixtures("nothing_stays")
def test_who_takes_nothing_of_an_answer_is_dropped(besieged: Besieged, full: bool) -> None:
    """A client that asks and never reads is let go after a minute."""
    if not full:
        pytest.skip("takes more than a minute: pytest tests/hostile --hostile-full")
    asked = request("GET", "/api/v1/openapi.json").replace(b"close", b"keep-alive")

    def dropped() -> bool:
        try:
            greedy.sendall(b"\r\n")
        except (ConnectionResetError, BrokenPipeError):
            return True
        return False

    with connect(besieged.base_url) as greedy:
        greedy.sendall(asked * 400)
        until(dropped, 150, pause=1)


def test_a_server_with_few_files_serves_whom_it_has(tmp_path_factory: pytest.TempPathFactory) -> None:
    """At the limit of open files newcomers wait, those inside are served, and afterwards everybody is."""
    server = Server(tmp_path_factory.mktemp("few") / "data")
    server.command = [sys.executable, "-c", WITH_LITTLE, *server.command]
    try:
        server.start(patience=120)
        assert server.process is not None
        with httpx.Client(base_url=server.base_url, timeout=30) as inside:
            inside.get("/readyz").raise_for_status()
            with crowd(server.base_url, 400):
                for _ in range(20):
                    inside.get("/readyz").raise_for_status()
                    inside.get("/static/pages.css").raise_for_status()
                http = max(psutil.Process(server.process.pid).children(), key=lambda one: one.num_fds())
                assert http.num_fds() < 200
            until(lambda: send(server.base_url, request("GET", "/readyz")).status == 200, 40)
    finally:
        server.stop()
