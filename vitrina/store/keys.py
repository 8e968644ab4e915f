"""Activation keys, sealed; counts are kept by the table's triggers."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database


class KeyRow(msgspec.Struct, frozen=True):
    """One key; `sealed` opens only with the shop's secret. `sold_price` in kopecks."""

    id: int
    offer_id: int
    sealed: bytes
    status: int
    created_at: datetime
    sold_at: datetime | None
    deleted_at: datetime | None
    sold_title: str | None
    sold_price: int | None
    batch: str | None


class KeyCounts(msgspec.Struct, frozen=True):
    available: int = 0
    reserved: int = 0
    sold: int = 0
    deleted: int = 0
    expired: int = 0

    @property
    def total(self) -> int:
        return self.available + self.reserved + self.sold + self.deleted + self.expired


_COLUMNS = ", ".join(KeyRow.__struct_fields__)


class KeyStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self, seller_id: int, offer_id: int, keys: list[tuple[bytes, bytes]], batch: str | None, now: datetime
    ) -> set[bytes]:
        """Insert (sealed, fingerprint) pairs; the fingerprints that were new."""
        sealed, fingerprints = ([pair[place] for pair in keys] for place in (0, 1))
        rows = await self._db.fetch(
            "insert into keys (offer_id, seller_id, sealed, fingerprint, created_at, batch)"
            " select $1, $2, given.sealed, given.fingerprint, $5, $6"
            " from unnest($3::bytea[], $4::bytea[]) as given (sealed, fingerprint)"
            " on conflict (offer_id, fingerprint) do nothing returning fingerprint",
            offer_id,
            seller_id,
            sealed,
            fingerprints,
            now,
            batch,
        )
        return {row["fingerprint"] for row in rows}

    async def known(self, offer_id: int, fingerprints: list[bytes]) -> set[bytes]:
        """Those of the fingerprints that the offer has already."""
        rows = await self._db.fetch(
            "select fingerprint from keys where offer_id = $1 and fingerprint = any($2)",
            offer_id,
            fingerprints,
        )
        return {row[0] for row in rows}

    async def counts(self, offer_id: int) -> KeyCounts:
        row = await self._db.row(
            "select sum(available)::bigint, sum(reserved)::bigint, sum(sold)::bigint, sum(deleted)::bigint,"
            " sum(expired)::bigint from key_counts where offer_id = $1",
            offer_id,
        )
        return KeyCounts(*row) if row and row[0] is not None else KeyCounts()

    async def page(
        self, seller_id: int, offer_id: int, statuses: list[int], skip: int, take: int
    ) -> list[KeyRow]:
        rows = await self._db.fetch(
            f"select {_COLUMNS} from keys where seller_id = $1 and offer_id = $2 and status = any($3)"
            " order by id offset $4 limit $5",
            seller_id,
            offer_id,
            statuses,
            skip,
            take,
        )
        return [KeyRow(*row) for row in rows]

    async def behind(
        self, seller_id: int, offer_id: int, statuses: list[int], after: int, most: int
    ) -> list[KeyRow]:
        """Keys behind an id, oldest first: a list of any length can be read in steps."""
        rows = await self._db.fetch(
            f"select {_COLUMNS} from keys where seller_id = $1 and offer_id = $2 and status = any($3) and id > $4"
            " order by id limit $5",
            seller_id,
            offer_id,
            statuses,
            after,
            most,
        )
        return [KeyRow(*row) for row in rows]

    async def sold_page(
        self,
        seller_id: int,
        offer_id: int | None,
        since: datetime | None,
        until: datetime | None,
        skip: int,
        take: int,
    ) -> tuple[list[KeyRow], int]:
        """Sold keys, oldest sale first, and how many there are in all."""
        values: list[Any] = [seller_id]
        where = ["seller_id = $1", "status = 2"]
        for condition, value in (("offer_id =", offer_id), ("sold_at >=", since), ("sold_at <", until)):
            if value is not None:
                values.append(value)
                where.append(f"{condition} ${len(values)}")
        condition = " and ".join(where)
        rows = await self._db.fetch(
            f"select {_COLUMNS} from keys where {condition} order by sold_at, id offset {skip} limit {take}",
            *values,
        )
        total = await self._db.value(f"select count(*) from keys where {condition}", *values)
        return [KeyRow(*row) for row in rows], total

    async def chosen(self, seller_id: int, offer_id: int, ids: list[int]) -> list[KeyRow]:
        """Those of the keys that the offer has."""
        rows = await self._db.fetch(
            f"select {_COLUMNS} from keys where seller_id = $1 and offer_id = $2 and id = any($3) order by id",
            seller_id,
            offer_id,
            ids,
        )
        return [KeyRow(*row) for row in rows]

    async def lock(self, seller_id: int, ids: list[int]) -> dict[int, int]:
        """Status by id of those keys that are the seller's, held until the transaction ends."""
        rows = await self._db.fetch(
            "select id, status from keys where seller_id = $1 and id = any($2) order by id for update",
            seller_id,
            ids,
        )
        return {row["id"]: row["status"] for row in rows}

    async def delete(self, ids: list[int], now: datetime) -> None:
        await self._db.execute("update keys set status = 3, deleted_at = $2 where id = any($1)", ids, now)
