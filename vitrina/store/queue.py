"""The job queue as operators see it: PgQueuer's tables, read; and the works that could not be processed."""

from datetime import datetime
from typing import Literal

import msgspec

from .database import Database

State = Literal["queued", "picked", "failed"]


class QueuedJob(msgspec.Struct, frozen=True):
    """A job in the queue. `error` is what went wrong the last time, `due` when it is tried next."""

    id: int
    name: str
    state: State
    tries: int
    created_at: datetime
    updated_at: datetime
    due: datetime
    payload: bytes
    error: str | None


class JobCounts(msgspec.Struct, frozen=True):
    """How many jobs of a name wait, run and failed for good."""

    name: str
    waiting: int
    running: int
    failed: int


class FailedWork(msgspec.Struct, frozen=True):
    """A work that could not be processed; `item_id` if it is of the stock library alone."""

    id: int
    kind: int
    title: str
    failure: str
    seller_id: int
    seller: str
    item_id: int | None
    failed_at: datetime


class Running(msgspec.Struct, frozen=True):
    """A worker that is connected now: its host and process, and since when."""

    name: str
    since: datetime


_JOB = """
select q.id, q.entrypoint, q.status::text, q.attempts, q.created, q.updated, q.execute_after,
    coalesce(q.payload, ''), (select concat_ws(': ', l.traceback ->> 'exception_type',
        nullif(left(l.traceback ->> 'exception_message', 500), '')) from pgqueuer_log l
        where l.job_id = q.id and l.traceback is not null order by l.created desc limit 1)
from pgqueuer q
"""
_WORK = """
select c.id, c.kind, c.title, coalesce(c.failure, ''), c.seller_id, s.name, i.id, c.updated_at
from contents c join sellers s on s.id = c.seller_id left join items i on i.content_id = c.id and c.kind >= 100
where c.status = 3 and c.deleted_at is null
"""
_SUBJECTS = {
    "content": "select id, title from contents where id = any($1)",
    "item": "select id, title from items where id = any($1)",
    "offer": "select id, title from offers where id = any($1)",
    "seller": "select id, name from sellers where id = any($1)",
    "payment": "select id, order_id::text from payments where id = any($1)",
    "event": "select id, split_part(kind, '.', 1) || ' ' || subject_id from events where id = any($1)",
}


class QueueStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def counts(self) -> list[JobCounts]:
        """By name; those with failed jobs first."""
        rows = await self._db.fetch(
            "select entrypoint, count(*) filter (where status = 'queued'), count(*) filter (where status = 'picked'),"
            " count(*) filter (where status = 'failed') from pgqueuer group by entrypoint"
            " order by 4 desc, 2 desc, entrypoint"
        )
        return [JobCounts(*row) for row in rows]

    async def page(self, state: State, name: str | None, before: int, take: int) -> list[QueuedJob]:
        """Jobs in a state, newest first, with ids below `before`."""
        rows = await self._db.fetch(
            f"{_JOB} where q.status = $1::text::pgqueuer_status and ($2::text is null or q.entrypoint = $2)"
            " and q.id < $3 order by q.id desc limit $4",
            state,
            name,
            before,
            take,
        )
        return [QueuedJob(*row) for row in rows]

    async def failed(self, ids: list[int] | None, name: str | None) -> list[QueuedJob]:
        """Failed jobs with these ids or of this name, held until the transaction ends."""
        rows = await self._db.fetch(
            f"{_JOB} where q.status = 'failed' and ($1::bigint[] is null or q.id = any($1))"
            " and ($2::text is null or q.entrypoint = $2) order by q.id for update of q",
            ids,
            name,
        )
        return [QueuedJob(*row) for row in rows]

    async def drop(self, ids: list[int]) -> None:
        """Take failed jobs out of the queue; PgQueuer's own log keeps that they were."""
        await self._db.execute(
            "with gone as (delete from pgqueuer where id = any($1) and status = 'failed'"
            " returning id, entrypoint, priority)"
            " insert into pgqueuer_log (job_id, status, entrypoint, priority)"
            " select id, 'deleted', entrypoint, priority from gone",
            ids,
        )

    async def forget(self, before: datetime, most: int) -> int:
        """Drop up to so many lines of PgQueuer's log, oldest first, of jobs that have left the queue; how many."""
        return await self._db.execute(
            "delete from pgqueuer_log where id = any(array(select l.id from pgqueuer_log l where l.created < $1"
            " and not exists (select from pgqueuer q where q.id = l.job_id) order by l.created limit $2))",
            before,
            most,
        )

    async def called(self, noun: str, ids: list[int]) -> dict[int, str]:
        """What the subjects of jobs are called."""
        return {row[0]: row[1] for row in await self._db.fetch(_SUBJECTS[noun], ids)}

    async def failed_works(self, before: tuple[datetime, int] | None, take: int) -> list[FailedWork]:
        """Works that could not be processed, of all sellers, the last ones first, before a place."""
        rows = await self._db.fetch(
            f"{_WORK} and (c.updated_at, c.id) < (coalesce($1::timestamptz, 'infinity'), $2::bigint)"
            " order by c.updated_at desc, c.id desc limit $3",
            *(before or (None, 0)),
            take,
        )
        return [FailedWork(*row) for row in rows]

    async def failed_work(self, content_id: int) -> FailedWork | None:
        row = await self._db.row(f"{_WORK} and c.id = $1 for update of c", content_id)
        return FailedWork(*row) if row else None

    async def content_of(self, item_id: int) -> int | None:
        """The work that an item offers."""
        id: int | None = await self._db.value("select content_id from items where id = $1", item_id)
        return id

    async def failed_count(self, most: int) -> tuple[int, int]:
        """(failed jobs, works that could not be processed), counted no further than `most`."""
        row = await self._db.row(
            "select (select count(*) from (select from pgqueuer where status = 'failed' limit $1) jobs),"
            " (select count(*) from (select from contents where status = 3 and deleted_at is null limit $1) works)",
            most,
        )
        assert row
        return row[0], row[1]

    async def waiting(self) -> tuple[int, datetime | None]:
        """How many jobs are due or running, and since when the oldest of those that are due waits."""
        row = await self._db.row(
            "select count(*), min(execute_after) filter (where status = 'queued') from pgqueuer"
            " where status = 'picked' or (status = 'queued' and execute_after <= now())"
        )
        assert row
        return row[0], row[1]

    async def workers(self, prefix: str) -> list[Running]:
        """Connections whose names begin so, each name once; without the prefix."""
        rows = await self._db.fetch(
            "select application_name, min(backend_start) from pg_stat_activity"
            " where datname = current_database() and starts_with(application_name, $1) group by 1 order by 1",
            prefix,
        )
        return [Running(row[0].removeprefix(prefix), row[1]) for row in rows]
