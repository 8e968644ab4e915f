"""First answers to requests that carried an Idempotency-Key."""

from datetime import datetime

from .database import Database


class AnswerStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def claim(
        self, seller_id: int, key: str, digest: bytes, now: datetime
    ) -> tuple[bytes, bytes | None] | None:
        """None if the key is new, and is held until the transaction ends; else (digest, body) of the first."""
        added = await self._db.value(
            "insert into answers (seller_id, key, digest, created_at) values ($1, $2, $3, $4)"
            " on conflict (seller_id, key) do nothing returning true",
            seller_id,
            key,
            digest,
            now,
        )
        if added:
            return None
        row = await self._db.row(
            "select digest, body from answers where seller_id = $1 and key = $2", seller_id, key
        )
        return (row["digest"], row["body"]) if row else None

    async def keep(self, seller_id: int, key: str, body: bytes | None) -> None:
        await self._db.execute(
            "update answers set body = $3 where seller_id = $1 and key = $2", seller_id, key, body
        )

    async def forget(self, before: datetime) -> int:
        return await self._db.execute("delete from answers where created_at < $1", before)
