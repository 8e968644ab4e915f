"""Sessions of people who logged in: only digests of their secrets are kept."""

from datetime import datetime
from typing import Literal

from .database import Database
from .sellers import Role


class SessionStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, digest: bytes, role: Role, account_id: int, now: datetime, expires: datetime) -> None:
        await self._db.execute(
            "insert into sessions (digest, role, account_id, created_at, expires_at) values ($1, $2, $3, $4, $5)",
            digest,
            role,
            account_id,
            now,
            expires,
        )

    async def holder(self, digest: bytes, role: Role, now: datetime) -> int | None:
        """Whose living session of this role it is."""
        id: int | None = await self._db.value(
            "select account_id from sessions where digest = $1 and role = $2 and expires_at > $3",
            digest,
            role,
            now,
        )
        return id

    async def add_member(
        self, digest: bytes, member_id: int, api_key_id: int, now: datetime, expires: datetime
    ) -> None:
        await self._db.execute(
            "insert into sessions (digest, role, account_id, api_key_id, created_at, expires_at)"
            " values ($1, 'members', $2, $3, $4, $5)",
            digest,
            member_id,
            api_key_id,
            now,
            expires,
        )

    async def member(
        self, digest: bytes, api_key_id: int, now: datetime
    ) -> tuple[int, int, list[str]] | None:
        """(id, group, rights) of the member whose living session it is, opened with this key."""
        row = await self._db.row(
            "select m.id, m.group_id, m.rights from sessions s join members m on m.id = s.account_id"
            " where s.digest = $1 and s.role = 'members' and s.api_key_id = $2 and s.expires_at > $3"
            " and m.deleted_at is null",
            digest,
            api_key_id,
            now,
        )
        return (row[0], row[1], row[2]) if row else None

    async def end(self, digest: bytes) -> None:
        await self._db.execute("delete from sessions where digest = $1", digest)

    async def end_all(self, role: Role | Literal["members"], account_id: int) -> None:
        await self._db.execute("delete from sessions where role = $1 and account_id = $2", role, account_id)

    async def forget(self, now: datetime) -> int:
        return await self._db.execute("delete from sessions where expires_at <= $1", now)
