"""Files are removed by jobs, and not while a backup copies them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from vitrina.domain.jobs import RemoveFolders
from vitrina.domain.pictures import new_folder
from vitrina.domain.shop import Shop
from vitrina.store.backups import BackupUnderWay, hold_removals


@pytest.fixture
async def stored(shop: Shop, tmp_path: Path) -> str:
    """A folder with a file in it."""
    folder = new_folder()
    (tmp_path / "source").write_bytes(b"x")
    await shop.files.put(f"{folder}/content", tmp_path / "source")
    return folder


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of a backup."""
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


async def postponed(shop: Shop, folder: str) -> Any:
    """When the removal of the folder will be tried again, as an interval from now; None if it will not."""
    return await shop.db.value(
        "select execute_after - now() from pgqueuer where entrypoint = $1 and payload like $2",
        RemoveFolders.__name__,
        f"%{folder}%".encode(),
    )


async def test_a_removal_waits_for_the_end_of_a_backup(
    shop: Shop, stored: str, connection: asyncpg.Connection
) -> None:
    """While the hold lasts the file stays and the job is put off for a minute; afterwards the file goes."""
    await hold_removals(connection)
    await shop.removals.remove([stored])
    assert (await shop.files.stat(f"{stored}/content")).size == 1
    assert 30 < (await postponed(shop, stored)).total_seconds() <= 60
    await connection.execute("select pg_advisory_unlock_all()")
    await shop.removals.remove([stored])
    assert [name async for name in shop.files.names()] == []


async def test_one_backup_at_a_time(connection: asyncpg.Connection, database_url: str) -> None:
    """A second backup does not wait for hours behind the first; it says what is going on."""
    await hold_removals(connection)
    second = await asyncpg.connect(database_url)
    with pytest.raises(BackupUnderWay, match="another backup of this shop is being made"):
        await hold_removals(second, seconds=1)
    await second.close()
