"""Shops of their own on databases of their own, over files in a folder or in a bucket."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from vitrina.assembly import open_shop
from vitrina.domain.shop import Shop
from vitrina.settings import Settings
from vitrina.store.migrate import migrate

MakePlace = Callable[..., Awaitable[Settings]]


@pytest.fixture
async def place(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[MakePlace]:
    """Makes a place for a shop: an empty database, an empty store of a kind, an empty data folder."""
    admin = await asyncpg.connect(database_url)
    made: list[str] = []

    async def make(store: str = "folder", **settings: str) -> Settings:
        name = f"shop_{uuid.uuid4().hex}"
        await admin.execute(f"create database {name}")
        made.append(name)
        url = database_url.replace("/vitrina?", f"/{name}?")
        files = request.getfixturevalue("bucket")(name) if store == "s3" else None
        return Settings(data=tmp_path / name, database_url=url, files_url=files, **settings)

    yield make
    for name in made:
        await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Shop]:
    """The shop in a place, migrated."""
    assert settings.database_url
    await migrate(settings.database_url)
    shop = await open_shop(settings, settings.database_url, connections=4)
    try:
        yield shop
    finally:
        await shop.close()
