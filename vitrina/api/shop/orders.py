"""Orders and their payment, for buyers; orders and refunds, for operators."""

from datetime import timedelta

from ...domain.companies import company
from ...domain.orders import OrderStatus, Wanted
from ...domain.problems import Cause, Invalid
from ...store.orders import Company
from .call import ShopCall
from .wire import orders as wire


async def place(call: ShopCall) -> wire.OrderAnswer:
    key = call.idempotency_key()
    new = await call.json(wire.NewOrder)
    wanted = [Wanted(line.offer_id, line.quantity) for line in new.lines]
    buys_for = _company(new.company) if new.company else None
    return wire.order(await call.shop.orders.place(call.buyer, wanted, key, call.digest, buys_for))


def _company(given: wire.Company) -> Company:
    """A company as orders keep it; raises Invalid, naming the fields as they stand in the request."""
    try:
        return company(given.name, given.tax_id)
    except Invalid as refused:
        fields = {"company": "company.name", "tax_id": "company.tax_id"}
        raise Invalid(*(Cause(fields[cause.field], cause.reason) for cause in refused.causes)) from None


async def page(call: ShopCall) -> wire.OrderPage:
    before, take = call.before()
    call.check()
    return wire.OrderPage([wire.order(one) for one in await call.shop.orders.page(call.buyer, before, take)])


async def get(call: ShopCall) -> wire.OrderAnswer:
    return wire.order(await call.shop.orders.get(call.buyer, call.path_id("order_id")))


async def cancel(call: ShopCall) -> wire.OrderAnswer:
    return wire.order(await call.shop.orders.cancel(call.buyer, call.path_id("order_id")))


async def pay(call: ShopCall) -> wire.OrderAnswer:
    order_id = call.path_id("order_id")
    new = await call.json_or_none(wire.NewPayment) or wire.NewPayment()
    address = f"{call.address}/orders/{order_id}"
    await call.shop.payments.begin(call.buyer, order_id, address, new.method)
    return wire.order(await call.shop.orders.get(call.buyer, order_id))


async def receipt(call: ShopCall) -> wire.ReceiptAnswer:
    return wire.receipt(await call.shop.orders.receipt(call.buyer, call.path_id("order_id")))


async def callback(call: ShopCall) -> None:
    body = await call.body(64 * 1024)
    await call.shop.payments.callback(call.request.path_params["provider"], call.request.headers, body)


async def show_bank(call: ShopCall) -> wire.BankAnswer:
    asked = call.shop.bank_page.show(call.request.path_params["intent"])
    return wire.BankAnswer(asked.amount, list(asked.outcomes))


async def decide_at_bank(call: ShopCall) -> None:
    decision = await call.json(wire.Decision)
    late = timedelta(seconds=decision.seconds)
    await call.shop.bank_page.decide(call.request.path_params["intent"], decision.outcome, late)


# --- operators -------------------------------------------------------------------------------------------


async def page_of_all(call: ShopCall) -> wire.OrderPage:
    before, take = call.before()
    word = call.query_choice("status", tuple(status.name.lower() for status in OrderStatus))
    call.check()
    statuses = [OrderStatus[word.upper()]] if word else None
    found = await call.shop.orders.all(call.operator, statuses, before, take)
    return wire.OrderPage([wire.order(one) for one in found])


async def get_any(call: ShopCall) -> wire.OrderAnswer:
    return wire.order(await call.shop.orders.any(call.operator, call.path_id("order_id")))


async def refund(call: ShopCall) -> wire.OrderAnswer:
    order_id = call.path_id("order_id")
    given = await call.json(wire.Reason)
    return wire.order(await call.shop.orders.refund(call.operator, order_id, given.reason))


async def reverse_refund(call: ShopCall) -> wire.OrderAnswer:
    order_id = call.path_id("order_id")
    given = await call.json(wire.Reason)
    return wire.order(await call.shop.orders.reverse_refund(call.operator, order_id, given.reason))
