"""Sellers, and the accounts of everybody who logs in with an address."""

from datetime import datetime
from typing import Literal

import msgspec

from .database import Database
from .offers import like_pattern

Role = Literal["sellers", "buyers", "operators"]
Holder = Role | Literal["members"]


class Account(msgspec.Struct, frozen=True):
    """A person who may log in."""

    id: int
    email: str
    name: str
    password_hash: str
    created_at: datetime

    @property
    def called(self) -> str:
        """What to call them, to themselves and to operators: by their address if they gave no name."""
        return self.name or self.email


class SellerRow(msgspec.Struct, frozen=True):
    id: int
    email: str
    name: str
    rights: list[str]
    created_at: datetime
    shut_at: datetime | None
    shut_reason: str | None


# Members are their group's: by this door are found only those who may log in.
_NAME: dict[Holder, str] = {"members": "username"}
_LIVING: dict[Holder, str] = {"members": "deleted_at is null and 'log_in' = any(rights)"}


def _account(role: Holder, which: str) -> str:
    """The query for an account."""
    name, living = _NAME.get(role, "name"), _LIVING.get(role, "true")
    return (
        f"select id, email, {name} as name, password_hash, created_at from {role} where {living} and {which}"
    )


class AccountStore:
    """The kinds of account; the table is chosen by role, never by input."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self, role: Role, email: str, name: str, password_hash: str, must_change: bool, now: datetime
    ) -> int | None:
        """The new id, or None if the address is taken."""
        id: int | None = await self._db.value(
            f"insert into {role} (email, name, password_hash, must_change_password, created_at)"
            " values ($1, $2, $3, $4, $5)"
            " on conflict ((lower(email))) do nothing returning id",
            email,
            name,
            password_hash,
            must_change,
            now,
        )
        return id

    async def by_email(self, role: Holder, email: str) -> Account | None:
        row = await self._db.row(_account(role, "lower(email) = lower($1)"), email)
        return Account(**row) if row else None

    async def get(self, role: Holder, id: int) -> Account | None:
        row = await self._db.row(_account(role, "id = $1"), id)
        return Account(**row) if row else None

    async def hold(self, role: Holder, id: int) -> Account | None:
        """The account, held until the transaction ends."""
        row = await self._db.row(_account(role, "id = $1") + " for update", id)
        return Account(**row) if row else None

    async def remove_operator(self, operator_id: int) -> None:
        await self._db.execute(
            "delete from second_factors where role = 'operators' and account_id = $1", operator_id
        )
        await self._db.execute("delete from operators where id = $1", operator_id)

    async def shut_reason(self, seller_id: int) -> str | None:
        """Why a seller was shut out; None if they are not."""
        reason: str | None = await self._db.value("select shut_reason from sellers where id = $1", seller_id)
        return reason

    async def language(self, buyer_id: int) -> str | None:
        """The language that a buyer is written to in, where it is known."""
        language: str | None = await self._db.value("select language from buyers where id = $1", buyer_id)
        return language

    async def set_language(self, buyer_id: int, language: str) -> None:
        await self._db.execute("update buyers set language = $2 where id = $1", buyer_id, language)

    async def names(self, role: Role, ids: list[int]) -> dict[int, str]:
        rows = await self._db.fetch(f"select id, name from {role} where id = any($1)", ids)
        return {row["id"]: row["name"] for row in rows}

    async def set_password(self, role: Holder, id: int, password_hash: str, must_change: bool) -> None:
        await self._db.execute(
            f"update {role} set password_hash = $2, must_change_password = $3 where id = $1",
            id,
            password_hash,
            must_change,
        )


_SELLER = ", ".join(SellerRow.__struct_fields__)


class SellerStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, seller_id: int) -> SellerRow | None:
        row = await self._db.row(f"select {_SELLER} from sellers where id = $1", seller_id)
        return SellerRow(*row) if row else None

    async def lock(self, seller_id: int) -> SellerRow | None:
        """The seller, held until the transaction ends; what refers to them does not wait."""
        row = await self._db.row(f"select {_SELLER} from sellers where id = $1 for no key update", seller_id)
        return SellerRow(*row) if row else None

    async def of_ids(self, ids: list[int]) -> list[SellerRow]:
        rows = await self._db.fetch(f"select {_SELLER} from sellers where id = any($1)", ids)
        return [SellerRow(*row) for row in rows]

    async def by_email(self, email: str) -> SellerRow | None:
        row = await self._db.row(f"select {_SELLER} from sellers where lower(email) = lower($1)", email)
        return SellerRow(*row) if row else None

    async def all(self, after: int, most: int) -> list[SellerRow]:
        rows = await self._db.fetch(
            f"select {_SELLER} from sellers where id > $1 order by id limit $2", after, most
        )
        return [SellerRow(*row) for row in rows]

    async def page(self, words: str, before: int, most: int) -> list[SellerRow]:
        """Those with these words in name or address, newest first, with ids below `before`."""
        found = "and lower(name || ' ' || email) like $3" if words else ""
        rows = await self._db.fetch(
            f"select {_SELLER} from sellers where id < $1 {found} order by id desc limit $2",
            before,
            most,
            *([like_pattern(words)] if words else []),
        )
        return [SellerRow(*row) for row in rows]

    async def set_rights(self, seller_id: int, rights: list[str]) -> None:
        await self._db.execute("update sellers set rights = $2 where id = $1", seller_id, rights)

    async def shut(self, seller_id: int, now: datetime, reason: str) -> None:
        await self._db.execute(
            "update sellers set shut_at = $2, shut_reason = $3 where id = $1", seller_id, now, reason
        )

    async def let_in(self, seller_id: int) -> None:
        await self._db.execute(
            "update sellers set shut_at = null, shut_reason = null where id = $1", seller_id
        )
