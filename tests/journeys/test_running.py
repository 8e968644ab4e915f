"""Running a shop: cold start, stop, kill -9, two starts on one folder, and the commands beside it."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders import (
    API,
    begin,
    blob,
    key_offer,
    made,
    new_content,
    send_part,
    token_of_new_seller,
    until,
    word,
)
from tests.conftest import Server, free_port
from tests.processes import (
    answers,
    helpers,
    http_processes,
    keepers,
    lives,
    nothing_runs,
    postmasters,
    processes,
    workers,
)
from vitrina.settings import SETTINGS

Start = Callable[..., Server]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder for data; whatever a test left running there is ended."""
    place = Path(tempfile.mkdtemp(prefix="vt-run-"))
    yield place
    for pid in processes(place):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """A server of two processes on that folder, not yet started; stopped at the end."""
    made = Server(folder / "data", VITRINA_PROCESSES="2", VITRINA_RATE_LIMITS="off")
    yield made
    if made.process and made.process.poll() is None:
        made.stop()


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A running server of two processes for tests that leave it running."""
    place = Path(tempfile.mkdtemp(prefix="vt-run-"))
    server = Server(place / "data", VITRINA_PROCESSES="2", VITRINA_RATE_LIMITS="off").start()
    yield server
    server.stop()
    shutil.rmtree(place, ignore_errors=True)


def client_of(server: Server) -> httpx.Client:
    token = token_of_new_seller(server.data, f"{word()}@example.com")
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=server.base_url, headers=headers, timeout=30)


# --- starting and stopping -------------------------------------------------------------------------------


def test_from_nothing_to_an_open_shop_and_back(server: Server, folder: Path) -> None:
    """An empty folder becomes a shop that answers everywhere; SIGTERM ends every process of it, quickly."""
    server.start()
    ready = httpx.get(f"{server.base_url}/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["files"]) == (200, "ok", "ok")
    until(lambda: httpx.get(f"{server.base_url}/readyz").json()["search"] == "ok")
    assert httpx.get(f"{server.base_url}/healthz").json() == {"status": "ok"}
    metrics = httpx.get(f"{server.base_url}/metrics")
    assert re.search(r'vitrina_requests_total\{operation="readyz",status="200"\} [1-9]', metrics.text)
    assert "vitrina_request_seconds_bucket" in metrics.text
    for path in ("/", "/guide", "/cabinet/log-in", "/reference", "/static/pages.css", f"{API}/openapi.json"):
        assert httpx.get(server.base_url + path).status_code == 200
    until(lambda: "is open" in server.log.read_text())
    assert len(processes(folder)) > 5
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 15
    nothing_runs(folder, 1)
    assert "Traceback" not in server.log.read_text()


def test_secrets_are_the_owners_alone(running: Server) -> None:
    """Other users of the machine read neither the secret nor works."""
    with client_of(running) as client:
        _, id = begin(client, new_content([5]))
        send_part(client, id, 1, b"\0ello").raise_for_status()
    secret = running.data / "secret"
    assert secret.stat().st_mode & 0o077 == 0
    files = [path for path in (running.data / "files").rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


@pytest.mark.heavy
def test_what_was_acknowledged_survives_kill_9(server: Server, folder: Path) -> None:
    """The supervisor dies by kill -9: nothing of it lives on, and the next start has all that was confirmed."""
    server.start()
    with client_of(server) as client:
        offers = {made(client, key_offer())["id"] for _ in range(5)}
        keys = [client.get(f"{API}/offer/keys/{offer}/list").json() for offer in offers]
        _, id = begin(client, new_content([5, 5]))
        assert send_part(client, id, 1, b"\0ello").status_code == 200
        server.kill()
        nothing_runs(folder, 10)
        server.start()
        found = client.get(f"{API}/offers/author").json()["items"]
        assert {offer["id"] for offer in found} == offers
        assert [client.get(f"{API}/offer/keys/{offer}/list").json() for offer in offers] == keys
        assert client.get(f"{API}/content/upload/{id}").json()["received"] == [1]


def test_started_again_at_once(running: Server) -> None:
    """Killed and started again within a moment, as an init system does it, the shop opens."""
    running.kill()
    running.start()
    assert answers(running)


def test_killed_helpers_come_back(running: Server) -> None:
    """The HTTP processes and the worker are killed: they are replaced, and the shop goes on."""
    until(lambda: "worker started" in running.log.read_text(), 30)
    (worker,) = workers(running)
    worker.kill()
    until(lambda: running.log.read_text().count("worker started") == 2, 30)
    until(lambda: len(http_processes(running)) == 2, 30)  # ready is said as soon as one of them listens
    old = http_processes(running)
    for process in old:
        process.kill()
    until(
        lambda: answers(running) and not {one.pid for one in old} & {one.pid for one in helpers(running)}, 30
    )


def test_an_http_process_killed_again_and_again_comes_back(running: Server) -> None:
    """What replaces it is killed within a moment, too: the shop starts all of them anew and goes on."""
    until(lambda: len(http_processes(running)) == 2, 30)
    old = http_processes(running)
    old[0].kill()

    def given_up() -> bool:
        for process in http_processes(running):
            if process not in old:
                process.kill()
        return "starting all of them anew" in running.log.read_text()

    until(given_up, 60)
    until(lambda: answers(running) and len(http_processes(running)) == 2, 30)
    assert running.process
    assert running.process.poll() is None


@pytest.mark.parametrize("who", ["backend", "postmaster", "keeper"])
def test_a_killed_database_comes_back(running: Server, who: str) -> None:
    """Whatever part of the embedded database dies, the shop answers again by itself, with all it had."""
    with client_of(running) as client:
        offer = made(client, key_offer())["id"]
        (keeper,), (postmaster,) = keepers(running), postmasters(running)
        victims = {"keeper": keeper, "postmaster": postmaster, "backend": postmaster.children()[-1]}
        victims[who].kill()
        until(lambda: not lives(victims[who]))
        try:
            until(lambda: answers(running) and client.get(f"{API}/offers/{offer}").status_code == 200, 20)
        except AssertionError:
            running.kill()  # the next test shall find it running
            running.start()
            raise


# --- refusals --------------------------------------------------------------------------------------------


def test_an_unreadable_search_index_is_told_and_healed(running: Server) -> None:
    """`/readyz` is 503 with a sentence, until the worker has built a new one."""

    def told() -> tuple[int, str]:
        answer = httpx.get(f"{running.base_url}/readyz")
        return answer.status_code, answer.json()["search"]

    until(lambda: told() == (200, "ok"))
    folder = running.data / "search"
    index = folder / (folder / "current").read_text()
    (index / "meta.json").write_text("no longer JSON")
    status, sentence = told()
    assert (status, "cannot be read" in sentence) == (503, True)
    until(lambda: told() == (200, "ok"))


def test_a_second_start_on_the_folder_is_refused(running: Server) -> None:
    """One folder, one server: the second says so in a sentence, and the first goes on."""
    refused = running.run("serve", VITRINA_PORT=str(free_port()))
    assert refused.returncode == 1
    assert str(running.data) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert answers(running)


def test_a_taken_port_is_a_sentence(folder: Path) -> None:
    """The port, the reason and the cure are named before anything is made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = vitrina(folder, "serve", VITRINA_PORT=port)
        assert not (folder / "data" / "postgres").exists()
        doctored = vitrina(folder, "doctor", VITRINA_PORT=port)
    assert refused.returncode == 1
    assert {port, "VITRINA_PORT"} <= set(re.findall(r"\w+", refused.stderr))
    assert "Traceback" not in refused.stderr
    assert (doctored.returncode, port in doctored.stdout) == (1, True)


