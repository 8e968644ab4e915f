"""Sessions of people who logged in: only digests of their secrets are kept."""

from datetime import datetime

import msgspec

from .database import Database
from .sellers import Holder


class Person(msgspec.Struct, frozen=True):
    """Who is logged in. Rights are those of sellers and members; only members have a group.

    `name` is shown to themselves: buyers who gave none see their address.
    """

    id: int
    email: str
    name: str
    rights: list[str]
    group_id: int | None
    second_factor: bool
    must_change_password: bool
    seen_at: datetime


class OpenSession(msgspec.Struct, frozen=True):
    """A session that lives. `address` is where it began in the network; members' programs have an API key."""

    digest: bytes
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    by_program: bool


_NOBODYS = "'{}'::text[]"
_COLUMNS: dict[Holder, str] = {
    "buyers": f"coalesce(nullif(a.name, ''), a.email), {_NOBODYS}, null::bigint",
    "operators": f"a.name, {_NOBODYS}, null::bigint",
    "sellers": "a.name, a.rights, null::bigint",
    "members": "a.username, a.rights, a.group_id",
}
_ONLY: dict[Holder, str] = {"members": " and a.deleted_at is null", "sellers": " and a.shut_at is null"}


class SessionStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        digest: bytes,
        role: Holder,
        account_id: int,
        address: str | None,
        password_hash: str | None,
        now: datetime,
        expires: datetime,
        api_key_id: int | None = None,
    ) -> bool:
        """False, and nothing begun, if the account no longer has this password; None is not looked at.

        A password that is just being replaced is waited for: it ends the sessions that are there, not one that is on
        its way.
        """
        count = await self._db.execute(
            "insert into sessions (digest, role, account_id, address, created_at, seen_at, expires_at, api_key_id)"
            " select $1, $2, $3, $4, $6, $6, $7, $8 where $5::text is null"
            f" or exists (select from {role} where id = $3 and password_hash = $5 for share)",
            digest,
            role,
            account_id,
            address,
            password_hash,
            now,
            expires,
            api_key_id,
        )
        return count == 1

    async def holder(
        self, digest: bytes, role: Holder, now: datetime, idle_since: datetime
    ) -> tuple[int, datetime] | None:
        """Whose living session of this role it is, and when it was last used."""
        row = await self._db.row(
            "select account_id, seen_at from sessions"
            " where digest = $1 and role = $2 and expires_at > $3 and seen_at > $4",
            digest,
            role,
            now,
            idle_since,
        )
        return (row[0], row[1]) if row else None

    async def person(self, digest: bytes, role: Holder, now: datetime, idle_since: datetime) -> Person | None:
        """Who holds a living session of a browser."""
        row = await self._db.row(
            f"select a.id, a.email, {_COLUMNS[role]}, exists"
            " (select from second_factors f where f.role = s.role and f.account_id = s.account_id),"
            " a.must_change_password, s.seen_at"
            f" from sessions s join {role} a on a.id = s.account_id"
            " where s.digest = $1 and s.role = $2 and s.expires_at > $3 and s.seen_at > $4"
            " and s.api_key_id is null"
            f"{_ONLY.get(role, '')}",
            digest,
            role,
            now,
            idle_since,
        )
        return Person(*row) if row else None

    async def touch(self, digest: bytes, now: datetime) -> None:
        """Note that a session was used."""
        await self._db.execute("update sessions set seen_at = $2 where digest = $1", digest, now)

    async def open_ones(
        self, role: Holder, account_id: int, now: datetime, idle_since: datetime, most: int
    ) -> list[OpenSession]:
        """Somebody's living sessions, the one used last first."""
        rows = await self._db.fetch(
            "select digest, created_at, seen_at, expires_at, address, api_key_id is not null from sessions"
            " where role = $1 and account_id = $2 and expires_at > $3"
            " and (seen_at > $4 or api_key_id is not null) order by seen_at desc, digest limit $5",
            role,
            account_id,
            now,
            idle_since,
            most,
        )
        return [OpenSession(*row) for row in rows]

    async def end_some(self, role: Holder, account_id: int, digests: list[bytes]) -> None:
        await self._db.execute(
            "delete from sessions where role = $1 and account_id = $2 and digest = any($3)",
            role,
            account_id,
            digests,
        )

    async def end_others(self, role: Holder, account_id: int, kept: bytes) -> None:
        await self._db.execute(
            "delete from sessions where role = $1 and account_id = $2 and digest <> $3",
            role,
            account_id,
            kept,
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

    async def end_all(self, role: Holder, account_id: int) -> None:
        await self._db.execute("delete from sessions where role = $1 and account_id = $2", role, account_id)

    async def forget(self, now: datetime) -> int:
        return await self._db.execute("delete from sessions where expires_at <= $1", now)
