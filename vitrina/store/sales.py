"""The statements that sell: reserve, deliver, put back. Each is one round trip, and does all of it or nothing."""

from datetime import datetime

import msgspec

from .database import Database
from .orders import Company, Order, OrderLine, OrderRow
from .payments import RESERVED

KEYED = "(3, 12, 13)"  # sections that carry keys

# What is on the shelf and what is reserved comes and goes faster than the planner's statistics follow. So the
# statements leave it no choice: an offer's keys come out of `keys_available` in order, keys of lines by
# their ids, orders by theirs (RESERVED). It would read through all keys, believing them few.
AVAILABLE = "(offer_id, id) >= ({0}, 0) and (offer_id, id) < ({0} + 1, 0) and status = 0"


class Placed(msgspec.Struct, frozen=True):
    """A new order; `watched` are those of its offers whose seller wants to know of low stock."""

    order: Order
    watched: list[int]


class Delivered(msgspec.Struct, frozen=True):
    """An order that was paid; `watched` as above."""

    order_id: int
    watched: list[int]


# Nothing is written unless every offer is on sale and every key is to be had; the locks on keys that were found end
# with the statement. Keys are taken oldest first, past those that another buyer is just taking.
# A repeat under the same idempotency key waits for the first, else the last key would be sold out for it.
_PLACE = f"""
with wanted as (
    select * from unnest($2::bigint[], $3::integer[]) with ordinality as w (offer_id, quantity, position)
    where $4::text is null or pg_advisory_xact_lock(hashtextextended($4, $1)) is not null
), offered as materialized (
    select w.position, w.quantity, o.id, o.seller_id, o.section, o.title,
        coalesce(o.discount_price, o.price) as price,
        o.low_stock_at is not null or o.pause_when_sold_out as watched
    from wanted w join offers o on o.id = w.offer_id and o.status = 1 and o.deleted_at is null
), picked as materialized (
    select k.id, f.position from offered f cross join lateral (
        select id from keys where {AVAILABLE.format("f.id")} order by offer_id, id limit f.quantity
        for update skip locked) k
    where f.section in {KEYED}
), complete as (
    select sum(price * quantity)::bigint as total from offered
    having count(*) = (select count(*) from wanted)
        and sum(quantity) filter (where section in {KEYED}) is not distinct from
            nullif((select count(*) from picked), 0)
        and bool_and(quantity = 1) filter (where section not in {KEYED}) is not false
), placed as (
    insert into orders (buyer_id, total, idempotency_key, digest, created_at, expires_at)
    select $1::bigint, total, $4::text, $5::bytea, $6::timestamptz, $7::timestamptz from complete
    on conflict (buyer_id, idempotency_key) do nothing returning id, total
), billed as (
    insert into order_companies (order_id, name, tax_id)
    select id, $8::text, $9::text from placed where $8::text is not null
), lines as (
    insert into order_lines (order_id, position, offer_id, seller_id, section, title, price, quantity)
    select placed.id, f.position, f.id, f.seller_id, f.section, f.title, f.price, f.quantity
    from placed, offered f returning id, position, offer_id
), works as (
    insert into order_line_contents (order_line_id, content_id, position)
    select lines.id, oc.content_id, oc.position from lines join offer_contents oc using (offer_id)
), taken as (
    update keys set status = 1, order_line_id = lines.id from picked join lines using (position)
    where keys.id = picked.id
), noted as (
    insert into events (at, kind, actor, subject_id, data)
    select $6::timestamptz, 'order.placed', 'buyer:' || $1::bigint, id, jsonb_build_object('total', total) from placed
)
select id, total, array(select row(l.id, f.id, f.seller_id, f.section, f.title, f.price, f.quantity)
    from lines l join offered f using (position) order by position), array(select id from offered where watched)
from placed
"""

