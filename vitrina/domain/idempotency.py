"""A creating request that is sent again with its Idempotency-Key gets its first answer, and creates nothing more."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from ..store.answers import AnswerStore
from ..store.database import Database
from .clock import Clock
from .problems import IdempotencyKeyReused

KEPT = timedelta(days=7)


class Idempotency:
    """Keeps first answers, in the transaction of the action itself."""

    def __init__(self, db: Database, store: AnswerStore, clock: Clock) -> None:
        self._db = db
        self._store = store
        self._clock = clock

    async def once(
        self, owner_id: int, key: str, digest: bytes, action: Callable[[], Awaitable[bytes | None]]
    ) -> bytes | None:
        """The answer of `action`, run only if no request with this key has succeeded before.

        A failed one leaves no trace and may be repeated. Raises IdempotencyKeyReused if the digest differs.
        """
        async with self._db.transaction():
            first = await self._store.claim(owner_id, key, digest, self._clock())
            if first is None:
                body = await action()
                await self._store.keep(owner_id, key, body)
                return body
            if first[0] != digest:
                raise IdempotencyKeyReused
            return first[1]

    async def first(self, owner_id: int, key: str) -> bytes | None:
        """What the first request with this key was answered, while that is kept."""
        return await self._store.get(owner_id, key)

    async def forget(self) -> int:
        """Drop answers that are too old to be asked for; run by schedule."""
        return await self._store.forget(self._clock() - KEPT)
