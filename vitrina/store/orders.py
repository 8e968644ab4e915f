"""Orders and their lines. The statements that sell stand in `sales.py`."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database
from .payments import PaymentRow


class OrderRow(msgspec.Struct, frozen=True):
    """An order; `total` in kopecks. `closed_at` is when it was returned, cancelled or refunded."""

    id: int
    buyer_id: int
    status: int
    total: int
    digest: bytes | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    closed_at: datetime | None


class OrderLine(msgspec.Struct, frozen=True):
    """One offer in an order, with its title and price (kopecks, of one) at that moment, and what it brought."""

    id: int
    offer_id: int
    seller_id: int
    section: int
    title: str
    price: int
    quantity: int
    entitlement_id: int | None


class Company(msgspec.Struct, frozen=True):
    """Who an order is for, where it is not the buyer themselves; `tax_id` is an INN or a VAT number."""

    name: str
    tax_id: str


class Order(msgspec.Struct, frozen=True):
    """An order with its lines and payments."""

    row: OrderRow
    lines: list[OrderLine]
    payments: list[PaymentRow]
    company: Company | None = None


_COLUMNS = ", ".join(OrderRow.__struct_fields__)
_WIDTH = len(OrderRow.__struct_fields__)
_WHOLE = f"""
select {_COLUMNS},
    array(select row(l.id, l.offer_id, l.seller_id, l.section, l.title, l.price, l.quantity, e.id)
        from order_lines l left join entitlements e on e.order_line_id = l.id
        where l.order_id = orders.id order by l.position),
    array(select row({", ".join(PaymentRow.__struct_fields__)}) from payments
        where order_id = orders.id order by id),
    (select row(name, tax_id) from order_companies where order_id = orders.id)
from orders
"""


def _order(row: Any) -> Order:
    return Order(
        OrderRow(*row[:_WIDTH]),
        [OrderLine(*line) for line in row[_WIDTH]],
        [PaymentRow(*payment) for payment in row[_WIDTH + 1]],
        Company(*row[_WIDTH + 2]) if row[_WIDTH + 2] else None,
    )


class OrderStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, buyer_id: int, order_id: int) -> Order | None:
        row = await self._db.row(f"{_WHOLE} where buyer_id = $1 and id = $2", buyer_id, order_id)
        return _order(row) if row else None

    async def by_key(self, buyer_id: int, key: str) -> Order | None:
        row = await self._db.row(f"{_WHOLE} where buyer_id = $1 and idempotency_key = $2", buyer_id, key)
        return _order(row) if row else None

    async def any(self, order_id: int) -> Order | None:
        """For operators."""
        row = await self._db.row(f"{_WHOLE} where id = $1", order_id)
        return _order(row) if row else None

    async def lock(self, buyer_id: int, order_id: int) -> OrderRow | None:
        row = await self._db.row(
            f"select {_COLUMNS} from orders where buyer_id = $1 and id = $2 for update", buyer_id, order_id
        )
        return OrderRow(*row) if row else None

    async def hold(self, order_id: int) -> OrderRow | None:
        """Anybody's order, held until the transaction ends: for operators and for the shop itself."""
        row = await self._db.row(f"select {_COLUMNS} from orders where id = $1 for update", order_id)
        return OrderRow(*row) if row else None

    async def page(
        self,
        buyer_id: int | None,
        statuses: list[int] | None,
        before: int | None,
        take: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Order]:
        """Orders newest first: a buyer's, or everybody's for operators; with ids below `before`.

        Placed from `since` (inclusive) to `until` (exclusive).
        """
        values: list[Any] = []
        where = []
        for condition, value in (
            ("buyer_id =", buyer_id),
            ("id <", before),
            ("created_at >=", since),
            ("created_at <", until),
        ):
            if value is not None:
                values.append(value)
                where.append(f"{condition} ${len(values)}")
        if statuses is not None:
            # In the text: the planner has to see which of the indexes of single statuses it may use.
            where.append(f"status in ({', '.join(str(int(status)) for status in statuses)})")
        conditions = f"where {' and '.join(where)}" if where else ""
        rows = await self._db.fetch(f"{_WHOLE} {conditions} order by id desc limit {take}", *values)
        return [_order(row) for row in rows]

    async def close(self, order_id: int, status: int, now: datetime) -> None:
        await self._db.execute(
            "update orders set status = $2, closed_at = $3 where id = $1", order_id, status, now
        )

    async def reopen(self, order_id: int, status: int) -> None:
        await self._db.execute(
            "update orders set status = $2, closed_at = null where id = $1", order_id, status
        )

    async def due(self, now: datetime, most: int) -> list[int]:
        """Reserved orders past their time, held; those that somebody else holds are passed over."""
        rows = await self._db.fetch(
            "select id from orders where status = 0 and expires_at <= $1 order by expires_at limit $2"
            " for update skip locked",
            now,
            most,
        )
        return [row["id"] for row in rows]