# From the rows of `due` (order_id, buyer_id, total, payment_id, provider) on: all that a paid order brings about.
# Whoever adds to totals takes the rows of days first, by seller and offer, then those of offers, by offer: two that
# share a slot would else wait for each other crosswise. The second insert asks for the count of the first to come
# behind it; PostgreSQL would be free to begin with either.
_DELIVER = """
paid as (
    update orders set status = 1, paid_at = $1::timestamptz from due where orders.id = due.order_id
    returning orders.id, orders.buyer_id, orders.total, due.payment_id, due.provider
), settled as (
    update payments set status = 2, updated_at = $1::timestamptz from due where payments.id = due.payment_id
), lines as materialized (
    select l.id, l.offer_id, l.seller_id, l.title, l.price, l.quantity, l.price * l.quantity as gross,
        l.price * l.quantity * $2::integer / 10000 as fee, l.order_id
    from order_lines l join paid on paid.id = l.order_id
), sold as (
    update keys set status = 2, sold_at = $1::timestamptz, sold_title = lines.title, sold_price = lines.price
    from lines where keys.order_line_id = any(array(select id from lines)) and keys.order_line_id = lines.id
        and keys.status = 1
), granted as (
    insert into entitlements (buyer_id, offer_id, seller_id, order_line_id, since)
    select paid.buyer_id, lines.offer_id, lines.seller_id, lines.id, $1::timestamptz from paid, lines
), booking as materialized (
    select nextval('ledger_transactions') as id from paid
), posted as (
    insert into ledger_entries (transaction_id, account, amount, reason, order_id, payment_id, at)
    select booking.id, e.account, e.amount, 'sale', paid.id, paid.payment_id, $1::timestamptz
    from paid, booking, lateral (
        select 'provider:' || paid.provider as account, paid.total as amount
        union all select 'seller:' || seller_id, sum(fee - gross)::bigint from lines group by seller_id
        union all select 'shop:commission', -sum(fee)::bigint from lines) e
    where e.amount <> 0
), counted_by_day as (
    insert into daily_totals (seller_id, day, offer_id, slot, sold, revenue, earned)
    select seller_id, ($1::timestamptz at time zone 'UTC')::date, offer_id, slot(), sum(quantity), sum(gross),
        sum(gross - fee)
    from lines group by seller_id, offer_id order by seller_id, offer_id
    on conflict (seller_id, day, offer_id, slot) do update set sold = daily_totals.sold + excluded.sold,
        revenue = daily_totals.revenue + excluded.revenue, earned = daily_totals.earned + excluded.earned
    returning 1
), counted as (
    insert into offer_totals (offer_id, slot, purchases)
    select offer_id, slot(), sum(quantity) from lines where (select count(*) from counted_by_day) > 0
    group by offer_id order by offer_id
    on conflict (offer_id, slot) do update set purchases = offer_totals.purchases + excluded.purchases
), noted as (
    insert into events (at, kind, actor, seller_id, subject_id, data)
    select $1::timestamptz, 'order.paid', 'buyer:' || buyer_id, null, id, jsonb_build_object('total', total) from paid
    union all
    select $1::timestamptz, 'offer.sold', 'buyer:' || paid.buyer_id, seller_id, offer_id, jsonb_build_object(
        'order', order_id, 'quantity', quantity, 'price', price) from paid, lines
)
select paid.id, array(select l.offer_id from lines l join offers o on o.id = l.offer_id
    where o.pause_when_sold_out) from paid
"""
_SETTLE = f"""
with due as materialized (
    select o.id as order_id, p.id as payment_id, p.provider
    from orders o join payments p on p.order_id = o.id
    where p.provider = $3 and p.intent = $4 and p.amount = $5 and p.status in (0, 1, 3) and o.{RESERVED}
    for update of o, p
), {_DELIVER}
"""
_GIVE = f"""
with due as materialized (
    select id as order_id, null::bigint as payment_id, null::text as provider from orders
    where id = $3 and {RESERVED} and total = 0 for update
), {_DELIVER}
"""

_PUT_BACK = f"""
with closed as (
    update orders set status = $2::smallint, closed_at = $3::timestamptz
    where id = any($1) and {RESERVED} returning id
), freed as (
    update keys set status = 0, order_line_id = null
    where status = 1 and order_line_id = any(array(
        select l.id from order_lines l join closed on closed.id = l.order_id))
), noted as (
    insert into events (at, kind, actor, subject_id)
    select $3::timestamptz, $4::text, $5::text, id from closed
)
select id from closed
"""

