"""Offers, their contents and tags. Owner first; a deleted offer is found by nobody."""

from collections import OrderedDict
from datetime import datetime
from typing import Any

import msgspec

from .database import Database, from_json, to_json
from .together import Together


class Tag(msgspec.Struct, frozen=True, array_like=True):
    """A label of offers; `weight` is how many living offers carry it."""

    id: int
    value: str
    value_translit: str
    weight: int


class Offer(msgspec.Struct, frozen=True, array_like=True):
    """One offer. Prices in kopecks; `discount_price` None when there is no discount.

    `hidden_reason` is why an operator hid it, if one did.
    """

    id: int
    seller_id: int
    title: str
    description: str
    section: int
    catalog_path: list[int]
    price: int
    discount_price: int | None
    age_rating: int
    tag_ids: list[int]
    gallery: list[str]
    cover: list[str]
    cover_source: int
    kinds: list[int]
    status: int
    rating: float
    created_at: datetime
    updated_at: datetime
    hidden_reason: str | None
    meta: dict[str, str | None] | None


class NewOffer(msgspec.Struct, frozen=True):
    """What a seller says of a new offer."""

    title: str
    description: str
    section: int
    catalog_path: list[int]
    price: int
    discount_price: int | None
    age_rating: int
    gallery: list[str]
    meta: dict[str, str | None] | None


class CarriedContent(msgspec.Struct, frozen=True, array_like=True):
    """A content as an offer carries it; `declared`, `found` and `files` are JSON."""

    offer_id: int
    id: int
    kind: int
    title: str
    description: str
    playlist: str
    status: int
    declared: str | None
    found: str | None
    files: str


class Listed(msgspec.Struct, frozen=True, array_like=True, eq=False, weakref=True):
    """An offer with its tags, in the seller's order, its contents, and how often it was seen and bought.

    One is known from another by identity, so that what is made of one can be kept beside it.
    """

    offer: Offer
    tags: list[Tag]
    contents: list[CarriedContent]
    views: int
    purchases: int


_COLUMNS = ", ".join(Offer.__struct_fields__)
_OFFER = f"select {_COLUMNS} from offers where seller_id = $1 and id = $2 and deleted_at is null"
_TAGS = "select id, value, value_translit, weight from tags where id = any($1)"
_CONTENTS = """
select oc.offer_id, c.id, c.kind, c.title, c.description, c.playlist, c.status,
    c.declared, c.found, c.files
from offer_contents oc join contents c on c.id = oc.content_id
where oc.offer_id = any($1) order by oc.offer_id, oc.position
"""

# An offer with its tags, contents and totals: one round trip, and one text a row. The driver takes nested rows
# apart value by value, in Python; of JSON the whole is made in one go, in a third of the time.
LISTED = f"""
json_build_array(
    json_build_array({", ".join("o." + column for column in Offer.__struct_fields__)}),
    coalesce((select json_agg(json_build_array(id, value, value_translit, weight)
        order by array_position(o.tag_ids, id)) from tags where id = any(o.tag_ids)), '[]'),
    coalesce(case when o.kinds <> '{{}}' then (
        select json_agg(json_build_array(oc.offer_id, c.id, c.kind, c.title, c.description, c.playlist, c.status,
            c.declared::text, c.found::text, c.files::text) order by oc.position)
        from offer_contents oc join contents c on c.id = oc.content_id
        where oc.offer_id = o.id
    ) end, '[]'),
    coalesce((select sum(views) from offer_totals where offer_id = o.id), 0),
    coalesce((select sum(purchases) from offer_totals where offer_id = o.id), 0)
)::text
"""
_SOME_LISTED = f"""
select asked.seller, asked.offer, {LISTED} from unnest($1::bigint[], $2::bigint[]) as asked (seller, offer)
join offers o on o.seller_id = asked.seller and o.id = asked.offer and o.deleted_at is null
"""

listed = msgspec.json.Decoder(Listed).decode
"""What LISTED selects."""

# The versions of all rows that LISTED of an offer is made of, and the totals: as long as this text stays, so does
# LISTED. It costs the database less than half as much.
_STAMP = """
(o.version, (select array_agg(xmin) from tags where id = any(o.tag_ids)),
    case when o.kinds <> '{}' then (
        select array_agg(c.xmin order by oc.position)
        from offer_contents oc join contents c on c.id = oc.content_id where oc.offer_id = o.id
    ) end,
    (select array[sum(views), sum(purchases)] from offer_totals where offer_id = o.id))::text
"""
MOST_KEPT = 2048


def _offer(row: Any) -> Offer:
    return Offer(*(*row[:-1], from_json(row[-1])))


