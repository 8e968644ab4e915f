"""What backups ask of the database: a hold on the removal of files, what is unfinished, the mark of a restore.

And what the shop remembers of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import msgspec

from .database import Database
from .version import MARK, connect

_HOLD = "removal of files"
_ONE_RESTORE = "restore"
_LASTING = """
select set_config(name, '0', false) from pg_settings where name in
    ('statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')
"""
_FUTURE = """
select format('update %s set %I = pg_current_xact_id() where %2$I > pg_current_xact_id()', c.oid::regclass, attname)
    as correct
from pg_attribute join pg_class c on c.oid = attrelid
where atttypid = 'xid8'::regtype and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and attnum > 0
"""
_ALIVE_EVERY = 15.0  # seconds


class BackupUnderWay(Exception):
    """Something else holds what a backup or a restore needs for itself; the text says what."""


class Unfinished(msgspec.Struct, frozen=True):
    """An upload of which a backup keeps the parts; `indexes` are those acknowledged, None if they all are."""

    uri: str
    part_size: int
    part_count: int
    size: int
    indexes: list[int] | None

    def length_of(self, index: int) -> int:
        if index < self.part_count:
            return self.part_size
        return self.size - self.part_size * (self.part_count - 1)


class KnownBackup(msgspec.Struct, frozen=True):
    """A backup that was made to the end: what it holds is of this instant; its bytes, and the version that made it."""

    taken_at: datetime
    size: int
    version: str


async def connect_for_hours(url: str) -> asyncpg.Connection:
    """A connection that no time limit of the server ends."""
    connection = await connect(url)
    await connection.execute(_LASTING)
    return connection


@asynccontextmanager
async def kept_alive(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Say something now and then: what stands between us may drop a silent connection. Not to be used inside."""

    async def ask() -> None:
        while True:
            await asyncio.sleep(_ALIVE_EVERY)
            await connection.execute("select 1")

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        await asyncio.wait([asking])
    if not asking.cancelled():
        asking.result()


async def may_remove(db: Database) -> bool:
    """Whether no backup is under way; if so, none begins before the open transaction ends."""
    answer: bool = await db.value("select pg_try_advisory_xact_lock_shared(hashtextextended($1, 0))", _HOLD)
    return answer


async def hold_removals(connection: asyncpg.Connection, seconds: int = 60) -> None:
    """Wait for removals under way, then let none begin as long as this connection lives."""
    await connection.execute(f"set lock_timeout = '{seconds}s'")
    try:
        await connection.execute("select pg_advisory_lock(hashtextextended($1, 0))", _HOLD)
    except asyncpg.LockNotAvailableError:
        raise BackupUnderWay(
            "another backup of this shop is being made, or many files are being removed; try again later"
        ) from None
    await connection.execute("set lock_timeout = 0")


async def unfinished(connection: asyncpg.Connection) -> list[Unfinished]:
    """Uploads whose file is perhaps not whole yet."""
    rows = await connection.fetch(
        "select c.uri, u.part_size, u.part_count, u.size, case when u.received < u.part_count"
        " then array(select index from upload_parts p where p.uuid = u.uuid order by index) end"
        " from uploads u join contents c on c.id = u.content_id where c.deleted_at is null"
    )
    return [Unfinished(*row) for row in rows]


async def remember(connection: asyncpg.Connection, backup: KnownBackup) -> None:
    """Have the shop know of a backup; one of a version before it kept them does not."""
    if await connection.fetchval("select to_regclass('backups') is not null"):
        await connection.execute(
            "insert into backups values ($1, $2, $3) on conflict do nothing",
            backup.taken_at,
            backup.size,
            backup.version,
        )


async def last_one(db: Database) -> KnownBackup | None:
    """The newest backup that the shop knows of."""
    row = await db.row("select taken_at, size, version from backups order by taken_at desc limit 1")
    return KnownBackup(*row) if row else None


async def restore_alone(connection: asyncpg.Connection) -> None:
    """Let no other restore into this database begin as long as this connection lives."""
    if not await connection.fetchval("select pg_try_advisory_lock(hashtextextended($1, 0))", _ONE_RESTORE):
        raise BackupUnderWay("another restore into this database is under way; wait for it to end")


async def has_tables(connection: asyncpg.Connection) -> bool:
    """Whether the database holds anything but extensions and the mark."""
    answer: bool = await connection.fetchval(
        "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm')"
        " and c.relname <> $1"
        " and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e'))",
        MARK,
    )
    return answer


async def mark(connection: asyncpg.Connection, backup: str) -> None:
    """Write down that this backup is being restored; until `unmark` no server opens the shop."""
    await connection.execute(f"create table {MARK} as select '{backup}'::text as backup")


async def unmark(connection: asyncpg.Connection) -> None:
    """The restore is complete: servers may open the shop."""
    async with connection.transaction():
        # Whoever ran these jobs when the backup was made will not come back to them.
        await connection.execute("update pgqueuer set status = 'queued' where status = 'picked'")
        # Places in the order of changes are numbers of transactions, and every server counts its own: what was
        # changed under numbers still to come here would never be followed. It all changes now, before the rest.
        for row in await connection.fetch(_FUTURE):
            await connection.execute(row["correct"])
        await connection.execute(f"drop table {MARK}")