# The rows of totals that delivering an order adds to, in the order in which it takes them: whoever takes them after
# the counts of keys would wait crosswise with a sale that shares its slot.
_HOLD_TOTALS = """
with lines as materialized (
    select distinct seller_id, offer_id from order_lines where order_id = $1
), days as (
    insert into daily_totals (seller_id, day, offer_id, slot)
    select seller_id, ($2::timestamptz at time zone 'UTC')::date, offer_id, slot() from lines
    order by seller_id, offer_id
    on conflict (seller_id, day, offer_id, slot) do update set sold = daily_totals.sold returning 1
)
insert into offer_totals (offer_id, slot)
select offer_id, slot() from lines where (select count(*) from days) > 0 order by offer_id
on conflict (offer_id, slot) do update set purchases = offer_totals.purchases
"""

# Keys for the lines of an order that lost its own; all or none, as when it was placed.
_TAKE_AGAIN = f"""
with lines as materialized (
    select id, offer_id, quantity from order_lines where order_id = $1 and section in {KEYED}
), picked as materialized (
    select k.id, l.id as line_id from lines l cross join lateral (
        select id from keys where {AVAILABLE.format("l.offer_id")} order by offer_id, id limit l.quantity
        for update skip locked) k
), taken as (
    update keys set status = 1, order_line_id = picked.line_id from picked
    where keys.id = picked.id and (select count(*) from picked) = (select sum(quantity) from lines)
    returning keys.id
), again as (
    update orders set status = 0, closed_at = null
    where id = $1 and (select count(*) from picked) = (select coalesce(sum(quantity), 0) from lines)
    returning id
)
select id from again
"""


class SaleStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def place(
        self,
        buyer_id: int,
        offer_ids: list[int],
        quantities: list[int],
        key: str | None,
        digest: bytes,
        now: datetime,
        expires_at: datetime,
        company: Company | None = None,
    ) -> Placed | None:
        """Reserve all that is wanted as a new order; None if any of it is not to be had, or the key is known."""
        billed = (company.name, company.tax_id) if company else (None, None)
        wanted = (buyer_id, offer_ids, quantities, key, digest, now, expires_at)
        row = await self._db.row(_PLACE, *wanted, *billed)
        if row is None:
            return None
        order = OrderRow(row[0], buyer_id, 0, row[1], digest, now, expires_at, None, None)
        lines = [OrderLine(*(*line, None)) for line in row[2]]
        return Placed(Order(order, lines, [], company), row[3])

    async def settle(
        self, provider: str, intent: str, amount: int, fee: int, now: datetime
    ) -> Delivered | None:
        """Deliver a reserved order that this intent has paid; None if there is none. `fee` in 1/10,000."""
        row = await self._db.row(_SETTLE, now, fee, provider, intent, amount)
        return Delivered(*row) if row else None

    async def give(self, order_id: int, now: datetime) -> Delivered | None:
        """Deliver a reserved order that costs nothing."""
        row = await self._db.row(_GIVE, now, 0, order_id)
        return Delivered(*row) if row else None

    async def put_back(
        self, order_ids: list[int], status: int, kind: str, actor: str, now: datetime
    ) -> list[int]:
        """Close reserved orders and put their keys back on the shelf; those that were still reserved."""
        rows = await self._db.fetch(_PUT_BACK, order_ids, status, now, kind, actor)
        return [row["id"] for row in rows]

    async def take_again(self, order_id: int, now: datetime) -> bool:
        """Reserve once more what a closed order had; False, and nothing taken, if the shelf does not allow."""
        await self._db.execute(_HOLD_TOTALS, order_id, now)
        return await self._db.value(_TAKE_AGAIN, order_id) is not None

    async def count_refund(self, order_id: int, sign: int, now: datetime) -> None:
        """Add to what the day refunded, or with -1 take it back."""
        await self._db.execute(
            "insert into daily_totals (seller_id, day, offer_id, slot, refunded)"
            " select seller_id, ($3::timestamptz at time zone 'UTC')::date, offer_id, slot(),"
            "  $2::integer * sum(price * quantity) from order_lines where order_id = $1"
            " group by seller_id, offer_id order by seller_id, offer_id"
            " on conflict (seller_id, day, offer_id, slot)"
            " do update set refunded = daily_totals.refunded + excluded.refunded",
            order_id,
            sign,
            now,
        )

    async def stock(self, offer_ids: list[int]) -> dict[int, tuple[str, bool, bool, int]]:
        """Of each offer (title, whether on sale, whether it carries keys, keys on the shelf)."""
        rows = await self._db.fetch(
            f"select o.id, o.title, o.status = 1, o.section in {KEYED}, coalesce((select sum(available)"
            " from key_counts c where c.offer_id = o.id), 0)::bigint"
            " from offers o where o.id = any($1) and o.deleted_at is null",
            offer_ids,
        )
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    async def holding(self, offer_ids: list[int], now: datetime, most: int) -> list[int]:
        """Reserved orders past their time that hold keys of these offers, held by the transaction."""
        rows = await self._db.fetch(
            "select o.id from orders o where o.status = 0 and o.expires_at <= $2 and exists"
            " (select from order_lines l where l.order_id = o.id and l.offer_id = any($1))"
            " order by o.expires_at limit $3 for update of o skip locked",
            offer_ids,
            now,
            most,
        )
        return [row["id"] for row in rows]

    async def tell_low_stock(self, offer_ids: list[int], now: datetime) -> None:
        """Where the seller wishes: note that the stock is low, once until it is filled; pause what is sold out.

        Wants a transaction: a refill under way is waited for in a statement of its own, and seen by the next.
        """
        await self._db.execute(
            "select from offers where id = any($1) order by id for no key update", offer_ids
        )
        await self._db.execute(_TELL, offer_ids, now)

    async def running_out(self, seller_id: int, most: int) -> list[tuple[int, str, int]]:
        """(id, title, keys left) of a seller's offers on sale or paused that have none, or as few as was wished."""
        rows = await self._db.fetch(
            "select o.id, o.title, k.available from offers o, lateral (select coalesce(sum(available), 0)::bigint"
            " as available from key_counts where offer_id = o.id) k"
            f" where o.seller_id = $1 and o.deleted_at is null and o.section in {KEYED} and o.status in (1, 2)"
            " and (k.available = 0 or k.available <= o.low_stock_at) limit $2",
            seller_id,
            most,
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def forget_told(self, offer_id: int) -> None:
        """The shelf was filled: low stock will be told anew."""
        await self._db.execute(
            "update offers set low_stock_told = false where id = $1 and low_stock_told and low_stock_at <"
            " (select sum(available) from key_counts where offer_id = $1)",
            offer_id,
        )

    async def low(self, offer_ids: list[int]) -> list[int]:
        """Those of the offers whose sellers were not told yet what they want to know."""
        rows = await self._db.fetch(
            f"select id from ({_STOCK} and o.id = any($1)) s where low or empty", offer_ids
        )
        return [row["id"] for row in rows]

    async def watched_and_low(self, most: int) -> list[int]:
        """Such offers among all that are on sale."""
        rows = await self._db.fetch(
            f"select id from ({_STOCK} and (o.low_stock_at is not null or o.pause_when_sold_out)"
            " and o.status = 1) s where low or empty limit $1",
            most,
        )
        return [row["id"] for row in rows]


_STOCK = f"""
select o.id, o.seller_id, k.available,
    k.available <= o.low_stock_at and not o.low_stock_told as low,
    k.available = 0 and k.reserved = 0 and o.pause_when_sold_out and o.status = 1 as empty
from offers o, lateral (select coalesce(sum(available), 0) as available,
    coalesce(sum(reserved), 0) as reserved from key_counts where offer_id = o.id) k
where o.section in {KEYED} and o.deleted_at is null
"""
_TELL = f"""
with stock as (
    {_STOCK} and o.id = any($1)
), changed as (
    update offers o set low_stock_told = o.low_stock_told or coalesce(s.low, false),
        status = case when s.empty then 2 else o.status end,
        updated_at = case when s.empty then $2::timestamptz else o.updated_at end
    from stock s where o.id = s.id and (s.low and not o.low_stock_told or s.empty and o.status = 1)
    returning o.id
)
insert into events (at, kind, actor, seller_id, subject_id, data)
select $2::timestamptz, n.kind, 'shop', s.seller_id, s.id, jsonb_build_object('available', s.available)
from changed join stock s using (id),
    lateral (select 'offer.low_stock' as kind where s.low union all select 'offer.paused' where s.empty) n
"""
