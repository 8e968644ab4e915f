"""Subcategories, and the kept totals of offers on sale."""

import asyncpg

from .database import Database


class CatalogStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def subcategories(self) -> list[asyncpg.Record]:
        return await self._db.fetch(
            "select id, section, name, position from subcategories order by section, position, id"
        )

    async def published_totals(self) -> dict[int, int]:
        rows = await self._db.fetch(
            "select section, sum(total)::bigint as total from offer_counts where status = 1 group by section"
        )
        return {row["section"]: row["total"] for row in rows}
