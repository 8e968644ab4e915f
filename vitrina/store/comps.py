"""Complimentary downloads: test copies that members took, free of charge."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database


class Comp(msgspec.Struct, frozen=True):
    """One test copy."""

    id: int
    group_id: int
    member_id: int
    item_id: int
    item_type: str
    size: str
    created_at: datetime


_COMP = ", ".join(Comp.__struct_fields__)


class CompStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self, group_id: int, member_id: int, item_id: int, item_type: str, size: str, now: datetime
    ) -> int:
        id: int = await self._db.value(
            "insert into comps (group_id, member_id, item_id, item_type, size, created_at)"
            " values ($1, $2, $3, $4, $5, $6) returning id",
            group_id,
            member_id,
            item_id,
            item_type,
            size,
            now,
        )
        return id

    async def page(
        self,
        group_id: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        member_id: int | None = None,
        types: list[str] | None = None,
        skip: int = 0,
        take: int = 100,
    ) -> tuple[list[Comp], int]:
        """A page of a group's test copies, newest first, and how many match."""
        values: list[Any] = [group_id]
        where = ["group_id = $1"]
        for condition, value in (
            ("created_at >= ", since),
            ("created_at <= ", until),
            ("member_id = ", member_id),
            ("item_type = any", types),
        ):
            if value is not None:
                values.append(value)
                where.append(f"{condition}(${len(values)})")
        conditions = " and ".join(where)
        rows = await self._db.fetch(
            f"select {_COMP} from comps where {conditions} order by created_at desc, id desc"
            f" offset {skip} limit {take}",
            *values,
        )
        total: int = await self._db.value(f"select count(*) from comps where {conditions}", *values)
        return [Comp(*row) for row in rows], total