WRONG = {
    "VITRINA_PORT": "[/x]",
    "VITRINA_HOST": "example.com",
    "VITRINA_DATABASE_URL": "mysql://root:hunter2@db/x",
    "VITRINA_FILES_URL": "ftp://files",
    "VITRINA_LIMITS_URL": "memcached://x",
    "VITRINA_PUBLIC_URL": "shop.example.com",
    "VITRINA_RATE_LIMITS": "perhaps",
    "VITRINA_PROCESSES": "0",
    "VITRINA_JOBS": "many",
    "VITRINA_SECRET": "short-secret",
    "VITRINA_TOKEN_DAYS": "-1",
    "VITRINA_UPLOAD_DAYS": "1000",
    "VITRINA_LOG_FORMAT": "xml",
    "VITRINA_LOG_LEVEL": "loud",
    "VITRINA_PROT": "8000",
}


@pytest.mark.parametrize("command", ["doctor", "serve", "work", "migrate"])
def test_wrong_settings_are_all_named(folder: Path, command: str) -> None:
    """Every wrong variable is named with its cure, misspelt ones too; secrets are not repeated."""
    done = vitrina(folder, command, **WRONG)
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert [name for name in WRONG if name not in told] == []
    assert "Traceback" not in told
    assert "hunter2" not in told
    assert "short-secret" not in told


