"""The worker's loop: a job is done, tried again or set aside, but never lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from pgqueuer import PgQueuer

from tests.builders import word
from tests.domain.conftest import OpenShop
from vitrina.adapters.files import FilesUnavailable
from vitrina.adapters.jobs import Job, JobQueue
from vitrina.domain.shop import Shop
from vitrina.store.database import DatabaseGone
from vitrina.worker import _TRIES, _register


def new_kind() -> type[Job]:
    return type(word("Job"), (Job,), {"__module__": __name__})


@asynccontextmanager
async def at_work(
    database_url: str, shop: Shop, kind: type[Job], action: Callable[[Job], Awaitable[None]], grace: float
) -> AsyncIterator[None]:
    """A worker of one kind of jobs, which is told to stop at the end, and cut off after so many seconds."""
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=3)
    queue = PgQueuer.from_asyncpg_pool(pool)
    _register(queue, shop, kind, action, None)
    running = asyncio.create_task(queue.qm.run(batch_size=1, dequeue_timeout=timedelta(seconds=1)))
    try:
        yield
    finally:
        queue.shutdown.set()
        await asyncio.wait([running], timeout=grace)
        running.cancel()
        await asyncio.wait([running], timeout=10)
        pool.terminate()


async def test_an_outage_costs_a_job_no_try(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose only try meets a file store that is away, and then a database, waits and is done."""
    tried, done, kind = [], asyncio.Event(), new_kind()
    monkeypatch.setitem(_TRIES, kind, 0)

    async def patient(_job: Job) -> None:
        tried.append(1)
        if len(tried) < 3:
            raise [FilesUnavailable("away"), DatabaseGone("away")][len(tried) - 1]
        done.set()

    async with shop.db.transaction():
        await JobQueue().later(shop.db.connection, kind())
    async with at_work(database_url, shop, kind, patient, 10):
        await asyncio.wait_for(done.wait(), 20)
    assert await shop.db.value("select count(*) from pgqueuer where entrypoint = $1", kind.__name__) == 0


@pytest.mark.parametrize("database_away", [False, True])
async def test_a_worker_that_stops_leaves_its_jobs_in_the_queue(
    shop: Shop, open_more: OpenShop, database_url: str, database_away: bool
) -> None:
    """Those that run, and those that failed and wait for the database to say so."""
    begun, kind = asyncio.Event(), new_kind()

    async def long(_job: Job) -> None:
        begun.set()
        if database_away:
            raise RuntimeError("a mistake")
        await asyncio.sleep(60)

    workers_shop = await open_more()
    async with shop.db.transaction():
        await JobQueue().later(shop.db.connection, kind())
    async with at_work(database_url, workers_shop, kind, long, 0.5):
        if database_away:
            await workers_shop.close()
        await asyncio.wait_for(begun.wait(), 20)
        await asyncio.sleep(0.2)
    left = await shop.db.fetch("select status::text from pgqueuer where entrypoint = $1", kind.__name__)
    assert [row["status"] for row in left] == ["queued"]
    await shop.db.execute("delete from pgqueuer where entrypoint = $1", kind.__name__)
