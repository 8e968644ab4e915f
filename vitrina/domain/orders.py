"""Orders: reserve, pay, deliver. reserved → paid → refunded; reserved → returned (not paid in time), → cancelled."""

from datetime import datetime, timedelta
from enum import IntEnum

import msgspec

from ..adapters.jobs import JobQueue
from ..store.database import Database
from ..store.entitlements import Delivery, EntitlementStore
from ..store.orders import Company, Order, OrderRow, OrderStore
from ..store.payments import PaymentRow, PaymentStore
from ..store.sales import SaleStore
from ..store.sellers import AccountStore
from .access import THE_SHOP, Buyer, Operator
from .clock import Clock
from .events import Events
from .jobs import RefundPayment
from .ledger import OWED, REFUNDS, Ledger
from .payments import PaymentStatus
from .problems import (
    IdempotencyKeyReused,
    NotOnSale,
    OrderClosed,
    OrderNotFound,
    OrderNotPaid,
    SoldOut,
    invalid,
)
from .stock import Stock

RESERVED_FOR = timedelta(minutes=15)
MOST_LINES = 50
MOST_KEYS = 100  # of one offer in one order


class OrderStatus(IntEnum):
    RESERVED = 0
    PAID = 1
    RETURNED = 2
    CANCELLED = 3
    REFUNDED = 4


class Wanted(msgspec.Struct, frozen=True):
    """An offer to buy, and how many of it."""

    offer_id: int
    quantity: int = 1


class Receipt(msgspec.Struct, frozen=True):
    """What a buyer keeps of a paid order; `buyer` is a name or an address, `sellers` are names by id."""

    order: Order
    issued_at: datetime
    buyer: str
    sellers: dict[int, str]


