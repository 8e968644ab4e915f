"""Brings a database to this version's tables: Alembic for ours, PgQueuer's own for the job queue, under one lock."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from pgqueuer import AsyncpgDriver, Queries
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from .version import connect, is_current

_LOCK = 7_246_019_831  # any number, the same in every process: one migrates, the others wait


async def migrate(url: str) -> bool:
    """Migrate if needed; whether anything was done. Safe to interrupt and to run from many hosts at once."""
    lock = await connect(url)
    try:
        await lock.execute("select pg_advisory_lock($1)", _LOCK)
        if await is_current(url):
            return False
        await _install_queue(lock)
        await _run_alembic(url)  # last: by its mark processes that wait know that all of it is there
        return True
    finally:
        await lock.close()


async def _run_alembic(url: str) -> None:
    # asyncpg reads the URL itself: SQLAlchemy would parse socket folders and options another way.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def _install_queue(connection: Any) -> None:
    queries = Queries(AsyncpgDriver(connection))
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        async with connection.transaction():
            await queries.install()


def migrate_now(url: str) -> bool:
    """`migrate` for synchronous callers."""
    return asyncio.run(migrate(url))


if __name__ == "__main__":  # for a server that starts: the address is not to be read in a list of processes
    if address := sys.stdin.read():
        migrate_now(address)
