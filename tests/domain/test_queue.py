"""What PgQueuer writes down of each job is kept for a while, and as long as the desk shows it."""

import json
from datetime import datetime, timedelta

import pytest

from tests.domain.conftest import Wall
from vitrina.domain import queue
from vitrina.domain.shop import Shop

NAME = "ForgottenJob"


async def log(shop: Shop, job_id: int, created: datetime, traceback: str | None = None) -> None:
    await shop.db.execute(
        "insert into pgqueuer_log (created, job_id, status, priority, entrypoint, traceback)"
        " values ($1, $2, 'exception', 0, $3, $4)",
        created,
        job_id,
        NAME,
        traceback,
    )


async def logged(shop: Shop) -> list[int]:
    rows = await shop.db.fetch("select job_id from pgqueuer_log where entrypoint = $1 order by job_id", NAME)
    return [row[0] for row in rows]


async def test_the_log_of_jobs_is_forgotten(shop: Shop, clock: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 30 days, in lots; but not why a job failed that still waits for somebody."""
    monkeypatch.setattr(queue, "LOT", 2)
    old, new = clock() - timedelta(days=31), clock() - timedelta(days=29)
    failed = await shop.db.value(
        "insert into pgqueuer (priority, status, entrypoint) values (0, 'failed', $1) returning id", NAME
    )
    gone = [failed + number for number in range(1_000, 1_005)]
    for id in gone:
        await log(shop, id, old)
    kept = failed + 2_000
    await log(shop, kept, new)
    await log(shop, failed, old, json.dumps({"exception_type": "OSError", "exception_message": "no room"}))

    assert await shop.queue.forget() >= len(gone)
    assert await logged(shop) == [failed, kept]
    (seen,) = await shop.queue.page("failed", NAME, None, 10)
    assert seen.job.error == "OSError: no room"
    assert await shop.queue.forget() == 0
    await shop.db.execute("delete from pgqueuer where id = $1", failed)
