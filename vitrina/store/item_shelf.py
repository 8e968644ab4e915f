"""The seller's and the workers' side of stock items: putting them on the shelf, what was derived, rendered sizes."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database, to_json


class StockWork(msgspec.Struct, frozen=True):
    """An item with the content that it offers."""

    item_id: int
    seller_id: int
    content_id: int
    type: str
    status: str
    title: str
    folder: str | None
    published_at: datetime | None
    kind: int
    media_type: str
    uri: str
    content_status: int
    failure: str | None
    content_deleted: bool


class ItemFile(msgspec.Struct, frozen=True):
    """A size that was rendered."""

    uri: str
    media_type: str


_WORK = """
select i.id, i.seller_id, i.content_id, i.type, i.status, i.title, i.folder, i.published_at, c.kind, c.media_type,
    c.uri, c.status, c.failure, c.deleted_at is not null
from items i join contents c on c.id = i.content_id
"""
_JSON = {"translations"}
_COLUMNS = {
    *(
        "title",
        "description",
        "language",
        "translations",
        "keywords",
        "categories",
        "collection",
        "editorial",
    ),
    *("nudity", "exclusive", "illustration", "free", "people", "genders", "ages", "races", "people_only"),
    *(
        "barred_in",
        "releases",
        "series",
        "model",
        "status",
        "width",
        "height",
        "duration_ms",
        "fps",
        "colors",
    ),
    *("fingerprint", "folder", "published_at", "unseen_since", "hidden_at", "hidden_reason"),
}


class ItemShelf:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, seller_id: int, content_id: int, now: datetime, **columns: Any) -> int | None:
        """Put a content on the shelf, not yet on sale; None if it, or its source, is there already."""
        names = ["seller_id", "content_id", "created_at", "updated_at", "status", *columns]
        values = [seller_id, content_id, now, now, "inactive", *_values(columns)]
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        id: int | None = await self._db.value(
            f"insert into items ({', '.join(names)}) values ({places}) on conflict do nothing returning id",
            *values,
        )
        return id

    async def change(self, item_id: int, changes: dict[str, Any], now: datetime) -> None:
        """Set columns; the names are chosen by the domain, never by a request."""
        assert set(changes) <= _COLUMNS
        sets = ", ".join(f"{column} = ${place}" for place, column in enumerate(changes, 3))
        await self._db.execute(
            f"update items set updated_at = $2, {sets} where id = $1", item_id, now, *_values(changes)
        )

    async def by_source(self, seller_id: int, source: str) -> int | None:
        id: int | None = await self._db.value(
            "select id from items where seller_id = $1 and source = $2", seller_id, source
        )
        return id

    async def get(self, seller_id: int, item_id: int) -> StockWork | None:
        row = await self._db.row(f"{_WORK} where i.seller_id = $1 and i.id = $2", seller_id, item_id)
        return StockWork(*row) if row else None

    async def without_owner(self, item_id: int) -> StockWork | None:
        """For the operator, and for jobs, which act for the shop itself."""
        row = await self._db.row(f"{_WORK} where i.id = $1", item_id)
        return StockWork(*row) if row else None

    async def lock(self, item_id: int) -> StockWork | None:
        """The same, held until the transaction ends."""
        row = await self._db.row(f"{_WORK} where i.id = $1 for update", item_id)
        return StockWork(*row) if row else None

    async def page(self, seller_id: int | None, skip: int, take: int) -> tuple[list[StockWork], int]:
        """A page of a seller's items, or of all sellers', newest first, and how many there are."""
        where = "where ($1::bigint is null or i.seller_id = $1)"
        rows = await self._db.fetch(
            f"{_WORK} {where} order by i.id desc offset $2 limit $3", seller_id, skip, take
        )
        total: int = await self._db.value(f"select count(*) from items i {where}", seller_id)
        return [StockWork(*row) for row in rows], total

    async def own_folder(self, path: str, content_id: int) -> None:
        """From now on the folder goes when the content goes."""
        await self._db.execute("update folders set content_id = $2 where path = $1", path, content_id)

    # --- rendered sizes ----------------------------------------------------------------------------------

    async def file(self, item_id: int, size: str) -> ItemFile | None:
        row = await self._db.row(
            "select uri, media_type from item_files where item_id = $1 and size = $2", item_id, size
        )
        return ItemFile(*row) if row else None

    async def keep_file(self, item_id: int, size: str, uri: str, media_type: str, bytes: int) -> None:
        await self._db.execute(
            "insert into item_files (item_id, size, uri, media_type, bytes) values ($1, $2, $3, $4, $5)"
            " on conflict (item_id, size) do update set uri = $3, media_type = $4, bytes = $5",
            item_id,
            size,
            uri,
            media_type,
            bytes,
        )

    async def forget_files(self, item_id: int) -> None:
        """The rendered sizes go with the folder that they lie in."""
        await self._db.execute("delete from item_files where item_id = $1", item_id)

    async def took(self, copy: int, group_id: int, item_id: int, size: str) -> bool:
        """Whether this is a test copy that a member of the group took."""
        found = await self._db.value(
            "select exists (select from comps where id = $1 and group_id = $2 and item_id = $3 and size = $4)",
            copy,
            group_id,
            item_id,
            size,
        )
        return bool(found)


def _values(columns: dict[str, Any]) -> list[Any]:
    return [to_json(value) if column in _JSON else value for column, value in columns.items()]
