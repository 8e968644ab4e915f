"""Licence types of groups, and the licences issued to them."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database, from_json, to_json
from .offers import like_pattern


class LicenceType(msgspec.Struct, frozen=True):
    """What a group may buy: sizes and extended options with their prices in minor units."""

    id: int
    group_id: int
    name: str
    product_type: str
    fields: list[str]
    transfer_needs_option: bool
    sizes: dict[str, int]
    options: dict[int, int]


class NewLicence(msgspec.Struct, frozen=True):
    """One licence to be written; `options` is [[option, price], …]."""

    licence_type_id: int
    item_id: int
    item_type: str
    seller_id: int
    size: str
    price: int
    options: list[tuple[int, int]]


class Fields(msgspec.Struct, frozen=True):
    """What the group writes on a licence for its own books."""

    project: str | None = None
    client: str | None = None
    purchase_order: str | None = None
    isbn: str | None = None
    other: str | None = None


class Licence(msgspec.Struct, frozen=True):
    """An issued licence; its id is the transaction id of the enterprise wire."""

    id: int
    group_id: int
    member_id: int
    licence_type_id: int
    item_id: int
    item_type: str
    seller_id: int
    size: str
    price: int
    currency: str
    prepaid: bool
    project: str | None
    client: str | None
    purchase_order: str | None
    isbn: str | None
    other: str | None
    invoice_id: int | None
    invoice_state: str | None
    transfer_id: int | None
    created_at: datetime
    options: list[tuple[int, int]]


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which licences of a group are looked for: by words on them or by a number, theirs or their item's."""

    words: str | None = None
    number: int | None = None
    member_ids: list[int] | None = None
    since: datetime | None = None
    before: datetime | None = None
    transferred: bool = False


_LICENCE = ", ".join(
    "i.state" if field == "invoice_state" else f"l.{field}" for field in Licence.__struct_fields__
)
_FROM = "from licences l left join invoices i on i.id = l.invoice_id"
_TYPE = """
select t.id, t.group_id, t.name, t.product_type, t.fields, t.transfer_needs_option,
    array(select row(size, price) from licence_type_sizes where licence_type_id = t.id),
    array(select row(option, price) from licence_type_options where licence_type_id = t.id)
from licence_types t
"""
# Borders between the three types of the enterprise wire, see the contract's licensed_item_types.
_TYPES = {
    "paid": "(l.prepaid or i.state = 'paid')",
    "invoiced": "(not l.prepaid and i.state = 'unpaid')",
    "uninvoiced": "(not l.prepaid and (l.invoice_id is null or i.state = 'cancelled'))",
}

# As the index licences_words has it.
_WRITTEN = (
    "lower(coalesce(l.project, '') || E'\\n' || coalesce(l.client, '')"
    " || E'\\n' || coalesce(l.purchase_order, ''))"
)
NEAR = 10_000
_SORTS = {"timestamp": "l.created_at", "price": "l.price", "item_id": "l.item_id"}


def _licence(row: Any) -> Licence:
    return Licence(*(*row[:-1], [tuple(pair) for pair in from_json(row[-1])]))


def _type(row: Any) -> LicenceType:
    sizes, options = (dict(tuple(pair) for pair in row[place]) for place in (6, 7))
    return LicenceType(*(*row[:6], sizes, options))


def _conditions(sought: Sought, after: tuple[datetime, int] | None, values: list[Any]) -> list[str]:
    """What is sought besides words, as conditions whose values join the others."""
    members, found = sought.member_ids, ["l.transfer_id is not null"] if sought.transferred else []
    found += ["false"] if members == [] else []  # nobody is called so
    one = members[0] if members and len(members) == 1 else None  # by the index of a member's own
    for condition, value in (
        ("l.member_id = ${}", one),
        ("l.member_id = any(${})", members if one is None else None),
        ("l.created_at >= ${}", sought.since),
        ("l.created_at < ${}", sought.before),
    ):
        if value is not None:
            values.append(value)
            found.append(condition.format(len(values)))
    if after is not None:
        values += after
        found.append(f"(l.created_at, l.id) < (${len(values) - 1}, ${len(values)})")
    return found


def _written(sought: Sought, values: list[Any]) -> str:
    """The words that are sought, or the number, as a condition."""
    found = []
    if sought.words is not None:
        values.append(like_pattern(sought.words))
        found.append(f"{_WRITTEN} like lower(${len(values)})")
    if sought.number is not None:
        values.append(sought.number)
        found.append(f"l.id = ${len(values)} or l.item_id = ${len(values)}")
    return f"({' or '.join(found)})"


class LicenceTypeStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        group_id: int,
        name: str,
        product_type: str,
        fields: list[str],
        transfer_needs_option: bool,
        now: datetime,
    ) -> int:
        id: int = await self._db.value(
            "insert into licence_types (group_id, name, product_type, fields, transfer_needs_option, created_at)"
            " values ($1, $2, $3, $4, $5, $6) returning id",
            group_id,
            name,
            product_type,
            fields,
            transfer_needs_option,
            now,
        )
        return id

    async def set_prices(self, id: int, sizes: dict[str, int], options: dict[int, int]) -> None:
        """Replace all prices."""
        await self._db.execute("delete from licence_type_sizes where licence_type_id = $1", id)
        await self._db.execute("delete from licence_type_options where licence_type_id = $1", id)
        await self._db.execute(
            "insert into licence_type_sizes select $1, * from unnest($2::text[], $3::bigint[])",
            id,
            list(sizes),
            list(sizes.values()),
        )
        await self._db.execute(
            "insert into licence_type_options select $1, * from unnest($2::smallint[], $3::bigint[])",
            id,
            list(options),
            list(options.values()),
        )

    async def of_group(self, group_id: int) -> list[LicenceType]:
        rows = await self._db.fetch(
            f"{_TYPE} where t.group_id = $1 and t.closed_at is null order by t.id", group_id
        )
        return [_type(row) for row in rows]

    async def get(self, group_id: int, id: int) -> LicenceType | None:
        """A licence type, closed ones too: licences were issued of it."""
        row = await self._db.row(f"{_TYPE} where t.group_id = $1 and t.id = $2", group_id, id)
        return _type(row) if row else None

    async def of_ids(self, group_id: int, ids: list[int]) -> list[LicenceType]:
        """Those of the group's among these, closed ones too."""
        rows = await self._db.fetch(f"{_TYPE} where t.group_id = $1 and t.id = any($2)", group_id, ids)
        return [_type(row) for row in rows]

    async def close(self, group_id: int, id: int, now: datetime) -> bool:
        return 0 < await self._db.execute(
            "update licence_types set closed_at = coalesce(closed_at, $3) where group_id = $1 and id = $2",
            group_id,
            id,
            now,
        )


class LicenceStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        group_id: int,
        member_id: int,
        currency: str,
        prepaid: bool,
        fields: Fields,
        new: list[NewLicence],
        now: datetime,
    ) -> list[int]:
        """Write licences; their ids in the same order."""
        rows = await self._db.fetch(
            "insert into licences (group_id, member_id, currency, prepaid, project, client, purchase_order, isbn,"
            " other, created_at, licence_type_id, item_id, item_type, seller_id, size, price, options)"
            " select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, n.type, n.item, n.kind, n.seller, n.size, n.price,"
            " n.options::jsonb from unnest($11::bigint[], $12::bigint[], $13::text[], $14::bigint[], $15::text[],"
            " $16::bigint[], $17::text[]) with ordinality"
            " as n (type, item, kind, seller, size, price, options, place) order by n.place returning id",
            group_id,
            member_id,
            currency,
            prepaid,
            *msgspec.structs.astuple(fields),
            now,
            [one.licence_type_id for one in new],
            [one.item_id for one in new],
            [one.item_type for one in new],
            [one.seller_id for one in new],
            [one.size for one in new],
            [one.price for one in new],
            [to_json(one.options) for one in new],
        )
        return [row["id"] for row in rows]

    async def get(self, group_id: int, id: int) -> Licence | None:
        row = await self._db.row(
            f"select {_LICENCE} {_FROM} where l.group_id = $1 and l.id = $2", group_id, id
        )
        return _licence(row) if row else None

    async def of_ids(self, group_id: int, ids: list[int]) -> list[Licence]:
        """The group's licences among these."""
        rows = await self._db.fetch(
            f"select {_LICENCE} {_FROM} where l.group_id = $1 and l.id = any($2) order by l.id", group_id, ids
        )
        return [_licence(row) for row in rows]

    async def lock(self, group_id: int, ids: list[int]) -> list[Licence]:
        """The group's licences among these, held until the transaction ends."""
        rows = await self._db.fetch(
            f"select {_LICENCE} {_FROM} where l.group_id = $1 and l.id = any($2) order by l.id for update of l",
            group_id,
            ids,
        )
        return [_licence(row) for row in rows]

    async def held(self, group_id: int, item_ids: list[int]) -> list[Licence]:
        """All licences that the group holds for these items and has not passed on."""
        rows = await self._db.fetch(
            f"select {_LICENCE} {_FROM} where l.group_id = $1 and l.item_id = any($2) and l.transfer_id is null"
            " order by l.id limit 10000",
            group_id,
            item_ids,
        )
        return [_licence(row) for row in rows]

    async def page(
        self,
        group_id: int,
        *,
        type: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        member_id: int | None = None,
        item_ids: list[int] | None = None,
        size: str | None = None,
        transferred: bool = False,
        sort: str = "timestamp",
        descending: bool = True,
        skip: int = 0,
        take: int = 100,
    ) -> tuple[list[Licence], int]:
        """A page of the group's licences, and how many match."""
        values: list[Any] = [group_id]
        where = ["l.group_id = $1"]
        for condition, value in (
            ("l.created_at >= ", since),
            ("l.created_at <= ", until),
            ("l.member_id = ", member_id),
            ("l.item_id = any", item_ids),
            ("l.size = ", size),
        ):
            if value is not None:
                values.append(value)
                where.append(f"{condition}(${len(values)})")
        if type is not None:
            where.append(_TYPES[type])
        if transferred:
            where.append("l.transfer_id is not null")
        conditions = " and ".join(where)
        direction = "desc" if descending else "asc"
        rows = await self._db.fetch(
            f"select {_LICENCE} {_FROM} where {conditions} order by {_SORTS[sort]} {direction}, l.id {direction}"
            f" offset {skip} limit {take}",
            *values,
        )
        total: int = await self._db.value(f"select count(*) {_FROM} where {conditions}", *values)
        return [_licence(row) for row in rows], total

    async def behind(
        self, group_id: int, sought: Sought, after: tuple[datetime, int] | None, most: int
    ) -> list[Licence]:
        """Those of the group's that are sought, newest first, behind (time, id); nothing is counted."""
        values: list[Any] = [group_id]
        where = " and ".join(("l.group_id = $1", *_conditions(sought, after, values)))
        newest = f"licences l where {where} order by l.created_at desc, l.id desc limit"
        if sought.words is None and sought.number is None:
            return await self._in_order(f"{newest} {most}", "true", values, most)
        # What is on many licences is soon met among the newest; what is on few is found by its words. The
        # planner, who knows neither, would read a million licences for some of either kind.
        written = _written(sought, values)
        found = await self._in_order(f"{newest} {NEAR}", written, values, most)
        if len(found) < most:
            found = await self._in_order(f"licences l where {where} and {written}", "true", values, most)
        return found

    async def _in_order(self, source: str, where: str, values: list[Any], most: int) -> list[Licence]:
        """The newest of some licences, which are looked for without regard to the order that is wanted."""
        rows = await self._db.fetch(
            f"with l as materialized (select l.* from {source})"
            f" select {_LICENCE} from l left join invoices i on i.id = l.invoice_id where {where}"
            f" order by l.created_at desc, l.id desc limit {most}",
            *values,
        )
        return [_licence(row) for row in rows]

    async def on_no_invoice(self, group_id: int, most: int) -> list[Licence]:
        """The newest of those that are on no invoice, or on one of the last that were cancelled."""
        rows = await self._db.fetch(
            f"select {_LICENCE} {_FROM} where l.id in ("
            " (select id from licences where group_id = $1 and invoice_id is null"
            "  order by created_at desc, id desc limit $2)"
            " union all (select on_it.id from (select id from invoices where group_id = $1 and state = 'cancelled'"
            "  order by created_at desc, id desc limit $2) c join licences on_it on on_it.invoice_id = c.id"
            "  order by on_it.created_at desc, on_it.id desc limit $2)"
            ") order by l.created_at desc, l.id desc limit $2",
            group_id,
            most,
        )
        return [_licence(row) for row in rows]

    async def put_on_invoice(self, ids: list[int], invoice_id: int, purchase_order: str | None) -> None:
        """On this one from now on; a cancelled one that they were on keeps them as its rows."""
        await self._db.execute(
            "with former as (insert into former_invoices select invoice_id, id from licences"
            " where id = any($1) and invoice_id is not null)"
            " update licences set invoice_id = $2, purchase_order = coalesce($3, purchase_order)"
            " where id = any($1)",
            ids,
            invoice_id,
            purchase_order,
        )

    async def of_invoice(self, invoice_id: int, after: int = 0, most: int | None = None) -> list[Licence]:
        """The licences on an invoice behind an id; all of them unless `most` bounds them."""
        rows = await self._db.fetch(
            f"select {_LICENCE} {_FROM} where l.id > $2 and l.id in (select id from licences where invoice_id = $1"
            " union all select licence_id from former_invoices where invoice_id = $1) order by l.id limit $3",
            invoice_id,
            after,
            most,
        )
        return [_licence(row) for row in rows]

    async def uninvoiced_before(self, group_id: int, before: datetime) -> list[Licence]:
        """A postpaid group's licences that are on no living invoice, held until the transaction ends."""
        rows = await self._db.fetch(
            f"select {_LICENCE} {_FROM} where l.group_id = $1 and l.created_at < $2"
            f" and {_TYPES['uninvoiced']} order by l.id for update of l",
            group_id,
            before,
        )
        return [_licence(row) for row in rows]
