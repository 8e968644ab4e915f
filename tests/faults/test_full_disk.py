"""A full disk: what was acknowledged is kept, the refusal is clear, and room can be made."""

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.builders import (
    API,
    MIB,
    begin,
    blob,
    key_offer,
    made,
    new_content,
    query,
    send_part,
    token_of_new_seller,
    until,
    word,
)
from tests.conftest import Server
from tests.faults.crowd import Crowd
from tests.faults.logs import unexplained
from tests.faults.record import Load
from tests.faults.settling import place_of
from tests.faults.stage import Accounts, accounts, held_against, people
from tests.processes import answers

DISK = 400 * MIB
FREE = 40 * MIB  # when the uploads begin
LOADS = 200  # of a thousand keys: more than the rest of the disk takes


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small disk of its own, in memory."""
    place = Path(tempfile.mkdtemp(prefix="vt-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        place.rmdir()
        pytest.skip("only root can mount a small disk: run the tests as root, in a container that may")
    yield place
    subprocess.run(["umount", "-l", place], check=True)
    place.rmdir()


@pytest.fixture
def server(disk: Path, folder: Path) -> Iterator[Server]:
    """A server on that disk."""
    settings = {"VITRINA_RATE_LIMITS": "off", "VITRINA_PAYMENTS": "test", "TMPDIR": str(folder / "tmp")}
    server = Server(disk / "data", **settings)
    server.log = folder / "log"
    server.start()
    yield server
    if server.process and server.process.poll() is None:
        server.stop()


def fill(disk: Path, free: int) -> Path:
    """Something else takes the disk but for so many bytes."""
    others, size, step = disk / "others", 0, 64 * MIB
    with others.open("wb") as file:
        while step >= 4096 and (left := shutil.disk_usage(disk).free - free) >= 4096:
            try:
                os.posix_fallocate(file.fileno(), size, min(step, left))
                size += min(step, left)
            except OSError:  # the shop writes, too
                step //= 2
    return others


def test_a_full_disk_stops_uploads_and_nothing_else(server: Server, disk: Path) -> None:
    """Parts are refused with 503 before the database runs dry; a deletion makes room for more."""
    fill(disk, FREE)
    token = token_of_new_seller(server.data, f"{word()}@example.com")
    client = httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    with client:
        first, id = begin(client, new_content([2 * MIB] * 5))
        for index in range(1, 5):
            assert send_part(client, id, index, blob(2 * MIB, index)).status_code == 200
        _, id = begin(client, new_content([2 * MIB] * 40))
        answers = [send_part(client, id, index, blob(2 * MIB, index)) for index in range(1, 31)]
        taken = [index for index, answer in enumerate(answers, 1) if answer.status_code == 200]
        refused = answers[-1]
        assert (refused.status_code, "full" in refused.json()["detail"]) == (503, True)
        assert {answer.status_code for answer in answers} == {200, 503}
        made(client, key_offer())
        assert client.get(f"{API}/content/upload/{id}").json()["received"] == taken
        assert client.post(f"{API}/content/delete", json={"content_id": first}).status_code == 200
        until(lambda: send_part(client, id, 31, blob(2 * MIB, 31)).status_code == 200)


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_a_disk_without_room_for_the_database(
    server: Server, disk: Path, tell: Callable[[str], None]
) -> None:
    """Orders and keys are refused whole, with a sentence; once there is room everybody goes on, and nothing is lost."""
    who = asyncio.run(accounts(place_of(server.data)))
    crowd = Crowd([server.base_url], secrets.token_hex(4))
    people(crowd, who, 20 * MIB, seconds=10)
    with crowd:
        crowd.act(1)
        others = fill(disk, 0)
        refusal = keys_until_refused(crowd, who)
        assert "the shop's disk is full" in refusal or "the database does not answer" in refusal, refusal
        crowd.act(2)
        no_room_for_the_log(server)
        crowd.act(12)
        assert sum(crowd.refusals.values()) > 3
        others.unlink()
        process = server.process
        assert process
        crowd.goes_on("the full disk", lambda: process.poll() is None)
        crowd.stop()
    tell(f"full disk, seed {crowd.seed}; {dict(crowd.refusals)}; acknowledged: {crowd.record.summary()}")
    wrong = asyncio.run(held_against(crowd, place_of(server.data)))
    assert server.stop() == 0
    wrong += unexplained(server.log, "DiskFullError|No space left on device|the file store is full")
    assert not wrong, "\n".join(wrong)


def no_room_for_the_log(server: Server) -> None:
    """Use up what PostgreSQL has kept for its log; without it the database ends, and cannot start either."""
    with contextlib.suppress(asyncpg.PostgresError, OSError):
        for _ in range(50):
            query(server.data, "select pg_switch_wal() from pg_logical_emit_message(false, '', 'x')")
    until(lambda: not answers(server))


def keys_until_refused(crowd: Crowd, who: Accounts) -> str:
    """Load a thousand keys again and again until the shop has no room for them; what it says then."""
    offer_id = min(crowd.record.offers)
    with httpx.Client(
        base_url=crowd.urls[0], headers={"Authorization": f"Bearer {who.seller}"}, timeout=30
    ) as client:
        for _ in range(LOADS):
            load = Load(offer_id, [secrets.token_hex(40) for _ in range(1000)])
            crowd.record.loads.append(load)
            answer = client.post(f"{API}/keys-api/keys", json={"offer_id": offer_id, "keys": load.values})
            load.acknowledged = answer.status_code == 200
            if not load.acknowledged:
                assert answer.status_code == 503, answer.text
                return str(answer.json()["detail"])
    raise AssertionError("the disk is never full")
