"""Orders: found by number, status, buyer and day; one with all that became of it; refunds."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import msgspec

from ...domain.access import Operator
from ...domain.ledger import COMMISSION, OWED, REFUNDS
from ...domain.orders import OrderStatus
from ...domain.payments import PaymentStatus
from ...domain.problems import OrderNotFound, Problem
from ...store.orders import Order
from ..forms import Form
from ..periods import read_day
from ..problems import sentence_of, told
from ..visit import Answer, Visit
from .lists import PER_PAGE, Part, before, number, part

STATUSES = {status.name.lower(): status for status in OrderStatus}
MOST_REASON = 300
Change = Callable[[Operator, int, str], Awaitable[Order]]


class OrderLine(msgspec.Struct, frozen=True):
    """An order in a list."""

    id: int
    order: Order


def part_of(visit: Visit, found: list[Order]) -> Part[OrderLine]:
    return part(visit, [OrderLine(order.row.id, order) for order in found])


class Wanted(msgspec.Struct, frozen=True):
    """Which orders are asked for; days are those of UTC, both ends with it."""

    status: str
    email: str
    since: date | None
    until: date | None

    @classmethod
    def read(cls, query: Form) -> "Wanted":
        status = query.get("status")
        email = query.get("email").strip()[:260].replace("\ufffd", "")
        since, until = read_day(query.get("since")), read_day(query.get("until"))
        if since and until and since > until:
            since, until = until, since
        return cls(status if status in STATUSES else "", email, since, until)

    @property
    def any(self) -> bool:
        return bool(self.status or self.email or self.since or self.until)


def _start(day: date | None, after: int = 0) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=after) if day else None


async def page(visit: Visit) -> Answer:
    """Without the buyers' names: who bought is seen on the page of one order, where the look is noted."""
    asked = visit.query.get("number").strip()[:30].replace("\ufffd", "")
    id = number(asked)
    if id is not None:
        try:
            await visit.shop.orders.any(visit.operator, id)
            return visit.go(f"/desk/orders/{id}")
        except OrderNotFound:
            pass
    wanted = Wanted.read(visit.query)
    found = [] if asked else await _find(visit, wanted)
    return visit.page(
        "desk/orders.html",
        found=part_of(visit, found),
        wanted=wanted,
        asked=asked,
        statuses=list(STATUSES),
    )


async def _find(visit: Visit, wanted: Wanted) -> list[Order]:
    buyer_id = None
    if wanted.email:
        buyer = await visit.shop.accounts.buyer_at(wanted.email)
        if buyer is None:
            return []
        buyer_id = buyer.id
    return await visit.shop.orders.all(
        visit.operator,
        [STATUSES[wanted.status]] if wanted.status else None,
        before(visit),
        PER_PAGE + 1,
        buyer_id=buyer_id,
        since=_start(wanted.since),
        until=_start(wanted.until, 1),
    )


# --- one -------------------------------------------------------------------------------------------------


async def one(visit: Visit) -> Answer:
    shop, order = visit.shop, await _order(visit)
    entries = await shop.ledger.of_order(order.row.id)
    sellers = {line.seller_id for line in order.lines}
    return visit.page(
        "desk/order.html",
        order=order,
        reasons={
            payment.id: told(payment.reason, visit.words) for payment in order.payments if payment.reason
        },
        payments={payment.id: PaymentStatus(payment.status).name.lower() for payment in order.payments},
        buyer=await shop.accounts.buyer(order.row.buyer_id),
        sellers=await shop.sellers.of_ids(list(sellers)),
        deliveries=await shop.orders.deliveries(visit.operator, order.row.id),
        entries=entries,
        accounts={COMMISSION: "commission", REFUNDS: "refunds", OWED: "owed"},
    )


async def _order(visit: Visit) -> Order:
    """The order that the address names, noted as looked at; raises OrderNotFound."""
    order = await visit.shop.orders.any(visit.operator, visit.id("order_id"))
    await visit.shop.looks.note(visit.operator, "order.seen", order.row.id)
    return order


async def ask_to_refund(visit: Visit) -> Answer:
    return _ask(visit, await _order(visit), "refund", None)


async def refund(visit: Visit, form: Form) -> Answer:
    return await _change(visit, form, "refund", visit.shop.orders.refund)


async def ask_to_reverse(visit: Visit) -> Answer:
    return _ask(visit, await _order(visit), "reverse", None)


async def reverse(visit: Visit, form: Form) -> Answer:
    return await _change(visit, form, "reverse", visit.shop.orders.reverse_refund)


def _ask(visit: Visit, order: Order, what: str, form: Form | None, problem: str | None = None) -> Answer:
    """Before money moves the operator reads once more what it is about, and says why."""
    fitting = order.row.status == (OrderStatus.PAID if what == "refund" else OrderStatus.REFUNDED)
    if form is None and not fitting:
        return visit.go(f"/desk/orders/{order.row.id}")
    gone = any(PaymentStatus(payment.status).gone for payment in order.payments)
    status = 422 if form else 200
    return visit.page(
        "desk/refund.html", status=status, order=order, what=what, form=form, problem=problem, gone=gone
    )


async def _change(visit: Visit, form: Form, what: str, change: Change) -> Answer:
    order = await _order(visit)
    reason = form.text("reason", most=MOST_REASON)
    if not form.fine:
        return _ask(visit, order, what, form)
    try:
        await change(visit.operator, order.row.id, reason)
    except Problem as problem:
        return _ask(visit, order, what, form, sentence_of(problem, visit.words))
    return visit.go(
        f"/desk/orders/{order.row.id}", "order_refunded" if what == "refund" else "refund_reversed"
    )
