"""A backup beside a busy shop, and a restore elsewhere that has everything acknowledged before it began."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders import MIB, query, token_of_new_seller, until, word
from tests.conftest import Server
from tests.interop import test_wildberries_sdk as interop
from tests.journeys.busy import Busy, all_there

SIZE = 40 * MIB  # of a work that takes a while to copy


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short folder for data and backups."""
    place = Path(tempfile.mkdtemp(prefix="vt-bak-"))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def source(folder: Path) -> Iterator[Server]:
    """A running shop."""
    server = Server(folder / "source", VITRINA_RATE_LIMITS="off", VITRINA_PROCESSES="1").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def token(source: Server) -> str:
    return token_of_new_seller(source.data, f"{word()}@example.com", "delete_keys")


@pytest.fixture(scope="module")
def restored(folder: Path, source: Server, token: str) -> Iterator[Server]:
    """Another server, on what was backed up beside the first while sellers kept it busy."""
    busy, file = Busy(source.base_url, token), folder / "busy.tar"
    busy.stock(SIZE)
    with explained_by(source), busy.at_work():
        for _ in range(2):  # whatever the moment: each of them is whole
            before = busy.now()
            ended_well(source.run("backup", str(file)))
    server = Server(folder / "restored", VITRINA_RATE_LIMITS="off", VITRINA_PROCESSES="1")
    ended_well(server.run("restore", str(file)))
    server.start()
    with explained_by(server), busy.client(server.base_url) as client:
        all_there(client, before, busy.deleted)
    yield server
    server.stop()


@contextmanager
def explained_by(server: Server) -> Iterator[None]:
    """What goes wrong in the block is shown with what the server logged of it."""
    try:
        yield
    except BaseException as failure:
        errors = [line for line in server.log.read_text().splitlines() if '"level":"error"' in line]
        failure.add_note("\n".join(errors[-3:]))
        raise


def ended_well(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode == 0, done.stderr


def refused(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """It ended with 1 and a sentence that has the words."""
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    for one in words:
        assert one in done.stderr


@pytest.mark.heavy
def test_the_interop_story_passes_on_a_restored_shop(restored: Server, token: str, tmp_path: Path) -> None:
    """The published client sells through it as through the one that was backed up, with its old token."""
    sdk = interop.Client(restored.base_url, token)
    interop.test_a_seller_works_with_the_published_client(sdk, tmp_path)
    sdk.close()


def test_a_backup_is_its_owners_alone(restored: Server, folder: Path) -> None:
    """Others on the machine read neither the backup, which has the secret in it, nor the restored secret."""
    assert (folder / "busy.tar").stat().st_mode & 0o077 == 0
    secret = restored.data / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.read_text() == (folder / "source" / "secret").read_text()


def test_all_tables_came_along(restored: Server, source: Server) -> None:
    """The job queue's tables and those of the shop are the same on both sides."""
    tables = "select tablename from pg_tables where schemaname = 'public' order by 1"
    assert query(restored.data, tables) == query(source.data, tables)


# --- interruptions ---------------------------------------------------------------------------------------


def interrupted(server: Server, command: str, file: Path, when: Callable[[], bool], how: int) -> int:
    """Begin a command and send it a signal as soon as something is so; its exit code."""
    running = subprocess.Popen(
        [sys.executable, "-m", "vitrina", command, str(file)],
        env=server.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: when() or running.poll() is not None, 30, pause=0.001)
    running.send_signal(how)
    return running.wait(30)


def in_the_middle(place: Path, bytes_there: int) -> Callable[[], bool]:
    """Whether a passing file of so many bytes is in a folder."""
    return lambda: any(one.stat().st_size >= bytes_there for one in place.glob(".*.unfinished"))


@pytest.mark.parametrize(
    ("how", "bytes_there"), [(signal.SIGKILL, 0), (signal.SIGKILL, SIZE // 2), (signal.SIGTERM, SIZE // 2)]
)
def test_an_interrupted_backup_leaves_nothing_half_written(
    restored: Server, tmp_path: Path, how: int, bytes_there: int
) -> None:
    """No file of the name appears; what kill -9 left goes with the next backup, which is whole."""
    file = tmp_path / "shop.tar"
    code = interrupted(restored, "backup", file, in_the_middle(tmp_path, bytes_there), how)
    assert code in (-how, 130)
    assert not file.exists()
    if how == signal.SIGTERM:
        assert os.listdir(tmp_path) == []
        return
    ended_well(restored.run("backup", str(file)))
    assert os.listdir(tmp_path) == ["shop.tar"]
    ended_well(restored.run("restore", "--check", str(file)))


@pytest.mark.heavy
def test_an_interrupted_restore_begins_again(folder: Path, restored: Server) -> None:
    """Killed with few files there, with many, and at the database: no server opens it until it is whole."""
    target, file = Server(folder / "again", VITRINA_RATE_LIMITS="off"), folder / "busy.tar"

    def stored() -> int:
        return sum(1 for one in (target.data / "files").rglob("*") if one.is_file())

    moments: list[Callable[[], bool]] = [
        lambda: stored() > 2,
        lambda: stored() > 60,
        lambda: (target.data / "secret").exists(),
    ]
    for moment in moments:
        assert interrupted(target, "restore", file, moment, signal.SIGKILL) == -signal.SIGKILL
        refused(target.run("serve"), "run the same `vitrina restore` again")
    ended_well(target.run("restore", str(file)))
    refused(target.run("restore", str(file)), "there is a shop in this database")
    left = [one.name for one in target.data.iterdir() if one.name.startswith(".")]
    assert left == []
