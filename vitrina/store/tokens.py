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
    last_used_at: datetime | None = None
    """Give or take an hour."""


class Bearer(msgspec.Struct, frozen=True):
    """Whose living token it is, with their rights."""

    seller_id: int
    rights: list[str]
    last_used_at: datetime | None


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

    async def holder(self, token_id: uuid.UUID, now: datetime) -> Bearer | None:
        row = await self._db.row(
            "select s.id, s.rights, t.last_used_at from tokens t join sellers s on s.id = t.seller_id"
            " where t.id = $1 and t.revoked_at is null and t.expires_at > $2 and s.shut_at is null",
            token_id,
            now,
        )
        return Bearer(*row) if row else None

    async def note_use(self, token_id: uuid.UUID, now: datetime, before: datetime) -> None:
        """Keep the time of a use, unless one is kept that is not older than `before`."""
        await self._db.execute(
            "update tokens set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)",
            token_id,
            now,
            before,
        )

    async def of_seller(self, seller_id: int) -> list[TokenRow]:
        rows = await self._db.fetch(
            "select id, seller_id, label, issued_at, expires_at, revoked_at, last_used_at from tokens"
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
