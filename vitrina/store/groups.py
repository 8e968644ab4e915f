"""Working groups, their API keys and their members."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database, from_json, to_json
from .offers import like_pattern


class Group(msgspec.Struct, frozen=True):
    """A working group. `credit_line` in minor units, `vat_rate` in hundredths of a per cent."""

    id: int
    postpaid: bool
    currency: str
    credit_line: int
    vat_enabled: bool
    vat_rate: int
    time_zone: str
    created_at: datetime
    legal: dict[str, str | None]


class ApiKey(msgspec.Struct, frozen=True):
    """A key of a group; only its digest is kept."""

    id: int
    group_id: int
    label: str
    created_at: datetime
    revoked_at: datetime | None
    barred: list[int] = []
    """The authors whose items the group does not find; only a key that is checked knows them."""


class Member(msgspec.Struct, frozen=True):
    """A person in a group, with rights and profile."""

    id: int
    group_id: int
    username: str
    email: str
    password_hash: str
    rights: list[str]
    created_at: datetime
    profile: dict[str, str | None]


_GROUP = ", ".join(Group.__struct_fields__)
_KEY = "id, group_id, label, created_at, revoked_at"
_BARRED = "select seller_id from barred_authors where group_id = {} order by seller_id limit 1000"
_MEMBER = ", ".join(Member.__struct_fields__)


def _group(row: Any) -> Group:
    return Group(*(*row[:-1], from_json(row[-1])))


def _member(row: Any) -> Member:
    return Member(*(*row[:-1], from_json(row[-1])))


class GroupStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, new: dict[str, Any], now: datetime) -> Group:
        """A group of these columns, chosen by the domain."""
        assert set(new) <= _CHANGEABLE
        columns, values = list(new), [to_json(v) if k == "legal" else v for k, v in new.items()]
        places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
        row = await self._db.row(
            f"insert into groups (created_at, {', '.join(columns)}) values ($1, {places}) returning {_GROUP}",
            now,
            *values,
        )
        return _group(row)

    async def get(self, group_id: int) -> Group | None:
        row = await self._db.row(f"select {_GROUP} from groups where id = $1", group_id)
        return _group(row) if row else None

    async def lock(self, group_id: int) -> Group | None:
        """The group, held until the transaction ends: whoever moves its money holds it.

        Its key stays free: rows that refer to the group, such as kept answers, are written before it is held.
        """
        row = await self._db.row(f"select {_GROUP} from groups where id = $1 for no key update", group_id)
        return _group(row) if row else None

    async def all(self, after: int, most: int) -> list[Group]:
        rows = await self._db.fetch(
            f"select {_GROUP} from groups where id > $1 order by id limit $2", after, most
        )
        return [_group(row) for row in rows]

    async def page(self, words: str, before: int, most: int) -> list[Group]:
        """Those with these words in the company's name, newest first, with ids below `before`."""
        found = "and lower(legal ->> 'company') like $3" if words else ""
        rows = await self._db.fetch(
            f"select {_GROUP} from groups where id < $1 {found} order by id desc limit $2",
            before,
            most,
            *([like_pattern(words)] if words else []),
        )
        return [_group(row) for row in rows]

    async def change(self, group_id: int, changes: dict[str, Any]) -> None:
        assert set(changes) <= _CHANGEABLE
        sets = ", ".join(f"{column} = ${place}" for place, column in enumerate(changes, 2))
        values = [to_json(v) if k == "legal" else v for k, v in changes.items()]
        await self._db.execute(f"update groups set {sets} where id = $1", group_id, *values)

    # --- API keys ----------------------------------------------------------------------------------------

    async def add_key(self, group_id: int, digest: bytes, label: str, now: datetime) -> int:
        id: int = await self._db.value(
            "insert into api_keys (group_id, digest, label, created_at) values ($1, $2, $3, $4) returning id",
            group_id,
            digest,
            label,
            now,
        )
        return id

    async def key(self, digest: bytes) -> ApiKey | None:
        """The living key of this digest, with the authors who are barred: one question instead of two a search."""
        row = await self._db.row(
            f"select {_KEY}, array({_BARRED.format('api_keys.group_id')}) from api_keys"
            " where digest = $1 and revoked_at is null",
            digest,
        )
        return ApiKey(*row) if row else None

    async def keys(self, group_id: int) -> list[ApiKey]:
        """Those in force first, then the newest; not without end."""
        rows = await self._db.fetch(
            f"select {_KEY} from api_keys where group_id = $1 order by revoked_at is not null, id desc limit 200",
            group_id,
        )
        return [ApiKey(*row) for row in rows]

    async def revoke_key(self, group_id: int, key_id: int, now: datetime) -> bool:
        return 0 < await self._db.execute(
            "update api_keys set revoked_at = coalesce(revoked_at, $3) where group_id = $1 and id = $2",
            group_id,
            key_id,
            now,
        )

    # --- authors who are barred --------------------------------------------------------------------------

    async def bar(self, group_id: int, seller_id: int, now: datetime) -> bool:
        """False if the author was barred before."""
        return 0 < await self._db.execute(
            "insert into barred_authors (group_id, seller_id, at) values ($1, $2, $3) on conflict do nothing",
            group_id,
            seller_id,
            now,
        )

    async def allow(self, group_id: int, seller_id: int) -> bool:
        return 0 < await self._db.execute(
            "delete from barred_authors where group_id = $1 and seller_id = $2", group_id, seller_id
        )

    async def barred(self, group_id: int) -> list[int]:
        rows = await self._db.fetch(_BARRED.format("$1"), group_id)
        return [row["seller_id"] for row in rows]


