"""Requests for a new password."""

import uuid
from datetime import datetime

import msgspec

from .database import Database
from .sellers import Holder


class PasswordReset(msgspec.Struct, frozen=True):
    """Somebody asked for a new password under this address, whether an account has it or not."""

    id: uuid.UUID
    role: Holder
    email: str
    language: str | None
    created_at: datetime
    expires_at: datetime


_COLUMNS = ", ".join(PasswordReset.__struct_fields__)


class PasswordResetStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, reset: PasswordReset) -> None:
        await self._db.execute(
            f"insert into password_resets ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6)",
            *(getattr(reset, name) for name in PasswordReset.__struct_fields__),
        )

    async def get(self, id: uuid.UUID, now: datetime) -> PasswordReset | None:
        """One whose time is not over."""
        row = await self._db.row(
            f"select {_COLUMNS} from password_resets where id = $1 and expires_at > $2", id, now
        )
        return PasswordReset(**row) if row else None

    async def end_all(self, role: Holder, email: str) -> None:
        await self._db.execute(
            "delete from password_resets where role = $1 and lower(email) = lower($2)", role, email
        )

    async def forget(self, now: datetime) -> int:
        return await self._db.execute("delete from password_resets where expires_at <= $1", now)
