"""Puts jobs into PgQueuer's table. A job is a small struct of ids; its class name is the entrypoint."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from pgqueuer import AsyncpgDriver, Queries
from pgqueuer.types import JobId


class Job(msgspec.Struct, frozen=True):
    """Base of all jobs: ids only, safe to run twice."""


class JobQueue:
    """Enqueues inside the caller's transaction: no job runs for something that was rolled back."""

    async def later(
        self, connection: Any, job: Job, delay: timedelta | None = None, *, priority: int = 0
    ) -> None:
        """Run `job` on any worker once the transaction of `connection` has committed; high priorities first."""
        await Queries(AsyncpgDriver(connection)).enqueue(
            type(job).__name__, msgspec.json.encode(job), priority, execute_after=delay
        )

    async def later_all(self, connection: Any, jobs: Sequence[Job]) -> None:
        """The same for many at once."""
        if jobs:
            names, payloads = [type(job).__name__ for job in jobs], [msgspec.json.encode(job) for job in jobs]
            await Queries(AsyncpgDriver(connection)).enqueue(names, [*payloads], [0] * len(jobs))

    async def retry(self, connection: Any, ids: list[int]) -> None:
        """Put jobs that failed for good back among those that wait, with all their tries before them."""
        await Queries(AsyncpgDriver(connection)).requeue_jobs([JobId(id) for id in ids])
