"""Seller tokens: only their ids are kept, never the tokens."""

import uuid
from datetime import datetime

import msgspec

from .database import Database


class TokenRow(msgspec.Struct, frozen=True):
    id: uuid.UUID
    seller_id: int
    label: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class TokenStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, row: TokenRow) -> None:
        await self._db.execute(
            "insert into tokens (id, seller_id, label, issued_at, expires_at) values ($1, $2, $3, $4, $5)",
            row.id,
            row.seller_id,
            row.label,
            row.issued_at,
            row.expires_at,
        )

    async def holder(self, token_id: uuid.UUID, now: datetime) -> tuple[int, list[str]] | None:
        """Whose living token this is, with their rights."""
        row = await self._db.row(
            "select s.id, s.rights from tokens t join sellers s on s.id = t.seller_id"
            " where t.id = $1 and t.revoked_at is null and t.expires_at > $2 and s.shut_at is null",
            token_id,
            now,
        )
        return (row["id"], row["rights"]) if row else None

    async def of_seller(self, seller_id: int) -> list[TokenRow]:
        rows = await self._db.fetch(
            "select id, seller_id, label, issued_at, expires_at, revoked_at from tokens"
            " where seller_id = $1 order by issued_at desc, id limit 1000",
            seller_id,
        )
        return [TokenRow(**row) for row in rows]

    async def revoke(self, seller_id: int, token_id: uuid.UUID, now: datetime) -> bool:
        return 0 < await self._db.execute(
            "update tokens set revoked_at = coalesce(revoked_at, $3) where seller_id = $1 and id = $2",
            seller_id,
            token_id,
            now,
        )
