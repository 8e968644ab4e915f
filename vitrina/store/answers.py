"""First answers to requests that carried an Idempotency-Key, of sellers or of groups."""

from datetime import datetime
from typing import Literal

from .database import Database


class AnswerStore:
    def __init__(self, db: Database, of: Literal["seller", "group"]) -> None:
        self._db = db
        self._table = "answers" if of == "seller" else "group_answers"
        self._owner = f"{of}_id"

    async def claim(
        self, owner_id: int, key: str, digest: bytes, now: datetime
    ) -> tuple[bytes, bytes | None] | None:
        """None if the key is new, and is held until the transaction ends; else (digest, body) of the first."""
        added = await self._db.value(
            f"insert into {self._table} ({self._owner}, key, digest, created_at) values ($1, $2, $3, $4)"
            f" on conflict ({self._owner}, key) do nothing returning true",
            owner_id,
            key,
            digest,
            now,
        )
        if added:
            return None
        row = await self._db.row(
            f"select digest, body from {self._table} where {self._owner} = $1 and key = $2", owner_id, key
        )
        return (row["digest"], row["body"]) if row else None

    async def get(self, owner_id: int, key: str) -> bytes | None:
        body: bytes | None = await self._db.value(
            f"select body from {self._table} where {self._owner} = $1 and key = $2", owner_id, key
        )
        return body

    async def keep(self, owner_id: int, key: str, body: bytes | None) -> None:
        await self._db.execute(
            f"update {self._table} set body = $3 where {self._owner} = $1 and key = $2", owner_id, key, body
        )

    async def forget(self, before: datetime) -> int:
        return await self._db.execute(f"delete from {self._table} where created_at < $1", before)
