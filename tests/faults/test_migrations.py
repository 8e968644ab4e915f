"""A migration that is killed half-way starts again, from nothing and from the previous revision."""

import asyncio
import multiprocessing
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Server
from tests.store.revisions import bring_to, revisions
from vitrina.store.embedded import EmbeddedPostgres
from vitrina.store.migrate import migrate_now
from vitrina.store.version import is_current

KILLS = 5  # from each beginning, each in its own share of the time that a migration takes
# Each killed process is a fork of one that has loaded what takes long to load.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", "vitrina.store.migrate"])
# Held from before the first look at the tables until after the last change to them.
LOCKED = """
select count(*) from pg_locks l join pg_database d on d.oid = l.database
where l.locktype = 'advisory' and l.granted and d.datname = $1
"""


class Cluster:
    """A PostgreSQL with databases at any revision; `migrate` runs on one of them as a process."""

    def __init__(self, url: str, admin: asyncpg.Connection) -> None:
        self._url = url
        self._admin = admin
        self._number = 0

    async def database(self, template: str = "template1") -> tuple[str, str]:
        """A new one, like another: name and address."""
        self._number += 1
        name = f"shop{self._number}"
        await self._admin.execute(f"create database {name} template {template}")
        return name, self._url.replace("/vitrina?", f"/{name}?")

    async def migrate(self, name: str, url: str, kill_after: float | None = None) -> float:
        """What `vitrina migrate` does, in a process; killed after so many seconds, else how many it took."""
        process = PROCESSES.Process(target=migrate_now, args=(url,))
        process.start()
        while not await self._admin.fetchval(LOCKED, name) and process.is_alive():  # noqa: ASYNC110 - only asking shows a lock
            await asyncio.sleep(0.001)
        began = time.monotonic()
        while kill_after is None and await self._admin.fetchval(LOCKED, name):  # noqa: ASYNC110 - only asking shows a lock
            await asyncio.sleep(0.001)
        took = time.monotonic() - began
        if kill_after is not None:
            await asyncio.sleep(kill_after)
            process.kill()
        process.join(60)
        assert process.exitcode == 0 or kill_after is not None
        return took


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    embedded = EmbeddedPostgres(tmp_path_factory.mktemp("migrations"))
    try:
        url = embedded.start()
        admin = await asyncpg.connect(url)
        yield Cluster(url, admin)
        await admin.close()
    finally:
        embedded.stop()


@pytest.fixture(params=["empty", "previous"])
async def template(request: pytest.FixtureRequest, cluster: Cluster) -> str:
    """A database to begin from: an empty one, or one of the revision before the newest."""
    if request.param == "empty":
        return "template1"
    name, url = await cluster.database()
    await bring_to(url, revisions()[-2])
    return name


async def test_a_killed_migration_starts_again(cluster: Cluster, template: str) -> None:
    """Killed at any moment between its first and its last statement, the next one ends well."""
    whole = await cluster.migrate(*await cluster.database(template))
    half_way = 0
    for share in range(KILLS):
        name, url = await cluster.database(template)
        await cluster.migrate(name, url, kill_after=whole * (share + random.random()) / KILLS)
        half_way += not await is_current(url)
        await cluster.migrate(name, url)
        assert await is_current(url)
    assert half_way, "no kill came before the end: this proves nothing"


def test_a_shop_opens_after_its_first_start_was_killed(tmp_path: Path) -> None:
    """The server, too, with the database it brings along: killed while it migrates, it starts at once."""
    server = Server(tmp_path / "data", VITRINA_PROCESSES="1")
    with server.log.open("ab") as log:
        command = [sys.executable, "-m", "vitrina", "serve"]
        process = subprocess.Popen(command, env=server.environment, stdout=log, stderr=log)
    # The migration is a child of the server, and lives on for a moment: the next one must bear that.
    deadline = time.monotonic() + 60
    while not _migrates(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    server.start()
    assert server.stop() == 0


def _migrates(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for thread in threads for child in thread.read_text().split()]
    return any(b"migrate" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children)
