"""What the shop turned over: sums by day and by offer, brought up to date from the event log."""

from datetime import date, datetime

import msgspec

from .database import Database

Place = tuple[int, int]


class Turnover(msgspec.Struct, frozen=True):
    """One day (UTC) in one currency; money in minor units."""

    day: date
    currency: str
    orders: int = 0
    revenue: int = 0
    refunds: int = 0
    commission: int = 0
    buyers: int = 0
    licences: int = 0
    licensed: int = 0


class Best(msgspec.Struct, frozen=True):
    """An offer or a seller that sold most."""

    id: int
    name: str
    sold: int
    revenue: int


_LOT = """
lot as materialized (
    select kind, subject_id, data, (at at time zone 'UTC')::date as day from events
    where (transaction, id) > ($1::bigint::text::xid8, $2) and (transaction, id) <= ($3::bigint::text::xid8, $4)
)
"""
_ADD_DAYS = f"""
with {_LOT}, orders_of as (
    select lot.day, lot.kind, o.total, coalesce((select -sum(amount) from ledger_entries e where e.order_id = o.id
        and e.account = 'shop:commission' and e.reason = 'sale'), 0) as fee
    from lot join orders o on o.id = lot.subject_id
    where lot.kind in ('order.paid', 'order.refunded', 'order.refund_reversed')
), parts as (
    select day, 'RUB' as currency, (kind = 'order.paid')::integer as orders,
        case when kind = 'order.paid' then total else 0 end as revenue,
        case kind when 'order.refunded' then total when 'order.refund_reversed' then -total else 0 end as refunds,
        case when kind = 'order.refunded' then -fee else fee end as commission, 0 as buyers, 0 as licences,
        0 as licensed
    from orders_of
    union all
    select day, 'RUB', 0, 0, 0, 0, 1, 0, 0 from lot where kind in ('buyer.registered', 'buyer.created')
    union all
    select lot.day, l.currency, 0, 0, 0, coalesce((lot.data ->> 'fee')::bigint, 0), 0, 1, l.price
    from lot join licences l on l.id = lot.subject_id where lot.kind = 'licence.issued'
)
insert into turnover_days as t
select day, currency, sum(orders), sum(revenue), sum(refunds), sum(commission), sum(buyers), sum(licences),
    sum(licensed)
from parts group by day, currency
on conflict (day, currency) do update set orders = t.orders + excluded.orders,
    revenue = t.revenue + excluded.revenue, refunds = t.refunds + excluded.refunds,
    commission = t.commission + excluded.commission, buyers = t.buyers + excluded.buyers,
    licences = t.licences + excluded.licences, licensed = t.licensed + excluded.licensed
"""
_ADD_OFFERS = f"""
with {_LOT}, sold as materialized (
    select day, subject_id as offer_id, o.seller_id, sum((data ->> 'quantity')::bigint) as sold,
        sum((data ->> 'quantity')::bigint * (data ->> 'price')::bigint) as revenue
    from lot join offers o on o.id = subject_id where kind = 'offer.sold' group by 1, 2, 3
), by_month as (
    insert into turnover_offer_months as t
    select date_trunc('month', day)::date, offer_id, seller_id, sum(sold), sum(revenue) from sold group by 1, 2, 3
    on conflict (month, offer_id) do update set sold = t.sold + excluded.sold, revenue = t.revenue + excluded.revenue
)
insert into turnover_offers as t select day, offer_id, seller_id, sold, revenue from sold
on conflict (day, offer_id) do update set sold = t.sold + excluded.sold, revenue = t.revenue + excluded.revenue
"""
# Whole months of the span, and the days before and behind them.
_SPAN = """
spans as (
    select (date_trunc('month', $1::date - 1) + interval '1 month')::date as first,
        date_trunc('month', $2::date + 1)::date as behind
), sold as (
    select offer_id, seller_id, sold, revenue from turnover_offer_months, spans
    where month >= spans.first and month < spans.behind
    union all
    select offer_id, seller_id, sold, revenue from turnover_offers, spans
    where day >= $1::date and day <= $2::date and (day < spans.first or day >= spans.behind)
)
"""


class TurnoverStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def hold_place(self) -> Place | None:
        """The place in the order of events, held by the transaction; None if another worker holds it."""
        row = await self._db.row(
            "select transaction::text::bigint, id from turnover_feed for update skip locked"
        )
        return (row[0], row[1]) if row else None

    async def next_place(self, after: Place, most: int) -> Place | None:
        """The last of the next events that a reader may take; None if there is none."""
        row = await self._db.row(
            "select transaction::text::bigint, id from (select transaction, id from events"
            " where (transaction, id) > ($1::bigint::text::xid8, $2)"
            " and transaction < pg_snapshot_xmin(pg_current_snapshot()) order by transaction, id limit $3) lot"
            " order by transaction desc, id desc limit 1",
            *after,
            most,
        )
        return (row[0], row[1]) if row else None

    async def add(self, after: Place, to: Place) -> None:
        """Add up what happened between two places."""
        await self._db.execute(_ADD_DAYS, *after, *to)
        await self._db.execute(_ADD_OFFERS, *after, *to)

    async def keep_place(self, place: Place, now: datetime) -> None:
        await self._db.execute(
            "update turnover_feed set transaction = $1::bigint::text::xid8, id = $2, counted_at = $3",
            *place,
            now,
        )

    async def counted_at(self) -> datetime | None:
        """Up to when it is summed."""
        at: datetime | None = await self._db.value("select counted_at from turnover_feed")
        return at

    async def by_day(self, since: date, until: date) -> list[Turnover]:
        """Days on which anything happened, oldest first, both ends included."""
        rows = await self._db.fetch(
            "select day, currency, orders, revenue, refunds, commission, buyers, licences, licensed"
            " from turnover_days where day >= $1 and day <= $2 order by day, currency",
            since,
            until,
        )
        return [Turnover(*row) for row in rows]

    async def best_offers(self, since: date, until: date, most: int) -> list[Best]:
        return await self._best("offer_id", "offers", "title", since, until, most)

    async def best_sellers(self, since: date, until: date, most: int) -> list[Best]:
        return await self._best("seller_id", "sellers", "name", since, until, most)

    async def _best(self, id: str, table: str, name: str, since: date, until: date, most: int) -> list[Best]:
        rows = await self._db.fetch(
            f"with {_SPAN}, best as (select {id} as id, sum(sold)::bigint as sold, sum(revenue)::bigint as revenue"
            f" from sold group by {id} order by 3 desc, 2 desc, 1 limit $3)"
            f" select best.id, {table}.{name}, best.sold, best.revenue from best join {table} on {table}.id = best.id"
            " order by best.revenue desc, best.sold desc, best.id",
            since,
            until,
            most,
        )
        return [Best(*row) for row in rows]