_CHANGEABLE = {"postpaid", "currency", "credit_line", "vat_enabled", "vat_rate", "time_zone", "legal"}


class MemberStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        group_id: int,
        username: str,
        email: str,
        password_hash: str,
        rights: list[str],
        profile: dict[str, str | None],
        must_change: bool,
        now: datetime,
    ) -> int | None:
        """The new id, or None if the name or the address is taken."""
        id: int | None = await self._db.value(
            "insert into members (group_id, username, email, password_hash, rights, profile,"
            " must_change_password, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
            " on conflict do nothing returning id",
            group_id,
            username,
            email,
            password_hash,
            rights,
            to_json(profile),
            must_change,
            now,
        )
        return id

    async def get(self, group_id: int, member_id: int) -> Member | None:
        row = await self._db.row(
            f"select {_MEMBER} from members where group_id = $1 and id = $2 and deleted_at is null",
            group_id,
            member_id,
        )
        return _member(row) if row else None

    async def lock(self, group_id: int, member_id: int) -> Member | None:
        row = await self._db.row(
            f"select {_MEMBER} from members where group_id = $1 and id = $2 and deleted_at is null for update",
            group_id,
            member_id,
        )
        return _member(row) if row else None

    async def lock_editors(self, group_id: int) -> list[int]:
        """Those of the group's members who may log in and edit it, held until the transaction ends."""
        rows = await self._db.fetch(
            "select id from members where group_id = $1 and deleted_at is null"
            " and rights @> '{edit_group,log_in}' order by id for update",
            group_id,
        )
        return [row["id"] for row in rows]

    async def by_login(self, group_id: int | None, login: str) -> Member | None:
        """By user name or e-mail address; of any group if none is given: both are known once in the shop."""
        row = await self._db.row(
            f"select {_MEMBER} from members where ($1::bigint is null or group_id = $1)"
            " and deleted_at is null and (lower(username) = lower($2) or lower(email) = lower($2))"
            " order by lower(username) = lower($2) desc limit 1",
            group_id,
            login,
        )
        return _member(row) if row else None

    async def taken(self, username: str, email: str, but: int | None = None) -> list[str]:
        """Which of `username` and `email` another member logs in with, be it as the other of the two."""
        rows = await self._db.fetch(
            "select lower($1) in (lower(username), lower(email)) as username,"
            " lower($2) in (lower(username), lower(email)) as email from members where deleted_at is null"
            " and (lower(username) in (lower($1), lower($2)) or lower(email) in (lower($1), lower($2)))"
            " and id is distinct from $3",
            username,
            email,
            but,
        )
        return [field for field in ("username", "email") if any(row[field] for row in rows)]

    async def strange(self, group_id: int, ids: list[int]) -> list[int]:
        """Those of the ids that were never members of the group."""
        rows = await self._db.fetch(
            "select id from unnest($2::bigint[]) as asked (id) where not exists"
            " (select from members m where m.id = asked.id and m.group_id = $1) order by id",
            group_id,
            ids,
        )
        return [row["id"] for row in rows]

    async def ids_of(self, group_id: int, username: str) -> list[int]:
        """Whoever is or was a member of the group under this user name."""
        rows = await self._db.fetch(
            "select id from members where group_id = $1 and lower(username) = lower($2)", group_id, username
        )
        return [row["id"] for row in rows]

    async def names(self, ids: list[int]) -> dict[int, str]:
        """User names, of deleted members, too."""
        rows = await self._db.fetch("select id, username from members where id = any($1)", ids)
        return {row["id"]: row["username"] for row in rows}

    async def page(
        self, group_id: int, ids: list[int] | None, skip: int, take: int
    ) -> tuple[list[Member], int]:
        where = "group_id = $1 and deleted_at is null and ($2::bigint[] is null or id = any($2))"
        rows = await self._db.fetch(
            f"select {_MEMBER} from members where {where} order by id desc offset $3 limit $4",
            group_id,
            ids,
            skip,
            take,
        )
        total: int = await self._db.value(f"select count(*) from members where {where}", group_id, ids)
        return [_member(row) for row in rows], total

    async def editors(self, group_id: int, most: int) -> list[Member]:
        """The longest-standing members who may edit the group."""
        rows = await self._db.fetch(
            f"select {_MEMBER} from members where group_id = $1 and deleted_at is null"
            " and 'edit_group' = any(rights) order by id limit $2",
            group_id,
            most,
        )
        return [_member(row) for row in rows]

    async def change(self, member_id: int, changes: dict[str, Any]) -> None:
        assert set(changes) <= _MEMBER_CHANGEABLE
        sets = ", ".join(f"{column} = ${place}" for place, column in enumerate(changes, 2))
        values = [to_json(v) if k == "profile" else v for k, v in changes.items()]
        await self._db.execute(f"update members set {sets} where id = $1", member_id, *values)


_MEMBER_CHANGEABLE = {"email", "password_hash", "must_change_password", "rights", "profile", "deleted_at"}
