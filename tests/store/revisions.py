"""Databases at any revision, as an earlier version of Vitrina left them."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from pgqueuer import AsyncpgDriver, Queries
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import vitrina.store

_SCRIPTS = Path(vitrina.store.__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def revisions() -> list[str]:
    """All of them, the oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


async def bring_to(url: str, revision: str) -> None:
    """Make the tables of a revision in an empty database, and the job queue's."""

    def upgrade(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()
    queue = await asyncpg.connect(url)
    await Queries(AsyncpgDriver(queue)).install()
    await queue.close()