def test_a_database_that_does_not_answer(folder: Path) -> None:
    """Doctor and serve name the setting, without the password."""
    url = f"postgresql://shop:hunter2@127.0.0.1:{free_port()}/shop"
    for command in ("doctor", "serve"):
        done = vitrina(folder, command, VITRINA_DATABASE_URL=url)
        told = done.stdout + done.stderr
        assert done.returncode == 1
        assert "VITRINA_DATABASE_URL" in told
        assert "Traceback" not in told
        assert "hunter2" not in told


def test_settings_lists_all(folder: Path) -> None:
    """Every setting with its value, default and meaning; a secret is not shown."""
    done = vitrina(folder, "settings", VITRINA_SECRET="s" * 40, VITRINA_PORT="8123")
    assert done.returncode == 0
    for setting in SETTINGS:
        (line,) = [line for line in done.stdout.splitlines() if f" {setting.variable} " in line]
        assert setting.meaning.split(" (")[0] in line
    assert "8123" in done.stdout
    assert "s" * 40 not in done.stdout
    row = next(line for line in done.stdout.splitlines() if "VITRINA_JOBS" in line)
    assert [cell.strip() for cell in row.split("│")][2:4] == ["", "1"]


def test_doctor_finds_a_well_shop_well(running: Server, folder: Path) -> None:
    """On an empty folder and beside a running server all checks pass."""
    for done in (vitrina(folder, "doctor"), running.run("doctor")):
        assert (done.returncode, done.stdout.count("✗")) == (0, 0), done.stdout
    assert answers(running)


def test_doctor_tells_of_ghostscript(running: Server, tmp_path: Path) -> None:
    """A shop without it is well, and hears what it cannot do."""
    done = running.run("doctor", PATH=str(tmp_path))
    assert (done.returncode, "ghostscript: not there; install it" in done.stdout) == (0, True), done.stdout


def test_migrate_twice(running: Server, folder: Path) -> None:
    """The second time, and beside a running server, there is nothing to do."""
    first, *others = vitrina(folder, "migrate"), vitrina(folder, "migrate"), running.run("migrate")
    assert (first.returncode, "was migrated" in first.stderr) == (0, True)
    for done in others:
        assert (done.returncode, "up to date" in done.stderr) == (0, True)


def vitrina(folder: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A command on the folder, without a server."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VITRINA_")}
    here = {"VITRINA_DATA": str(folder / "data"), "VITRINA_PORT": str(free_port()), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "vitrina", *arguments],
        env=environment | here | settings,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_large_work_does_not_grow_the_server(running: Server) -> None:
    """Sixty mebibytes in and out leave the HTTP processes as large as they were, give or take a few."""
    part, count = 2 * 1024 * 1024, 30

    def memory() -> int:
        return max(process.memory_info().rss for process in http_processes(running))

    with client_of(running) as client:
        content, id = begin(client, new_content([part] * count))
        pieces = [blob(part, seed=index) for index in range(count)]
        send_part(client, id, 1, pieces[0]).raise_for_status()
        before = memory()
        for index in range(2, count + 1):
            send_part(client, id, index, pieces[index - 1]).raise_for_status()
        uri = client.get(f"{API}/content/author/{content}").json()["uri"]
        path = f"{API}/content/download/{uri}"
        until(lambda: client.get(path, headers={"Range": "bytes=0-0"}).status_code == 206, 30)
        with client.stream("GET", path) as answer:
            assert sum(len(piece) for piece in answer.iter_bytes()) == part * count
        assert memory() - before < 30 * 1024 * 1024
