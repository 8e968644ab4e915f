"""The queue as operators see it: jobs that wait, run or failed, works that could not be processed, and trying again."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from ..adapters.jobs import JobQueue
from ..store.contents import ContentStore
from ..store.database import LARGEST_ID, Database
from ..store.queue import FailedWork, JobCounts, QueuedJob, QueueStore, State
from .access import THE_SHOP
from .clock import Clock
from .contents import STOCK_KINDS, ContentStatus
from .events import Events
from .jobs import DeriveItem, MakePreviews
from .problems import ContentNotFound, JobNotFound

WORKER = "vitrina worker "
"""What a worker's connections are called; its host and process follow."""

KEPT = timedelta(days=30)  # what PgQueuer wrote down of jobs that have left the queue
LOT = 10_000  # lines of that, dropped at a time

# What a job is about: a noun, and the field of the job that holds its id.
_ABOUT = {
    "MakePreviews": ("content", "content_id"),
    "DeriveItem": ("item", "item_id"),
    "DrawCover": ("offer", "offer_id"),
    "FollowSeller": ("seller", "seller_id"),
    "RefundPayment": ("payment", "payment_id"),
    "TellPerson": ("event", "event_id"),
}


class SeenJob(msgspec.Struct, frozen=True):
    """A job with what it is about: a noun, its id, and what that is called."""

    job: QueuedJob
    noun: str | None = None
    subject_id: int | None = None
    called: str = ""


class Queue:
    """Reads the queue, and has what failed done again."""

    def __init__(
        self,
        db: Database,
        store: QueueStore,
        contents: ContentStore,
        jobs: JobQueue,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._contents = contents
        self._jobs = jobs
        self._events = events
        self._clock = clock

    async def counts(self) -> list[JobCounts]:
        """How many jobs of each name wait, run and failed."""
        return await self._store.counts()

    async def page(self, state: State, name: str | None, before: int | None, take: int) -> list[SeenJob]:
        """Jobs in a state, newest first, with ids below `before`."""
        found = await self._store.page(state, name, before or LARGEST_ID, take)
        about = [_subject(job) for job in found]
        called = {
            noun: await self._store.called(noun, [id for one, id in filter(None, about) if one == noun])
            for noun in {subject[0] for subject in about if subject}
        }
        return [
            SeenJob(job, *subject, called[subject[0]].get(subject[1], "")) if subject else SeenJob(job)
            for job, subject in zip(found, about, strict=True)
        ]

    async def failed_works(self, before: tuple[datetime, int] | None, take: int) -> list[FailedWork]:
        """Works that could not be processed, the last ones first, before a place."""
        return await self._store.failed_works(before, take)

    async def failed_count(self, most: int) -> tuple[int, int]:
        """(failed jobs, works that could not be processed), counted no further than `most`."""
        return await self._store.failed_count(most)

    # --- again -------------------------------------------------------------------------------------------

    async def retry(self, job_id: int, *, actor: str = THE_SHOP) -> None:
        """Try a failed job again; raises JobNotFound if it is not among the failed any more."""
        async with self._db.transaction():
            found = await self._store.failed([job_id], None)
            if not found:
                raise JobNotFound(f"job {job_id} has not failed, or was dropped or tried again already")
            await self._again(found, actor)

    async def retry_all(self, name: str, *, actor: str = THE_SHOP) -> int:
        """Try all failed jobs of a name again; how many."""
        async with self._db.transaction():
            found = await self._store.failed(None, name)
            await self._again(found, actor)
            return len(found)

    async def _again(self, found: list[QueuedJob], actor: str) -> None:
        await self._jobs.retry(self._db.connection, [job.id for job in found])
        for job in found:
            subject = _subject(job)
            if subject and subject[0] in ("content", "item"):
                await self._reopen(*subject)
            await self._events.add("job.retried", actor, job.id, **_told(job))

    async def _reopen(self, noun: str, id: int) -> None:
        """A work that was given up is waited for again; else its job would pass it by."""
        content_id = id if noun == "content" else await self._store.content_of(id)
        work = await self._store.failed_work(content_id) if content_id else None
        if work:
            await self._wait_for(work)

    async def _wait_for(self, work: FailedWork) -> None:
        changes = {"status": ContentStatus.RECEIVED, "failure": None}
        await self._contents.change(work.id, changes, self._clock())

    async def retry_work(self, content_id: int, *, actor: str = THE_SHOP) -> None:
        """Process a work that failed again, as its seller may; raises ContentNotFound if it has not failed."""
        async with self._db.transaction():
            work = await self._store.failed_work(content_id)
            if work is None:
                raise ContentNotFound(
                    f"work {content_id} has not failed, or is being processed again already"
                )
            await self._wait_for(work)
            if work.kind not in STOCK_KINDS:
                await self._jobs.later(self._db.connection, MakePreviews(work.id))
            elif work.item_id is not None:
                await self._jobs.later(self._db.connection, DeriveItem(work.item_id))
            await self._events.add("content.retried", actor, work.id, seller_id=work.seller_id)

    async def drop(self, job_id: int, *, actor: str = THE_SHOP) -> None:
        """Give a failed job up for good; raises JobNotFound."""
        async with self._db.transaction():
            found = await self._store.failed([job_id], None)
            if not found:
                raise JobNotFound(f"job {job_id} has not failed, or was dropped or tried again already")
            await self._store.drop([job_id])
            await self._events.add("job.dropped", actor, job_id, **_told(found[0]))

    async def forget(self) -> int:
        """Drop what was long ago written down of jobs that have left the queue; how many lines. Run by schedule."""
        before, gone = self._clock() - KEPT, 0
        while lot := await self._store.forget(before, LOT):
            gone += lot
        return gone


def _subject(job: QueuedJob) -> tuple[str, int] | None:
    noun, field = _ABOUT.get(job.name, ("", ""))
    try:
        id = msgspec.json.decode(job.payload).get(field)
    except (msgspec.DecodeError, AttributeError):
        return None
    return (noun, id) if isinstance(id, int) else None


def _told(job: QueuedJob) -> dict[str, Any]:
    subject = _subject(job)
    return {"job": job.name, **({"subject": f"{subject[0]} {subject[1]}"} if subject else {})}