class OfferStore:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[tuple[int, str], Listed] = OrderedDict()  # what was used last stands last
        self._together = Together(self._some_listed)

    async def get(self, seller_id: int, offer_id: int) -> Offer | None:
        row = await self._db.row(_OFFER, seller_id, offer_id)
        return _offer(row) if row else None

    async def get_listed(self, seller_id: int, offer_id: int) -> Listed | None:
        asked = (seller_id, offer_id)
        if self._db.in_transaction:  # what it wrote itself is for its own eyes
            return (await self._some_listed([asked])).get(asked)
        return await self._together.get(asked)

    async def _some_listed(self, asked: list[tuple[int, int]]) -> dict[tuple[int, int], Listed]:
        """Offers by seller and id."""
        rows = await self._db.fetch(_SOME_LISTED, *map(list, zip(*asked, strict=True)))
        return {(row[0], row[1]): listed(row[2]) for row in rows}

    async def lock(self, seller_id: int, offer_id: int) -> Offer | None:
        """The offer, held against changes by others until the transaction ends."""
        row = await self._db.row(_OFFER + " for update", seller_id, offer_id)
        return _offer(row) if row else None

    async def hidden(self, seller_id: int, most: int) -> list[Offer]:
        """A seller's offers that an operator hid, the last ones first."""
        rows = await self._db.fetch(
            f"select {_COLUMNS} from offers where seller_id = $1 and hidden_at is not null and deleted_at is null"
            " order by hidden_at desc, id desc limit $2",
            seller_id,
            most,
        )
        return [_offer(row) for row in rows]

    async def tags(self, ids: list[int]) -> dict[int, Tag]:
        return {row["id"]: Tag(*row) for row in await self._db.fetch(_TAGS, ids)}

    async def contents(self, offer_ids: list[int]) -> list[CarriedContent]:
        rows = await self._db.fetch(_CONTENTS, offer_ids)
        return [CarriedContent(*row) for row in rows]

    async def add(
        self, seller_id: int, new: NewOffer, tag_ids: list[int], kinds: list[int], status: int, now: datetime
    ) -> int:
        id: int = await self._db.value(
            "insert into offers (seller_id, title, title_folded, description, section, catalog_path, price,"
            " discount_price, age_rating, gallery, meta, tag_ids, kinds, status, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15) returning id",
            seller_id,
            new.title,
            new.title.casefold(),
            new.description,
            new.section,
            new.catalog_path,
            new.price,
            new.discount_price,
            new.age_rating,
            new.gallery,
            to_json(new.meta),
            tag_ids,
            kinds,
            status,
            now,
        )
        return id

    async def carry(self, offer_id: int, content_ids: list[int]) -> None:
        """Put contents into an offer, in this order."""
        await self._db.execute(
            "insert into offer_contents (offer_id, content_id, position)"
            " select $1, id, position from unnest($2::bigint[]) with ordinality as given (id, position)",
            offer_id,
            content_ids,
        )

    async def uncarry(self, offer_id: int) -> None:
        """Take all contents out of an offer."""
        await self._db.execute("delete from offer_contents where offer_id = $1", offer_id)

    async def change(self, offer_id: int, changes: dict[str, Any], now: datetime) -> None:
        """Set columns; the names are chosen by the domain, never by a request."""
        columns = list(changes)
        assert set(columns) <= _CHANGEABLE
        sets = ", ".join(f"{column} = ${place}" for place, column in enumerate(columns, 3))
        await self._db.execute(
            f"update offers set updated_at = $2{', ' if sets else ''}{sets} where id = $1",
            offer_id,
            now,
            *(to_json(value) if column == "meta" else value for column, value in changes.items()),
        )

    async def show_operators(self, offer_id: int, now: datetime) -> None:
        """Buyers read something new in an offer."""
        await self._db.execute(
            "update offers set unseen_since = coalesce(unseen_since, $2) where id = $1", offer_id, now
        )

    async def pause_some(self, seller_id: int, most: int, now: datetime) -> list[int]:
        """Pause some of the offers that a seller has on sale; which."""
        rows = await self._db.fetch(
            "update offers set status = 2, updated_at = $3 where id in (select id from offers where seller_id = $1"
            " and status = 1 and deleted_at is null order by created_at, id limit $2 for update) returning id",
            seller_id,
            most,
            now,
        )
        return sorted(row["id"] for row in rows)

    async def stock_wishes(self, seller_id: int, offer_id: int) -> tuple[int | None, bool] | None:
        """(keys left at which the seller is told, whether to pause at none)."""
        row = await self._db.row(
            "select low_stock_at, pause_when_sold_out from offers"
            " where seller_id = $1 and id = $2 and deleted_at is null",
            seller_id,
            offer_id,
        )
        return (row[0], row[1]) if row else None

    async def wish_stock(self, offer_id: int, low_stock_at: int | None, pause: bool) -> None:
        await self._db.execute(
            "update offers set low_stock_at = $2, pause_when_sold_out = $3,"
            " low_stock_told = low_stock_told and low_stock_at is not distinct from $2 where id = $1",
            offer_id,
            low_stock_at,
            pause,
        )

    async def count_tags(self, steps: list[tuple[str, str, str, int]]) -> dict[str, int]:
        """Change the weights of tags, making those that are new; ids by folded.

        Each step is (folded, value, transliterated, ±1 or 0). All are given at once and in order of
        folded, so that two offers that exchange tags wait for each other and never stand crosswise.
        """
        rows = await self._db.fetch(
            "insert into tags (folded, value, value_translit, weight)"
            " select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])"
            " on conflict (folded) do update set weight = tags.weight + excluded.weight"
            " returning folded, id",
            *([list(column) for column in zip(*steps, strict=True)] or [[], [], [], []]),
        )
        return {row["folded"]: row["id"] for row in rows}

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
    ) -> tuple[list[Listed], int]:
        """One page, and how many there are in all."""
        where, values = ["seller_id = $1", "deleted_at is null"], [seller_id]
        _filter(where, values, search=search, status=status)
        if kind is not None:
            values.append(kind)
            where.append(f"${len(values)} = any(kinds)")
        condition = " and ".join(where)
        direction = "desc" if descending else "asc"
        column = {"created": "created_at", "updated": "updated_at"}[sort]
        if search is None and kind is None:
            counted = "select coalesce(sum(total), 0)::bigint from offer_counts where seller_id = $1"
            counted += "" if status is None else " and status = $2"
        else:
            counted = f"select count(*) from offers where {condition}"
        order = f"order by {column} {direction}, id {direction}"
        rows = await self._db.fetch(
            f"select o.id, {_STAMP}, ({counted})"
            f" from (select *, xmin as version from offers where {condition} {order} offset {skip} limit {take}) o"
            f" {order}",
            *values,
        )
        # Past the last row there is nothing to carry the total along.
        total = rows[0][-1] if rows else await self._db.value(counted, *values)
        return await self._of_stamps(seller_id, [(row[0], row[1]) for row in rows]), total

    async def _of_stamps(self, seller_id: int, stamps: list[tuple[int, str]]) -> list[Listed]:
        """Offers by id and stamp. Lists show the same ones over and over: those that did not change are at hand."""
        found = {stamp: one for stamp in stamps if (one := self._kept.get(stamp))}
        if missing := {stamp[0]: stamp for stamp in stamps if stamp not in found}:
            rows = await self._db.fetch(
                f"select o.id, {LISTED} from offers o where seller_id = $1 and id = any($2)"
                " and deleted_at is null",
                seller_id,
                list(missing),
            )
            found |= {missing[row[0]]: listed(row[1]) for row in rows}
        if not self._db.in_transaction:  # where a row may change once more without a new version
            self._keep(found)
        return [found[stamp] for stamp in stamps if stamp in found]

    def _keep(self, found: dict[tuple[int, str], Listed]) -> None:
        self._kept |= found
        for stamp in found:
            self._kept.move_to_end(stamp)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def carrying(self, content_id: int) -> list[Offer]:
        """All living offers that carry a content, held until the transaction ends."""
        columns = ", ".join(f"o.{column}" for column in Offer.__struct_fields__)
        rows = await self._db.fetch(
            f"select {columns} from offer_contents oc join offers o on o.id = oc.offer_id"
            " where oc.content_id = $1 and o.deleted_at is null order by o.id for update of o",
            content_id,
        )
        return [_offer(row) for row in rows]

    async def drop_content(self, content_id: int) -> None:
        await self._db.execute("delete from offer_contents where content_id = $1", content_id)

    async def without_owner(self, offer_id: int) -> Offer | None:
        """For jobs, which act for the shop itself."""
        row = await self._db.row(
            f"select {_COLUMNS} from offers where id = $1 and deleted_at is null for update", offer_id
        )
        return _offer(row) if row else None


_CHANGEABLE = {
    *("title", "title_folded", "description", "section", "catalog_path", "price", "discount_price"),
    *("age_rating", "gallery", "meta", "tag_ids", "status", "cover", "cover_source", "kinds", "deleted_at"),
}


def like_pattern(search: str) -> str:
    """A pattern that finds `search` as a part, with % and _ meaning themselves."""
    escaped = search.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _filter(where: list[str], values: list[Any], *, search: str | None, status: int | None) -> None:
    if search is not None:
        values.append(like_pattern(search))
        where.append(f"title_folded like ${len(values)}")
    if status is not None:
        values.append(status)
        where.append(f"status = ${len(values)}")
