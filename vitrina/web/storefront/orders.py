"""Orders: checkout as a person or a company, payment, and how each order stands."""

import secrets
from hashlib import sha256
from typing import Any

from ...domain.companies import company
from ...domain.orders import OrderStatus, Wanted
from ...domain.payments import PaymentStatus
from ...domain.problems import Invalid, OrderClosed, PaymentNotFound, Problem, Unavailable
from ...store.orders import Company, Order
from ..forms import Form
from ..problems import sentence_of, told
from ..visit import Answer, Visit
from . import cart

PER_PAGE = 20
WHO = ("person", "company")


async def checkout_form(visit: Visit) -> Answer:
    return await _checkout_page(visit, None)


async def _checkout_page(visit: Visit, form: Form | None, problem: str | None = None) -> Answer:
    lines = await cart.lines(visit)
    if not lines or any(line.problem for line in lines):
        return visit.go("/cart")
    return visit.page(
        "storefront/checkout.html",
        status=422 if form else 200,
        lines=lines,
        total=sum(line.sum for line in lines),
        form=form,
        problem=problem,
        # The order's name with us: the same page sent twice is one order.
        name=secrets.token_urlsafe(12),
    )


async def place(visit: Visit, form: Form) -> Answer:
    """Reserve what is in the cart, and go to pay it."""
    quantities = {line.offer_id: line.quantity for line in await cart.lines(visit)}
    key = form.text("name", most=64)
    buys_for: Company | None = None
    if form.choice("who", WHO) == "company":
        try:
            buys_for = company(form.text("company"), form.text("tax_id", most=30))
        except Invalid as invalid:
            form.refuse(invalid)
    if not form.fine:
        return await _checkout_page(visit, form)
    wanted = [Wanted(offer_id, quantity) for offer_id, quantity in quantities.items()]
    digest = sha256(repr((quantities, buys_for)).encode()).digest()
    try:
        order = await visit.shop.orders.place(visit.buyer, wanted, key, digest, buys_for)
    except Problem as problem:
        return await _checkout_page(visit, form, sentence_of(problem, visit.words))
    cart.keep(visit, {})
    return await _pay(visit, order.row.id)


async def pay(visit: Visit, form: Form) -> Answer:
    return await _pay(visit, visit.id("order_id"))


async def _pay(visit: Visit, order_id: int) -> Answer:
    here = f"/orders/{order_id}"
    try:
        payment = await visit.shop.payments.begin(visit.buyer, order_id, visit.settings.address + here)
    except Unavailable:
        return visit.go(here, "cannot_pay")
    except OrderClosed:
        return visit.go(here)
    if payment is None or payment.intent is None or payment.redirect_url is None:
        return visit.go(here)
    if _at_our_bank(visit, payment.intent):
        return visit.go(f"/test-bank/{payment.intent}")
    # Not a redirect: a form of ours may lead only to pages of ours.
    headers = {"Refresh": f"0; url={payment.redirect_url}"}
    return visit.page("storefront/leave.html", headers=headers, url=payment.redirect_url)


def _at_our_bank(visit: Visit, intent: str) -> bool:
    """Whether it is paid at the built-in test bank, whose page is one of ours."""
    try:
        visit.shop.bank_page.show(intent)
    except PaymentNotFound:
        return False
    return True


async def cancel(visit: Visit, form: Form) -> Answer:
    order_id = visit.id("order_id")
    try:
        await visit.shop.orders.cancel(visit.buyer, order_id)
    except OrderClosed:
        return visit.go(f"/orders/{order_id}")
    return visit.go(f"/orders/{order_id}", "order_cancelled")


async def page(visit: Visit) -> Answer:
    text = visit.query.get("before")
    before = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 19 else None
    found = await visit.shop.orders.page(visit.buyer, before, PER_PAGE + 1)
    more = found[PER_PAGE - 1].row.id if len(found) > PER_PAGE else None
    rows = [(order, _state(visit, order)) for order in found[:PER_PAGE]]
    return visit.page("storefront/orders.html", orders=rows, more_before=more)


async def show(visit: Visit) -> Answer:
    order = await visit.shop.orders.get(visit.buyer, visit.id("order_id"))
    return visit.page("storefront/order.html", **_shown(visit, order))


async def receipt(visit: Visit) -> Answer:
    found = await visit.shop.orders.receipt(visit.buyer, visit.id("order_id"))
    return visit.page("storefront/receipt.html", receipt=found, order=found.order)


def _shown(visit: Visit, order: Order) -> dict[str, Any]:
    # Of an order that was paid, what was declined before is of no interest; what goes back is.
    settled = (PaymentStatus.SUCCEEDED, PaymentStatus.DECLINED) if order.row.paid_at else ()
    reasons = [
        told(payment.reason, visit.words)
        for payment in order.payments
        if payment.reason and payment.status not in settled
    ]
    left = max(0, int((order.row.expires_at - visit.shop.clock()).total_seconds() // 60) + 1)
    state = _state(visit, order)
    return {
        "order": order,
        "state": state,
        "minutes": left,
        "reasons": reasons,
        "payable": state in ("reserved", "declined", "waiting"),
    }


def _state(visit: Visit, order: Order) -> str:
    """A word of the group `order_state`."""
    row = order.row
    if row.status != OrderStatus.RESERVED:
        return OrderStatus(row.status).name.lower()
    if row.expires_at <= visit.shop.clock():
        return "late"
    last = order.payments[-1].status if order.payments else None
    if last == PaymentStatus.PENDING:
        return "waiting"
    return "declined" if last == PaymentStatus.DECLINED else "reserved"
