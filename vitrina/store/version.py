"""Which revision a database is at: light enough for every start, unlike the tools that migrate."""

import asyncpg

HEAD = "0001"  # held to the newest file in migrations/versions by a test


async def version(url: str) -> str | None:
    """The revision that the database is at; None before the first migration, or if one was interrupted."""
    connection = await asyncpg.connect(url)
    try:
        ready = "select to_regclass('alembic_version') is not null and to_regclass('pgqueuer') is not null"
        if not await connection.fetchval(ready):
            return None
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
        return revision
    finally:
        await connection.close()


async def is_current(url: str) -> bool:
    """Whether nothing is to be migrated."""
    return await version(url) == HEAD
