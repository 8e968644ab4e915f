"""Contents: a seller's works, with what the seller declared and what the shop found in the file."""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from .database import Database, to_json
from .offers import like_pattern


class Content(msgspec.Struct, frozen=True):
    """One work. `uri` is the master file, `size` its bytes, `declared`, `found` and `files` are JSON."""

    id: int
    seller_id: int
    kind: int
    media_type: str
    title: str
    description: str
    uri: str
    size: int
    status: int
    failure: str | None
    playlist: str
    created_at: datetime
    updated_at: datetime
    declared: str | None
    found: str | None
    files: str


_COLUMNS = ", ".join(Content.__struct_fields__)
# Stock pictures, drawings and footage (from 100 on) are reached through their items.
_SOLD = "deleted_at is null and kind < 100"
_CONTENT = f"select {_COLUMNS} from contents where seller_id = $1 and id = $2 and {_SOLD}"
_CHANGEABLE = {
    *("title", "title_folded", "description", "status", "failure", "found", "files", "playlist"),
    *("deleted_at", "media_type"),
}

_JSON = {"found", "files"}


def _content(row: asyncpg.Record) -> Content:
    return Content(*row)


class ContentStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        seller_id: int,
        *,
        kind: int,
        media_type: str,
        title: str,
        description: str,
        uri: str,
        size: int,
        declared: dict[str, Any] | None,
        now: datetime,
    ) -> int:
        id: int = await self._db.value(
            "insert into contents (seller_id, kind, media_type, title, title_folded, description, uri, size,"
            " status, declared, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $10) returning id",
            seller_id,
            kind,
            media_type,
            title,
            title.casefold(),
            description,
            uri,
            size,
            to_json(declared),
            now,
        )
        return id

    async def get(self, seller_id: int, content_id: int) -> Content | None:
        row = await self._db.row(_CONTENT, seller_id, content_id)
        return _content(row) if row else None

    async def lock(self, seller_id: int, content_id: int) -> Content | None:
        row = await self._db.row(_CONTENT + " for update", seller_id, content_id)
        return _content(row) if row else None

    async def share(self, seller_id: int, content_ids: list[int]) -> list[Content]:
        """The seller's contents among these, held against deletion until the transaction ends."""
        rows = await self._db.fetch(
            f"select {_COLUMNS} from contents where seller_id = $1 and id = any($2) and {_SOLD}"
            " order by id for share",
            seller_id,
            content_ids,
        )
        return [_content(row) for row in rows]

    async def without_owner(self, content_id: int) -> Content | None:
        """For jobs, which act for the shop itself."""
        row = await self._db.row(
            f"select {_COLUMNS} from contents where id = $1 and deleted_at is null for update", content_id
        )
        return _content(row) if row else None

    async def change(self, content_id: int, changes: dict[str, Any], now: datetime) -> None:
        """Set columns; the names are chosen by the domain, never by a request."""
        columns = list(changes)
        assert set(columns) <= _CHANGEABLE
        sets = ", ".join(f"{column} = ${place}" for place, column in enumerate(columns, 3))
        await self._db.execute(
            f"update contents set updated_at = $2, {sets} where id = $1",
            content_id,
            now,
            *(to_json(value) if column in _JSON else value for column, value in changes.items()),
        )

    async def end_licensing(self, content_id: int, now: datetime) -> None:
        """The item that offers it, if there is one, goes off sale for good."""
        await self._db.execute(
            "update items set status = 'deleted', updated_at = $2 where content_id = $1 and status <> 'deleted'",
            content_id,
            now,
        )

    async def page(
        self,
        seller_id: int,
        *,
        search: str | None,
        kind: int | None,
        status: int | None,
        sort: str,
        descending: bool,
        skip: int,
        take: int,
    ) -> tuple[list[Content], int]:
        """One page, and how many there are in all."""
        values: list[Any] = [seller_id]
        where = ["seller_id = $1", _SOLD]
        pattern = None if search is None else like_pattern(search)
        for condition, value in (("title_folded like", pattern), ("kind =", kind), ("status =", status)):
            if value is not None:
                values.append(value)
                where.append(f"{condition} ${len(values)}")
        condition = " and ".join(where)
        direction = "desc" if descending else "asc"
        column = {"created": "created_at", "updated": "updated_at"}[sort]
        rows = await self._db.fetch(
            f"select {_COLUMNS} from contents where {condition} order by {column} {direction}, id {direction}"
            f" offset {skip} limit {take}",
            *values,
        )
        total = await self._db.value(f"select count(*) from contents where {condition}", *values)
        return [_content(row) for row in rows], total
