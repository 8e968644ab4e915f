"""Rows that are asked for at the same moment by several calls, read in one query."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST_AT_ONCE = 100


class Together(Generic[K, V]):
    """Reads values by key for many callers of one process.

    A query for many rows costs the database and us little more than one for a single row. Nobody is kept waiting for
    company: who comes first asks at once, and whoever comes while that query is under way goes with the next. So each
    caller reads what was committed before it asked.
    """

    def __init__(self, read: Callable[[list[K]], Awaitable[dict[K, V]]]) -> None:
        self._read = read
        self._waiting: list[tuple[K, asyncio.Future[V | None]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """The value of a key, None if there is none; fails as the query does."""
        asked: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, asked))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await asked

    async def _read_all(self) -> None:
        try:
            while batch := self._waiting[:MOST_AT_ONCE]:
                del self._waiting[:MOST_AT_ONCE]
                await self._answer(batch)
        finally:
            self._reading = None

    async def _answer(self, batch: list[tuple[K, asyncio.Future[V | None]]]) -> None:
        try:
            found = await self._read(list({key for key, _ in batch}))
        except Exception as error:
            for _, asked in batch:
                if not asked.done():
                    asked.set_exception(error)
            return
        for key, asked in batch:
            if not asked.done():  # whoever asked may have left
                asked.set_result(found.get(key))
