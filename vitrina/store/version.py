"""Which revision a database is at: light enough for every start, unlike the tools that migrate."""

import asyncpg

HEAD = "0020"  # held to the newest file in migrations/versions by a test
MARK = "vitrina_restore"  # a table: its row names the backup that is being restored into this database


class RestoreUnfinished(Exception):
    """The database is not whole: a backup was not restored into it to the end."""


class DatabaseNotReached(Exception):
    """No connection to the database; the text says why and what to check."""


async def connect(url: str) -> asyncpg.Connection:
    """A connection outside any pool; raises DatabaseNotReached."""
    try:
        return await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise DatabaseNotReached(
            f"the database does not let us in: {reason}; check VITRINA_DATABASE_URL"
        ) from error


async def version(url: str) -> str | None:
    """The revision that the database is at; None before the first migration, or if one was interrupted."""
    connection = await connect(url)
    try:
        return await version_of(connection)
    finally:
        await connection.close()


async def version_of(connection: asyncpg.Connection) -> str | None:
    """The same over a connection; raises RestoreUnfinished."""
    if await marked(connection):
        raise RestoreUnfinished(
            "a backup is being restored into this database, or was until it was interrupted:"
            " run the same `vitrina restore` again"
        )
    ready = "select to_regclass('alembic_version') is not null and to_regclass('pgqueuer') is not null"
    if not await connection.fetchval(ready):
        return None
    revision: str | None = await connection.fetchval("select version_num from alembic_version")
    return revision


async def marked(connection: asyncpg.Connection) -> str | None:
    """The backup whose restore into this database was begun and not ended, if there is one."""
    if not await connection.fetchval("select to_regclass($1) is not null", MARK):
        return None
    backup: str = await connection.fetchval(f"select backup from {MARK}")
    return backup


async def is_current(url: str) -> bool:
    """Whether nothing is to be migrated."""
    return await version(url) == HEAD
