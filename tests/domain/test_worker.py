"""The worker's loop: a job is done, tried again or set aside, but never lost."""

import asyncio
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
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=3)
    queue = PgQueuer.from_asyncpg_pool(pool)
    _register(queue, shop, kind, patient, None)
    running = asyncio.create_task(queue.qm.run(batch_size=1, dequeue_timeout=timedelta(seconds=1)))
    await asyncio.wait_for(done.wait(), 20)
    queue.shutdown.set()
    await asyncio.wait([running], timeout=10)
    pool.terminate()
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
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=3)
    queue = PgQueuer.from_asyncpg_pool(pool)
    _register(queue, workers_shop, kind, long, None)
    running = asyncio.create_task(queue.qm.run(batch_size=1, dequeue_timeout=timedelta(seconds=1)))
    if database_away:
        await workers_shop.close()
    await asyncio.wait_for(begun.wait(), 20)
    await asyncio.sleep(0.2)
    queue.shutdown.set()  # as a worker ends
    await asyncio.wait([running], timeout=0.5)
    running.cancel()
    await asyncio.wait([running], timeout=10)
    pool.terminate()
    left = await shop.db.fetch("select status::text from pgqueuer where entrypoint = $1", kind.__name__)
    assert [row["status"] for row in left] == ["queued"]
    await shop.db.execute("delete from pgqueuer where entrypoint = $1", kind.__name__)
