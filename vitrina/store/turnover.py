"""What the shop turned over: sums by day and by offer, brought up to date from the event log."""

from datetime import date, datetime, timedelta

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
# Whole months from $3 to before $4, the days before and behind them; offers first, since sellers are sums of theirs.
_BEST = """
with by_offer as materialized (
    select offer_id, seller_id, sum(sold)::bigint as sold, sum(revenue)::bigint as revenue from (
        select offer_id, seller_id, sold, revenue from turnover_offer_months where month >= $3 and month < $4
        union all
        select offer_id, seller_id, sold, revenue from turnover_offers where day >= $1 and day < least($3, $2)
        union all
        select offer_id, seller_id, sold, revenue from turnover_offers where day >= greatest($3, $4) and day < $2
    ) parts group by offer_id, seller_id
), best_offers as (
    select offer_id, sold, revenue from by_offer order by revenue desc, sold desc, offer_id limit $5
), best_sellers as (
    select seller_id, sum(sold)::bigint as sold, sum(revenue)::bigint as revenue from by_offer
    group by seller_id order by 3 desc, 2 desc, 1 limit $5
)
select true as is_offer, o.id, o.title as name, best.sold, best.revenue
from best_offers best join offers o on o.id = best.offer_id
union all
select false, s.id, s.name, best.sold, best.revenue from best_sellers best join sellers s on s.id = best.seller_id
order by is_offer, revenue desc, sold desc, id
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

    async def best(self, since: date, until: date, most: int) -> tuple[list[Best], list[Best]]:
        """Offers and sellers that sold most from `since` to before `until`, the best first."""
        months = month_from(since), until.replace(day=1)
        rows = await self._db.fetch(_BEST, since, until, *months, most)
        best: tuple[list[Best], list[Best]] = ([], [])
        for is_offer, *row in rows:
            best[0 if is_offer else 1].append(Best(*row))
        return best


def month_from(day: date) -> date:
    """The first day of the first month that begins on a day or later."""
    if day.day == 1:
        return day
    last = (day.year, day.month) == (date.max.year, date.max.month)
    return date.max if last else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
