"""Folders of the file store, and whose they are."""

from datetime import datetime

import msgspec

from .database import Database


class Folder(msgspec.Struct, frozen=True):
    """`names` are the files in it, known for pictures; None for what a media job wrote."""

    path: str
    seller_id: int
    content_id: int | None
    names: list[str] | None


class FolderStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        seller_id: int,
        path: str,
        now: datetime,
        *,
        content_id: int | None = None,
        names: list[str] | None = None,
    ) -> None:
        await self._db.execute(
            "insert into folders (path, seller_id, content_id, names, created_at) values ($1, $2, $3, $4, $5)",
            path,
            seller_id,
            content_id,
            names,
            now,
        )

    async def get(self, seller_id: int, path: str) -> Folder | None:
        row = await self._db.row(
            "select path, seller_id, content_id, names from folders where seller_id = $1 and path = $2",
            seller_id,
            path,
        )
        return Folder(*row) if row else None

    async def owned(self, seller_id: int, paths: list[str]) -> dict[str, Folder]:
        """Those of the folders that are the seller's, by path."""
        rows = await self._db.fetch(
            "select path, seller_id, content_id, names from folders where seller_id = $1 and path = any($2)",
            seller_id,
            paths,
        )
        return {row["path"]: Folder(*row) for row in rows}

    async def of_content(self, content_id: int) -> list[str]:
        rows = await self._db.fetch("select path from folders where content_id = $1", content_id)
        return [row["path"] for row in rows]

    async def orphans(self, before: datetime, most: int) -> list[str]:
        """Folders of pictures that were uploaded before a time and that no offer and no content refers to."""
        rows = await self._db.fetch(
            "select f.path from folders f where f.content_id is null and f.created_at < $1"
            " and not exists (select from offers o where o.seller_id = f.seller_id"
            "  and exists (select from unnest(o.gallery || o.cover) as uri where starts_with(uri, f.path || '/')))"
            " and not exists (select from contents c where c.seller_id = f.seller_id and c.deleted_at is null"
            "  and c.declared ? 'cover' and c.declared->'cover'->>0 like f.path || '/%')"
            " order by f.created_at limit $2",
            before,
            most,
        )
        return [row["path"] for row in rows]

    async def remove(self, paths: list[str]) -> None:
        await self._db.execute("delete from folders where path = any($1)", paths)
