"""The connection to PostgreSQL, on a real one."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from vitrina.store.database import Database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url, most=6)
    yield opened
    await opened.close()


async def test_connections_that_the_server_ended_are_replaced(db: Database, database_url: str) -> None:
    """After PostgreSQL has dropped every connection of a process, its next queries work again."""
    await asyncio.gather(*(db.value("select pg_sleep(0.01)") for _ in range(4)))
    other = await asyncpg.connect(database_url)
    await other.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'vitrina' and pid <> pg_backend_pid()"
    )
    await other.close()
    await asyncio.sleep(0.1)
    assert [await db.value("select 1") for _ in range(6)] == [1] * 6


async def test_a_cancelled_query_leaves_its_connection_usable(db: Database) -> None:
    """A client that goes away in the middle of a query does no harm to the next one."""
    for _ in range(4):
        query = asyncio.create_task(db.value("select pg_sleep(5)"))
        await asyncio.sleep(0.05)
        query.cancel()
        with pytest.raises(asyncio.CancelledError):
            await query
    assert await db.value("select 1") == 1


async def test_reads_wait_for_each_other_and_leave_room_for_transactions(db: Database) -> None:
    """However many reads come at once, a transaction still finds a connection."""
    reads = [asyncio.create_task(db.value("select pg_sleep(0.2)")) for _ in range(20)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(1), db.transaction():
        assert await db.value("select 2") == 2
    await asyncio.gather(*reads)


async def test_inner_transactions_join_the_outer_one(db: Database) -> None:
    """What an inner block wrote goes with the outer block that failed."""
    await db.execute("create table joined (n int)")

    async def fail_outside() -> None:
        async with db.transaction():
            async with db.transaction():
                await db.execute("insert into joined values (1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_outside()
    assert await db.value("select count(*) from joined") == 0
    await db.execute("drop table joined")


async def test_closing_waits_for_a_query_under_way(database_url: str) -> None:
    """A query that is running when the process stops gets its answer, and nothing hangs."""
    db = await Database.open(database_url, most=3)
    query = asyncio.create_task(db.value("select 7 from pg_sleep(0.3)"))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await db.close()
    assert await query == 7
