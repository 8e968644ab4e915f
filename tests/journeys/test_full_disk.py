"""A full disk: what was acknowledged is kept, the refusal is clear, and room can be made."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

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
    send_part,
    token_of_new_seller,
    until,
    word,
)
from tests.conftest import Server

DISK = 400 * MIB
FREE = 40 * MIB  # when the uploads begin


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
def server(disk: Path) -> Iterator[Server]:
    """A server on that disk, which something else has nearly filled."""
    server = Server(disk / "data", VITRINA_RATE_LIMITS="off")
    server.log = Path(f"{disk}.log")
    server.start()
    with (disk / "others").open("wb") as others:
        os.posix_fallocate(others.fileno(), 0, shutil.disk_usage(disk).free - FREE)
    yield server
    server.stop()
    server.log.unlink()


def test_a_full_disk_stops_uploads_and_nothing_else(server: Server) -> None:
    """Parts are refused with 503 before the database runs dry; a deletion makes room for more."""
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
