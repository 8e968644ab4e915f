"""The connection to PostgreSQL: a pool, and transactions that join the one already open in this task."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

Connection = PoolConnectionProxy

_transaction: ContextVar[Connection | None] = ContextVar("transaction", default=None)


async def _no_reset(_connection: Any) -> None:
    """We set no session state, so the reset round trip after every query is saved."""


def to_json(value: Any) -> str | None:
    """A value for a jsonb parameter. No codec is set on connections: the job queue shares them and has its own."""
    return None if value is None else msgspec.json.encode(value).decode()


def from_json(text: str | None) -> Any:
    """The value of a jsonb column."""
    return None if text is None else msgspec.json.decode(text)


class Database:
    """One process's pool. Queries run in the open transaction of the task, else on their own."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    @classmethod
    async def open(cls, url: str, *, most: int = 20) -> "Database":
        """Connect; `most` is the number of connections this process may hold."""
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=most,
            reset=_no_reset,
            command_timeout=60,
            server_settings={"application_name": "vitrina", "jit": "off", "timezone": "UTC"},
        )
        return cls(pool)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All queries of this task inside the block commit together or not at all; nests by joining."""
        if _transaction.get() is not None:
            yield
            return
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                token = _transaction.set(connection)
                try:
                    yield
                finally:
                    _transaction.reset(token)

    @property
    def connection(self) -> Connection:
        """The connection of the open transaction; only the job queue needs it."""
        connection = _transaction.get()
        if connection is None:
            raise RuntimeError("this needs an open transaction")
        return connection

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        connection = _transaction.get()
        rows: list[asyncpg.Record] = await (connection or self.pool).fetch(query, *values)
        return rows

    async def row(self, query: str, *values: Any) -> asyncpg.Record | None:
        connection = _transaction.get()
        return await (connection or self.pool).fetchrow(query, *values)

    async def value(self, query: str, *values: Any) -> Any:
        connection = _transaction.get()
        return await (connection or self.pool).fetchval(query, *values)

    async def execute(self, query: str, *values: Any) -> int:
        """Run a statement; the number of rows it touched."""
        connection = _transaction.get()
        status: str = await (connection or self.pool).execute(query, *values)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def execute_many(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        connection = _transaction.get()
        await (connection or self.pool).executemany(query, rows)
