"""The connection to PostgreSQL: a pool, and transactions that join the one already open in this task."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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


SECONDS_TO_CLOSE = 10.0
LARGEST_ID = 2**63 - 1  # what a list from the newest on begins below


class DatabaseGone(Exception):
    """The database cannot be reached; the same call may succeed later."""


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatabaseGone("the database cannot be reached") from error


class Database:
    """One process's connections. Queries run in the open transaction of the task, else on their own.

    Those on their own share a few connections that are kept checked out: the pool's bookkeeping would cost
    each of them more than the query itself.
    """

    def __init__(self, pool: asyncpg.Pool, readers: int) -> None:
        self.pool = pool
        self.readers: list[Connection] = []  # kept checked out, idle now
        self.room = asyncio.Semaphore(readers)
        self.closed = False

    @classmethod
    async def open(cls, url: str, *, most: int = 12) -> "Database":
        """Connect; `most` (at least 2) is the number of connections this process may hold."""
        assert most >= 2  # one for reads, which keep theirs, and one for transactions
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=most,
            reset=_no_reset,
            command_timeout=60,
            server_settings={"application_name": "vitrina", "jit": "off", "timezone": "UTC"},
        )
        return cls(pool, most // 2)

    async def close(self) -> None:
        """Wait for the queries under way, but not for ever."""
        self.closed = True
        while self.readers:
            await self.pool.release(self.readers.pop())
        try:
            async with asyncio.timeout(SECONDS_TO_CLOSE):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Nobody else who asks for the same name, on any host, runs while the block does; others wait."""
        async with self.pool.acquire() as connection:
            await connection.execute("select pg_advisory_lock(hashtextextended($1, 0))", name, timeout=600)
            try:
                yield
            finally:
                await connection.execute("select pg_advisory_unlock(hashtextextended($1, 0))", name)

    def _connection(self) -> "_Reader":
        return _Reader(self)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All queries of this task inside the block commit together or not at all; nests by joining."""
        if _transaction.get() is not None:
            yield
            return
        with _explained():
            connection = await self.pool.acquire()
        try:
            async with connection.transaction():
                token = _transaction.set(connection)
                try:
                    yield
                finally:
                    _transaction.reset(token)
        finally:
            await self.pool.release(connection)

    @property
    def in_transaction(self) -> bool:
        """Whether this task reads what it has written and nobody else sees yet."""
        return _transaction.get() is not None

    @property
    def connection(self) -> Connection:
        """The connection of the open transaction; only the job queue needs it."""
        connection = _transaction.get()
        if connection is None:
            raise RuntimeError("this needs an open transaction")
        return connection

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        async with self._connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(query, *values)
        return rows

    async def row(self, query: str, *values: Any) -> asyncpg.Record | None:
        async with self._connection() as connection:
            return await connection.fetchrow(query, *values)

    async def value(self, query: str, *values: Any) -> Any:
        async with self._connection() as connection:
            return await connection.fetchval(query, *values)

    async def execute(self, query: str, *values: Any) -> int:
        """Run a statement; the number of rows it touched."""
        async with self._connection() as connection:
            status: str = await connection.execute(query, *values)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0


class _Reader:
    """The connection of the open transaction, else one of the readers'. Written out: it is in every request."""

    __slots__ = ("_connection", "_db", "_joined")

    def __init__(self, db: Database) -> None:
        self._db = db

    async def __aenter__(self) -> Connection:
        joined = _transaction.get()
        self._joined = joined is not None
        if joined is not None:
            return joined
        await self._db.room.acquire()
        try:
            self._connection = await self._borrow()
        except BaseException:
            self._db.room.release()
            raise
        return self._connection

    async def _borrow(self) -> Connection:
        while self._db.readers:
            reader = self._db.readers.pop()
            try:
                if not reader.is_closed():
                    return reader
                await self._db.pool.release(reader)
            except asyncpg.InterfaceError:
                continue  # the server ended it, and the pool has taken it back already
        with _explained():
            return await self._db.pool.acquire()

    async def __aexit__(self, *_failure: object) -> None:
        if not self._joined:
            if self._db.closed:
                await self._db.pool.release(self._connection)
            else:
                self._db.readers.append(self._connection)
            self._db.room.release()