class Orders:
    """Everything about orders but their payment."""

    def __init__(
        self,
        db: Database,
        store: OrderStore,
        sales: SaleStore,
        payments: PaymentStore,
        entitlements: EntitlementStore,
        accounts: AccountStore,
        ledger: Ledger,
        stock: Stock,
        events: Events,
        jobs: JobQueue,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._sales = sales
        self._payments = payments
        self._entitlements = entitlements
        self._accounts = accounts
        self._ledger = ledger
        self._stock = stock
        self._events = events
        self._jobs = jobs
        self._clock = clock

    # --- buying ------------------------------------------------------------------------------------------

    async def place(
        self,
        buyer: Buyer,
        wanted: list[Wanted],
        key: str | None,
        digest: bytes,
        company: Company | None = None,
    ) -> Order:
        """Reserve goods for 15 minutes, all or nothing; with a known idempotency key, the order that it made.

        What costs nothing is delivered at once. Raises NotOnSale, SoldOut, Invalid, IdempotencyKeyReused.
        """
        quantities = _merged(wanted)
        offer_ids = list(quantities)
        now = self._clock()
        goods = (offer_ids, list(quantities.values()))
        row = (buyer.id, *goods, key, digest, now, now + RESERVED_FOR, company)
        placed = await self._sales.place(*row)
        if placed is None:
            if key is not None and (known := await self._store.by_key(buyer.id, key)):
                if known.row.digest != digest:
                    raise IdempotencyKeyReused
                if known.row.total or known.row.status != OrderStatus.RESERVED:
                    return known
                # Free, and the process died between reserving and delivering it.
                await self._sales.give(known.row.id, now)
                return await self.get(buyer, known.row.id)
            if await self._free(offer_ids):
                placed = await self._sales.place(*row)
            if placed is None:
                await self._refuse(quantities)
        assert placed
        free = placed.order.row.total == 0
        if free:
            await self._sales.give(placed.order.row.id, now)
        await self._stock.look(placed.watched)
        return await self.get(buyer, placed.order.row.id) if free else placed.order

    async def _free(self, offer_ids: list[int]) -> bool:
        """Put back what is reserved beyond its time; whether there was any."""
        async with self._db.transaction():
            now = self._clock()
            due = await self._sales.holding(offer_ids, now, 1000)
            return bool(due) and bool(await self._return(due))

    async def _refuse(self, quantities: dict[int, int]) -> None:
        """Say why an order could not be placed."""
        stock = await self._sales.stock(list(quantities))
        for offer_id, quantity in quantities.items():
            title, on_sale, keyed, available = stock.get(offer_id, ("", False, False, 0))
            if not on_sale:
                raise NotOnSale(f"offer {offer_id} is not on sale")
            if not keyed and quantity > 1:
                raise invalid("lines", f"one of «{title}» is enough: it is not used up")
            if keyed and available < quantity:
                left = f"{available} left" if available else "none left"
                raise SoldOut(f"offer {offer_id} «{title}» is sold out: {quantity} wanted, {left}")
        raise SoldOut("others were buying the last ones at this moment; try again")

    # --- reading -----------------------------------------------------------------------------------------

    async def get(self, buyer: Buyer, order_id: int) -> Order:
        """One order of the buyer; raises OrderNotFound."""
        order = await self._store.get(buyer.id, order_id)
        if order is None:
            raise OrderNotFound(f"order {order_id} not found")
        return order

    async def page(self, buyer: Buyer, before: int | None, take: int) -> list[Order]:
        """A buyer's orders, newest first, with ids below `before`."""
        return await self._store.page(buyer.id, None, before, take)

    async def all(
        self,
        operator: Operator,
        statuses: list[OrderStatus] | None,
        before: int | None,
        take: int,
        *,
        buyer_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Order]:
        """Everybody's orders or a buyer's, for operators; placed from `since` (inclusive) to `until` (exclusive)."""
        numbers = None if statuses is None else [int(status) for status in statuses]
        return await self._store.page(buyer_id, numbers, before, take, since=since, until=until)

    async def any(self, operator: Operator, order_id: int) -> Order:
        """Anybody's order, for operators; raises OrderNotFound."""
        order = await self._store.any(order_id)
        if order is None:
            raise OrderNotFound(f"order {order_id} not found")
        return order

    async def deliveries(self, operator: Operator, order_id: int) -> dict[int, Delivery]:
        """What became of the lines of an order that were delivered, by line; for operators."""
        return {row.order_line_id: row for row in await self._entitlements.of_order(order_id)}

    async def receipt(self, buyer: Buyer, order_id: int) -> Receipt:
        """The receipt of a paid order; raises OrderNotFound, OrderNotPaid."""
        order = await self.get(buyer, order_id)
        if order.row.paid_at is None:
            raise OrderNotPaid(f"order {order_id} was not paid, so there is no receipt")
        sellers = await self._accounts.names("sellers", [line.seller_id for line in order.lines])
        account = await self._accounts.get("buyers", buyer.id)
        called = account.called if account else ""
        return Receipt(order, order.row.paid_at, called, sellers)

    # --- putting back ------------------------------------------------------------------------------------

    async def cancel(self, buyer: Buyer, order_id: int) -> Order:
        """Put reserved goods back; cancelling twice is no error. Raises OrderNotFound, OrderClosed."""
        async with self._db.transaction():
            row = await self._store.lock(buyer.id, order_id)
            if row is None:
                raise OrderNotFound(f"order {order_id} not found")
            if row.status == OrderStatus.RESERVED:
                status, now = OrderStatus.CANCELLED, self._clock()
                await self._sales.put_back([row.id], status, "order.cancelled", buyer.actor, now)
            elif row.status != OrderStatus.CANCELLED:
                raise OrderClosed(f"order {order_id} is {OrderStatus(row.status).name.lower()} already")
        return await self.get(buyer, order_id)

    async def expire(self) -> int:
        """Put back what was not paid in time; how many orders. Run by schedule."""
        count = 0
        while True:
            async with self._db.transaction():
                due = await self._store.due(self._clock(), 500)
                await self._return(due)
            count += len(due)
            if not due:
                return count

    async def _return(self, order_ids: list[int]) -> list[int]:
        return await self._sales.put_back(
            order_ids, OrderStatus.RETURNED, "order.returned", THE_SHOP, self._clock()
        )

    # --- refunds -----------------------------------------------------------------------------------------

    async def refund(self, operator: Operator, order_id: int, reason: str) -> Order:
        """Close all that an order brought, and give the money back. Twice is no error. Raises OrderNotPaid."""
        async with self._db.transaction():
            row = await self._held(order_id)
            if row.status == OrderStatus.PAID:
                await self._close(operator, row, reason)
            elif row.status != OrderStatus.REFUNDED:
                raise OrderNotPaid(f"order {order_id} is {OrderStatus(row.status).name.lower()}")
        return await self.any(operator, order_id)

    async def _close(self, operator: Operator, row: OrderRow, reason: str) -> None:
        now = self._clock()
        await self._store.close(row.id, OrderStatus.REFUNDED, now)
        await self._entitlements.end(row.id, now)
        # Totals before the ledger, as in a sale: the other way round the two could wait for each other crosswise.
        await self._sales.count_refund(row.id, 1, now)
        payment = await self._paid_by(row.id)
        gone = payment is None or PaymentStatus(payment.status).gone  # by an earlier refund that was reversed
        if payment:
            taken = {account: -amount for account, amount in (await self._ledger.sale_of(row.id)).items()}
            amounts = {**taken, OWED if gone else REFUNDS: -payment.amount}
            await self._ledger.post(amounts, "refund", order_id=row.id, payment_id=payment.id)
            if not gone:
                await self._payments.set_status(payment.id, PaymentStatus.REFUNDING, now, reason)
                await self._jobs.later(self._db.connection, RefundPayment(payment.id))
        await self._events.add("order.refunded", operator.actor, row.id, reason=reason, money=not gone)
        await self._tell_sellers("offer.refunded", operator, row.id)

    async def reverse_refund(self, operator: Operator, order_id: int, reason: str) -> Order:
        """The sale stands after all: what was closed opens again. Raises OrderNotPaid unless it was refunded.

        Money that is not on its way back yet stays; what is, the buyer owes.
        """
        async with self._db.transaction():
            row = await self._held(order_id)
            if row.status == OrderStatus.REFUNDED:
                await self._open(operator, row, reason)
            elif row.status != OrderStatus.PAID:
                raise OrderNotPaid(f"order {order_id} is {OrderStatus(row.status).name.lower()}")
        return await self.any(operator, order_id)

    async def _open(self, operator: Operator, row: OrderRow, reason: str) -> None:
        now = self._clock()
        await self._store.reopen(row.id, OrderStatus.PAID)
        await self._entitlements.reopen(row.id)
        await self._sales.count_refund(row.id, -1, now)
        payment = await self._paid_by(row.id)
        if payment:
            gone = PaymentStatus(payment.status).gone
            amounts = {**await self._ledger.sale_of(row.id), OWED if gone else REFUNDS: payment.amount}
            await self._ledger.post(amounts, "refund_reversed", order_id=row.id, payment_id=payment.id)
            if not gone:
                await self._payments.set_status(payment.id, PaymentStatus.SUCCEEDED, now, reason)
        await self._events.add("order.refund_reversed", operator.actor, row.id, reason=reason)
        await self._tell_sellers("offer.refund_reversed", operator, row.id)

    async def _held(self, order_id: int) -> OrderRow:
        row = await self._store.hold(order_id)
        if row is None:
            raise OrderNotFound(f"order {order_id} not found")
        return row

    async def _paid_by(self, order_id: int) -> PaymentRow | None:
        """The payment that the order was delivered for; others of it were declined or sent back."""
        entries = await self._ledger.of_order(order_id)
        id = next((entry.payment_id for entry in entries if entry.reason == "sale"), None)
        return None if id is None else await self._payments.lock(id)

    async def _tell_sellers(self, kind: str, operator: Operator, order_id: int) -> None:
        order = await self.any(operator, order_id)
        for line in order.lines:
            told = {"order": order_id, "quantity": line.quantity}
            await self._events.add(kind, operator.actor, line.offer_id, seller_id=line.seller_id, **told)


def _merged(wanted: list[Wanted]) -> dict[int, int]:
    """Quantities by offer; raises Invalid."""
    quantities: dict[int, int] = {}
    for one in wanted:
        quantities[one.offer_id] = quantities.get(one.offer_id, 0) + one.quantity
    if not 1 <= len(quantities) <= MOST_LINES:
        raise invalid("lines", f"order 1 to {MOST_LINES} offers at a time")
    for offer_id, quantity in quantities.items():
        if not 1 <= quantity <= MOST_KEYS:
            raise invalid("lines", f"order 1 to {MOST_KEYS} of offer {offer_id}, not {quantity}")
    return quantities
