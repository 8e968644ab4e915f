"""Stock items: reading them for search, licensing and the enterprise wire."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database, from_json
from .search import LINKS, OFF_SALE, Links


class Summary(msgspec.Struct, frozen=True, array_like=True):
    """What lists show of an item, with its author's name."""

    id: int
    seller_id: int
    seller: str
    type: str
    status: str
    title: str
    description: str
    editorial: bool
    nudity: bool
    exclusive: bool
    free: bool
    releases: list[int]
    width: int
    height: int
    size: int
    extension: str
    duration_ms: int | None
    fps: int | None
    channels: int | None
    bitrate: int | None
    sample_rate: int | None
    views: int
    downloads: int
    created_at: datetime
    published_at: datetime | None
    updated_at: datetime
    translations: dict[str, dict[str, Any]]


class Item(Summary, frozen=True):
    """All of an item. `fingerprint` is a perceptual hash, `folder` holds its previews."""

    content_id: int
    language: str
    keywords: list[str]
    categories: list[int]
    collection: str
    illustration: bool
    people: int | None
    genders: list[str]
    ages: list[str]
    races: list[str]
    people_only: bool
    barred_in: list[str]
    series: str | None
    model: str | None
    colors: list[int]
    fingerprint: int | None
    folder: str | None


# Of a seller who is shut out nothing is on sale, whatever their items were before.
_SPECIAL = {
    "seller": "s.name",
    "status": "case when i.status = 'active' and s.shut_at is not null then 'inactive' else i.status end",
}
_ITEM = ", ".join(_SPECIAL.get(field, f"i.{field}") for field in Item.__struct_fields__)
_TRANSLATIONS = Item.__struct_fields__.index("translations")
_FROM = "from items i join sellers s on s.id = i.seller_id"

# Of the translations one; and one text a row: the driver takes columns apart one by one, of JSON all is made at once.
_OF_SUMMARY = _SPECIAL | {
    "translations": "case when $3::text is null then '{}'"
    " else jsonb_build_object($3::text, coalesce(i.translations -> $3, '{}')) end"
}
_SUMMARY = ", ".join(_OF_SUMMARY.get(field, f"i.{field}") for field in Summary.__struct_fields__)
_LISTED = f"""
with {OFF_SALE}
select json_build_array(json_build_array({_SUMMARY}), json_build_array({LINKS}))::text
{_FROM} left join item_links l on l.item_id = i.id
where i.id = any($1) and i.status = 'active' and s.shut_at is null
"""
_listed = msgspec.json.Decoder(tuple[Summary, Links]).decode


def _item(row: Any) -> Item:
    values = list(row)
    values[_TRANSLATIONS] = from_json(values[_TRANSLATIONS])
    return Item(*values)


class ItemStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, id: int) -> Item | None:
        """An item in whatever state."""
        row = await self._db.row(f"select {_ITEM} {_FROM} where i.id = $1", id)
        return _item(row) if row else None

    async def of_ids(self, ids: list[int]) -> dict[int, Item]:
        """Items in whatever state, by id."""
        rows = await self._db.fetch(f"select {_ITEM} {_FROM} where i.id = any($1)", ids)
        return {row["id"]: _item(row) for row in rows}

    async def listed(
        self, ids: list[int], most: int, language: str | None
    ) -> dict[int, tuple[Summary, Links]]:
        """Those on sale, in one language beside their own, and of each kind that belongs to them so many at most."""
        rows = await self._db.fetch(_LISTED, ids, most, language)
        return {one[0].id: one for row in rows for one in [_listed(row[0])]}

    async def changed(self, since: datetime, until: datetime, skip: int, take: int) -> tuple[list[Item], int]:
        """Active items that changed in a span, both ends inclusive, oldest first, and how many."""
        where = "i.updated_at >= $1 and i.updated_at <= $2 and i.status = 'active' and s.shut_at is null"
        rows = await self._db.fetch(
            f"select {_ITEM} {_FROM} where {where} order by i.updated_at, i.id offset $3 limit $4",
            since,
            until,
            skip,
            take,
        )
        total: int = await self._db.value(f"select count(*) {_FROM} where {where}", since, until)
        return [_item(row) for row in rows], total

    async def left(self, since: datetime, until: datetime) -> list[int]:
        """Ids that left the catalogue in a span."""
        rows = await self._db.fetch(
            f"select i.id {_FROM} where i.updated_at >= $1 and i.updated_at <= $2"
            " and (i.status <> 'active' or s.shut_at is not null)"
            " and i.published_at is not null order by i.updated_at, i.id limit 100000",
            since,
            until,
        )
        return [row["id"] for row in rows]

    async def feed(self, after: tuple[int, int], most: int) -> list[tuple[tuple[int, int], Item]]:
        """Items behind a place in the order of changes, with their own places, so that a reader misses none.

        A place is (transaction, id). Changes of transactions that may still be running wait for the next time.
        """
        rows = await self._db.fetch(
            f"select i.changed_in::text::bigint, {_ITEM} {_FROM}"
            " where (i.changed_in, i.id) > ($1::bigint::text::xid8, $2)"
            " and i.changed_in < pg_snapshot_xmin(pg_current_snapshot())"
            " order by i.changed_in, i.id limit $3",
            *after,
            most,
        )
        return [((row[0], row[1]), _item(row[1:])) for row in rows]

    async def counts(self, since: datetime) -> tuple[int, int]:
        """How many items are on sale, and how many of them were published since."""
        row = await self._db.row(
            f"select count(*), count(*) filter (where i.published_at >= $1) {_FROM}"
            " where i.status = 'active' and s.shut_at is null",
            since,
        )
        assert row
        return row[0], row[1]

    async def categories(self) -> dict[int, tuple[str, str]]:
        """(English, Russian) names by id."""
        rows = await self._db.fetch("select id, name, name_ru from item_categories order by id")
        return {row["id"]: (row["name"], row["name_ru"]) for row in rows}

    async def related(self, item: Item, most: int) -> tuple[list[int], list[int]]:
        """(same series, same model): ids of other active items of the same seller."""
        rows = await self._db.fetch(
            "select id, series = $3 as series, model = $4 as model from items where seller_id = $1 and id <> $2"
            " and status = 'active' and (series = $3 or model = $4) order by id limit $5",
            item.seller_id,
            item.id,
            item.series,
            item.model,
            most,
        )
        return [row["id"] for row in rows if row["series"]], [row["id"] for row in rows if row["model"]]

    async def look_again(self, seller_id: int, after: int, most: int, now: datetime) -> int | None:
        """Have search look again at some of a seller's active items behind the id `after`; the last of them."""
        rows = await self._db.fetch(
            "update items set updated_at = $4 where id in (select id from items where seller_id = $1 and id > $2"
            " and status = 'active' order by id limit $3) returning id",
            seller_id,
            after,
            most,
            now,
        )
        return max((row["id"] for row in rows), default=None)
