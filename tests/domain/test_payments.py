"""Payments: exactly what was paid is delivered, once, whatever the provider says, how often and how late."""

import asyncio
from datetime import timedelta

import pytest

from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import (
    bank_called,
    begun,
    buyers,
    events,
    gave_back,
    keys_on_sale,
    money,
    now,
    paid,
    placed,
    service_on_sale,
    shelf,
    told,
    word_of_bank,
)
from vitrina.adapters.payments import Outcome
from vitrina.adapters.payments.test_bank import SIGNATURE, UNREACHABLE
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.offers import OfferStatus
from vitrina.domain.orders import OrderStatus
from vitrina.domain.payments import PaymentStatus
from vitrina.domain.problems import (
    AmountDiffers,
    CallbackNotGenuine,
    Invalid,
    OrderClosed,
    PaymentNotFound,
    PaymentsNotSetUp,
    PaymentsUnavailable,
    SoldOut,
)
from vitrina.domain.shop import Shop

SALE = {"provider:test": 50_000, "shop:commission": -5_000}


# --- opening ---------------------------------------------------------------------------------------------


async def test_a_payment_leads_to_the_provider(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """It is of the order's total, and waits for the buyer at an address of the provider."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    assert (payment.amount, payment.status) == (50_000, PaymentStatus.PENDING)
    assert payment.redirect_url.endswith(f"/shop/v1/test-bank/{payment.intent}")
    assert (await now(shop, order)).payments == [payment]
    asked = shop.bank_page.show(payment.intent)
    assert (asked.amount, "succeeds" in asked.outcomes) == (50_000, True)


async def test_a_payment_opened_again_is_the_same(
    shop: Shop, open_more: OpenShop, seller: Seller, buyer: Buyer
) -> None:
    """Also at the same time in several processes: an order has one open payment."""
    shops = [shop, await open_more(), await open_more()]
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    opened = await asyncio.gather(*(begun(shops[n % 3], order) for n in range(32)))
    assert {(one.id, one.intent) for one in opened} == {(opened[0].id, opened[0].intent)}
    assert len((await now(shop, order)).payments) == 1


async def test_a_provider_that_does_not_answer(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Nothing is lost: the same payment is opened at the next attempt."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    for _ in range(2):
        with pytest.raises(PaymentsUnavailable):
            await shop.payments.begin(buyer, order.row.id, "", UNREACHABLE)
    assert (await now(shop, order)).payments[0].status == PaymentStatus.CREATED
    assert (await paid(shop, order)).row.status == OrderStatus.PAID
    assert len((await now(shop, order)).payments) == 1


async def test_an_order_past_its_time_opens_no_payment(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """Even before the schedule has put it back."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    clock.forward(minutes=15)
    with pytest.raises(OrderClosed):
        await begun(shop, order)


async def test_a_shop_without_a_provider(open_more: OpenShop, seller: Seller, buyer: Buyer) -> None:
    """It says so, gives away what is free, and knows no callbacks."""
    shop = await open_more(payments="none")
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    with pytest.raises(PaymentsNotSetUp):
        await begun(shop, order)
    with pytest.raises(PaymentNotFound):
        await shop.payments.callback("test", {}, b"{}")
    assert await shop.payments.ask() == 0
    free = await placed(shop, buyer, await service_on_sale(shop, seller, price=0))
    assert free.row.status == OrderStatus.PAID


# --- the five ways ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["succeeds", "answers_twice"])
async def test_a_payment_that_succeeds_delivers(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall, outcome: str
) -> None:
    """Exactly what was ordered, once, with money, totals and events, also when the answer comes twice."""
    game, service = await keys_on_sale(shop, seller, 5), await service_on_sale(shop, seller, price=99)
    order = await placed(shop, buyer, (game, 2), service)
    clock.forward(minutes=1)
    order = await paid(shop, order, outcome)
    assert (order.row.status, order.row.paid_at) == (OrderStatus.PAID, clock.now)
    assert [payment.status for payment in order.payments] == [PaymentStatus.SUCCEEDED]
    owned, count = await shop.library.page(buyer, 0, 10)
    assert (count, {one.entitlement.offer_id for one in owned}) == (2, {game, service})
    assert await shelf(shop, seller, game) == (3, 0, 2)
    fee = 10_000 + 9
    assert await money(shop, order) == {
        "provider:test": 100_099,
        f"seller:{seller.id}": fee - 100_099,
        "shop:commission": -fee,
    }
    assert await events(shop, "order.paid", order.row.id) == [{"total": 100_099}]
    assert await events(shop, "offer.sold", game) == [{"order": order.row.id, "quantity": 2, "price": 50_000}]


async def test_a_declined_payment_burns_nothing(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """The goods stay reserved, the reason is told, and another payment may be opened."""
    game = await keys_on_sale(shop, seller)
    order = await paid(shop, await placed(shop, buyer, game), "declines")
    assert (order.row.status, await money(shop, order)) == (OrderStatus.RESERVED, {})
    assert order.payments[0].status == PaymentStatus.DECLINED
    assert "declined" in (order.payments[0].reason or "")
    assert len(await events(shop, "payment.declined", order.payments[0].id)) == 1
    order = await paid(shop, order)
    assert [payment.status for payment in order.payments] == [PaymentStatus.DECLINED, PaymentStatus.SUCCEEDED]
    assert await shelf(shop, seller, game) == (0, 0, 1)


async def test_a_declined_order_goes_back_in_the_end(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """Its key is sold to the next."""
    game = await keys_on_sale(shop, seller, ["k"])
    await paid(shop, await placed(shop, buyer, game), "declines")
    clock.forward(minutes=15)
    await shop.orders.expire()
    (next_one,) = await buyers(shop, 1)
    assert (await paid(shop, await placed(shop, next_one, game))).row.status == OrderStatus.PAID


async def test_a_provider_that_never_answers(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """The order waits its time and goes back; asking brings no word."""
    game = await keys_on_sale(shop, seller)
    order = await paid(shop, await placed(shop, buyer, game), "times_out")
    assert order.row.status == OrderStatus.RESERVED
    for _ in range(4):
        clock.forward(minutes=4)
        await shop.payments.ask()
        await shop.orders.expire()
    assert ((await now(shop, order)).row.status, await shelf(shop, seller, game)) == (
        OrderStatus.RETURNED,
        (1, 0, 0),
    )


async def test_a_payment_whose_callback_was_lost(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """The provider is asked after two minutes, and the order is delivered."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    await shop.payments.provider.decide(payment.intent, "succeeds", timedelta(), clock.now)
    clock.forward(minutes=2)
    await shop.payments.ask()
    assert (await now(shop, order)).row.status == OrderStatus.RESERVED
    clock.forward(seconds=1)
    await shop.payments.ask()
    assert (await now(shop, order)).row.status == OrderStatus.PAID


async def test_one_payment_that_cannot_be_asked_about_stops_no_other(
    shop: Shop, open_more: OpenShop, seller: Seller, clock: Wall
) -> None:
    """Such as one that was begun under another secret."""
    stranger = await open_more(secret="another secret, from before the move")
    first, second = await buyers(shop, 2)
    game = await keys_on_sale(shop, seller, 2)
    await begun(stranger, await placed(stranger, first, game))
    order = await placed(shop, second, game)
    payment = await begun(shop, order)
    await shop.payments.provider.decide(payment.intent, "succeeds", timedelta(), clock.now)
    clock.forward(minutes=3)
    await shop.payments.ask()
    assert (await now(shop, order)).row.status == OrderStatus.PAID


# --- late ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["returned", "cancelled", "overdue"])
async def test_a_late_payment_is_delivered_if_the_shelf_allows(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall, way: str
) -> None:
    """At the price of the reservation, whatever the offer has become."""
    game = await keys_on_sale(shop, seller, 2)
    order = await placed(shop, buyer, (game, 2))
    payment = await begun(shop, order)
    if way == "cancelled":
        await shop.orders.cancel(buyer, order.row.id)
    clock.forward(minutes=20)
    if way == "returned":
        await shop.orders.expire()
    await shop.offers.update(seller, game, {"price": 1, "status": OfferStatus.PAUSED})
    await told(shop, payment)
    order = await now(shop, order)
    assert (order.row.status, order.row.closed_at, order.row.paid_at) == (OrderStatus.PAID, None, clock.now)
    assert len(await shop.library.reveal(buyer, order.lines[0].entitlement_id or 0, "")) == 2
    assert await money(shop, order) == {
        "provider:test": 100_000,
        "shop:commission": -10_000,
        f"seller:{seller.id}": -90_000,
    }
    assert await shelf(shop, seller, game) == (0, 0, 2)


async def test_a_late_payment_for_what_is_gone_is_given_back(shop: Shop, seller: Seller, clock: Wall) -> None:
    """All of it, with the reason, and the ledger ends at nothing; what is left of the order stays on the shelf."""
    game, other = await keys_on_sale(shop, seller, 1), await keys_on_sale(shop, seller, 1)
    late, quick = await buyers(shop, 2)
    order = await placed(shop, late, game, other)
    payment = await begun(shop, order)
    clock.forward(minutes=20)
    await paid(shop, await placed(shop, quick, game))
    await shop.bank_page.decide(payment.intent, "succeeds")
    order = await now(shop, order)
    assert (order.row.status, order.payments[0].status) == (OrderStatus.RETURNED, PaymentStatus.REFUNDING)
    assert "after the reservation was over" in (order.payments[0].reason or "")
    assert "goes back to you" in (order.payments[0].reason or "")
    assert await money(shop, order) == {"provider:test": 100_000, "refunds:due": -100_000}
    assert len(await events(shop, "payment.returned", payment.id)) == 1
    await gave_back(shop, payment.id)
    order = await now(shop, order)
    assert (order.payments[0].status, await money(shop, order)) == (PaymentStatus.REFUNDED, {})
    assert await shelf(shop, seller, other) == (1, 0, 0)
    assert (await shop.library.page(late, 0, 10))[1] == 0
    assert await shop.db.value("select refunded from test_intents where id = $1", payment.intent)


async def test_a_bank_that_answers_late_sends_word_by_a_job(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """When the job comes, the order is delivered; asking before brings nothing."""
    game = await keys_on_sale(shop, seller)
    order = await paid(shop, await placed(shop, buyer, game), "answers_late")
    clock.forward(minutes=19)
    await shop.payments.ask()
    await shop.orders.expire()
    assert (await now(shop, order)).row.status == OrderStatus.RETURNED
    clock.forward(minutes=1)
    await bank_called(shop)
    assert (await now(shop, order)).row.status == OrderStatus.PAID


async def test_a_late_word_that_got_lost(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """Asking brings it, when its time has come."""
    order = await paid(shop, await placed(shop, buyer, await keys_on_sale(shop, seller)), "answers_late")
    clock.forward(minutes=20)
    await shop.payments.ask()
    assert (await now(shop, order)).row.status == OrderStatus.PAID


# --- what comes twice, at once, or wrongly ---------------------------------------------------------------


async def test_callbacks_at_the_same_time(
    shop: Shop, open_more: OpenShop, seller: Seller, buyer: Buyer
) -> None:
    """Thirty-two in three processes deliver once."""
    shops = [shop, await open_more(), await open_more()]
    game = await keys_on_sale(shop, seller, 10)
    order = await placed(shop, buyer, (game, 3))
    payment = await begun(shop, order)
    await asyncio.gather(*(told(shops[n % 3], payment) for n in range(32)))
    order = await now(shop, order)
    assert await shelf(shop, seller, game) == (7, 0, 3)
    assert len(await shop.ledger.of_order(order.row.id)) == 3
    assert len(await events(shop, "order.paid", order.row.id)) == 1


async def test_late_callbacks_at_the_same_time(
    shop: Shop, open_more: OpenShop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """A returned order is taken off the shelf again once."""
    shops = [shop, await open_more(), await open_more()]
    game = await keys_on_sale(shop, seller, 10)
    order = await placed(shop, buyer, (game, 3))
    payment = await begun(shop, order)
    clock.forward(minutes=15)
    await shop.orders.expire()
    await asyncio.gather(*(told(shops[n % 3], payment) for n in range(32)))
    assert (await now(shop, order)).row.status == OrderStatus.PAID
    assert await shelf(shop, seller, game) == (7, 0, 3)


@pytest.mark.parametrize("way", ["cancel", "expire"])
async def test_paying_while_it_goes_back(
    shop: Shop, open_more: OpenShop, seller: Seller, clock: Wall, way: str
) -> None:
    """Whichever is first: money that came has bought the goods, and no key is lost or sold twice."""
    shops = [shop, await open_more(), await open_more()]
    game = await keys_on_sale(shop, seller, 16)
    people = await buyers(shop, 16)
    orders = [await placed(shop, person, game) for person in people]
    payments = [await begun(shop, order) for order in orders]
    if way == "expire":
        clock.forward(minutes=15)
        others = [shops[n % 3].orders.expire() for n in range(16)]
    else:
        others = [
            shops[n % 3].orders.cancel(p, o.row.id)
            for n, (p, o) in enumerate(zip(people, orders, strict=True))
        ]
    payers = [told(shops[(n + 1) % 3], payment) for n, payment in enumerate(payments)]
    done = await asyncio.gather(
        *(one for pair in zip(others, payers, strict=True) for one in pair), return_exceptions=True
    )
    assert {type(one) for one in done if isinstance(one, Exception)} <= {OrderClosed}
    after = [await now(shop, order) for order in orders]
    assert {order.row.status for order in after} == {OrderStatus.PAID}
    assert await shelf(shop, seller, game) == (0, 0, 16)


async def test_an_order_that_is_paid_twice(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """A payment that was declined first and comes after all is given back; the goods are delivered once."""
    game = await keys_on_sale(shop, seller, 2)
    order = await placed(shop, buyer, game)
    declined = await begun(shop, order)
    await told(shop, declined, Outcome.DECLINED)
    order = await paid(shop, order)
    await told(shop, declined)
    order = await now(shop, order)
    assert [one.status for one in order.payments] == [PaymentStatus.REFUNDING, PaymentStatus.SUCCEEDED]
    assert "paid already" in (order.payments[0].reason or "")
    await gave_back(shop, declined.id)
    assert await money(shop, order) == SALE | {f"seller:{seller.id}": -45_000}
    assert await shelf(shop, seller, game) == (1, 0, 1)


async def test_declined_then_succeeded(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """The provider thought better of it while the order waits: delivered."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    await told(shop, payment, Outcome.DECLINED)
    await told(shop, payment)
    order = await now(shop, order)
    assert (order.row.status, order.payments[0].status) == (OrderStatus.PAID, PaymentStatus.SUCCEEDED)


async def test_succeeded_then_declined(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """What was paid stays paid: the order of messages is not the order of things."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    for outcome in (Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING):
        await told(shop, payment, outcome)
    order = await now(shop, order)
    assert (order.row.status, order.payments[0].status) == (OrderStatus.PAID, PaymentStatus.SUCCEEDED)


@pytest.mark.parametrize("amount", [49_999, 50_001, 0, -50_000])
async def test_another_amount_delivers_nothing(shop: Shop, seller: Seller, buyer: Buyer, amount: int) -> None:
    """A sum that is not the order's is refused, and the right one is taken afterwards."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    with pytest.raises(AmountDiffers):
        await told(shop, payment, amount=amount)
    assert ((await now(shop, order)).row.status, await money(shop, order)) == (OrderStatus.RESERVED, {})
    await told(shop, payment)
    assert (await now(shop, order)).row.status == OrderStatus.PAID


async def test_forged_callbacks(shop: Shop, open_more: OpenShop, seller: Seller, buyer: Buyer) -> None:
    """Without the provider's signature over exactly this body nothing happens."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    headers, body = word_of_bank(shop, payment)
    stranger = await open_more(secret="a secret that is not this shop's at all")
    forged = [
        ({}, body),
        ({SIGNATURE: ""}, body),
        ({SIGNATURE: "ä" * 32}, body),
        (headers, body + b" "),
        (headers, word_of_bank(shop, payment, amount=1)[1]),
        (word_of_bank(stranger, payment)[0], body),
        (headers, b"\xff\x00"),
        # A buyer reads the intent of their payment, in which the bank has signed its number and amount.
        ({SIGNATURE: payment.intent.rsplit("-", 1)[1]}, f"{payment.id}-{payment.amount}".encode()),
    ]
    for given in forged:
        with pytest.raises(CallbackNotGenuine):
            await shop.payments.callback("test", *given)
    assert (await now(shop, order)).row.status == OrderStatus.RESERVED


async def test_callbacks_of_nobodys_payment(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """An unknown intent or provider is not found, and a bank's page that nobody opened shows nothing."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    with pytest.raises(PaymentNotFound):
        await told(shop, payment, intent="tb-1-1-ffffffffffffffffffffffffffffffff")
    with pytest.raises(PaymentNotFound):
        await shop.payments.callback("bank", *word_of_bank(shop, payment))
    for intent in ("", "x", payment.intent[:-1] + "x", payment.intent + "0", "tb-1-1-" + "f" * 32):
        with pytest.raises(PaymentNotFound):
            await shop.bank_page.decide(intent, "succeeds")


async def test_the_bank_ends_a_payment_once(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """The first decision stands; one that it does not know is refused."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    payment = await begun(shop, order)
    for outcome, late in (("explodes", 0), ("answers_late", -1), ("answers_late", 86_401)):
        with pytest.raises(Invalid):
            await shop.bank_page.decide(payment.intent, outcome, timedelta(seconds=late))
    await shop.bank_page.decide(payment.intent, "declines")
    await shop.bank_page.decide(payment.intent, "succeeds")
    assert (await now(shop, order)).payments[0].status == PaymentStatus.DECLINED


async def test_the_last_key_goes_to_one_of_many(shop: Shop, open_more: OpenShop, seller: Seller) -> None:
    """Thirty-two buyers place and pay at the same time for three keys, and 29 hear that they are sold out."""
    shops = [shop, await open_more(), await open_more()]
    game = await keys_on_sale(shop, seller, 3)

    async def buy(number: int, person: Buyer) -> int:
        own = shops[number % 3]
        return (await paid(own, await placed(own, person, game))).row.status

    people = await buyers(shop, 32)
    done = await asyncio.gather(*(buy(n, one) for n, one in enumerate(people)), return_exceptions=True)
    assert [one for one in done if not isinstance(one, SoldOut)] == [OrderStatus.PAID] * 3
    assert await shelf(shop, seller, game) == (0, 0, 3)
