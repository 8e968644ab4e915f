"""Refunds: they close what an order brought and give the money back; a reversal lets the sale stand after all."""

import asyncio
from pathlib import Path

import pytest

from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import (
    begun,
    buyers,
    events,
    film_on_sale,
    gave_back,
    keys_on_sale,
    money,
    now,
    paid,
    placed,
    service_on_sale,
    shelf,
    told,
)
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.orders import OrderStatus
from vitrina.domain.payments import PaymentStatus
from vitrina.domain.problems import AccessEnded, OrderNotFound, OrderNotPaid
from vitrina.domain.shop import Shop
from vitrina.store.orders import Order

SOLD = {"provider:test": 50_000, "shop:commission": -5_000}


def sold_by(seller: Seller) -> dict[str, int]:
    return SOLD | {f"seller:{seller.id}": -45_000}


async def sold(shop: Shop, seller: Seller, buyer: Buyer) -> Order:
    return await paid(shop, await placed(shop, buyer, await keys_on_sale(shop, seller)))


async def test_a_refund_closes_and_gives_back(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, clock: Wall
) -> None:
    """The ledger ends at nothing once the provider has paid; the keys stay sold; the reason is kept."""
    order = await sold(shop, seller, buyer)
    clock.forward(days=1)
    order = await shop.orders.refund(operator, order.row.id, "не работает")
    payment = order.payments[0]
    assert (order.row.status, order.row.closed_at) == (OrderStatus.REFUNDED, clock.now)
    assert (payment.status, payment.reason) == (PaymentStatus.REFUNDING, "не работает")
    assert await money(shop, order) == {"provider:test": 50_000, "refunds:due": -50_000}
    with pytest.raises(AccessEnded):
        await shop.library.get(buyer, order.lines[0].entitlement_id or 0)
    assert (await shop.library.page(buyer, 0, 10)) == ([], 0)
    await gave_back(shop, payment.id)
    assert (await now(shop, order)).payments[0].status == PaymentStatus.REFUNDED
    assert await money(shop, order) == {}
    assert await shop.db.value("select refunded from test_intents where id = $1", payment.intent)
    assert await shelf(shop, seller, order.lines[0].offer_id) == (0, 0, 1)
    assert await events(shop, "order.refunded", order.row.id) == [{"money": True, "reason": "не работает"}]
    assert await events(shop, "offer.refunded", order.lines[0].offer_id) == [
        {"order": order.row.id, "quantity": 1}
    ]


async def test_a_refund_repeated_is_one_refund(
    shop: Shop, open_more: OpenShop, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """Also at the same time in several processes, and when its job runs again and again."""
    shops = [shop, await open_more(commission=1000), await open_more(commission=1000)]
    order = await sold(shop, seller, buyer)
    await asyncio.gather(*(shops[n % 3].orders.refund(operator, order.row.id, "x") for n in range(16)))
    await asyncio.gather(*(gave_back(shops[n % 3], order.payments[0].id) for n in range(16)))
    assert await money(shop, order) == {}
    assert len({entry.transaction_id for entry in await shop.ledger.of_order(order.row.id)}) == 3
    assert len(await events(shop, "payment.refunded", order.payments[0].id)) == 1


@pytest.mark.parametrize("given", [False, True])
async def test_a_reversal_opens_again(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, given: bool
) -> None:
    """The seller has earned it again; money that the provider gave back already, the buyer owes."""
    order = await sold(shop, seller, buyer)
    await shop.orders.refund(operator, order.row.id, "x")
    if given:
        await gave_back(shop, order.payments[0].id)
    order = await shop.orders.reverse_refund(operator, order.row.id, "y")
    assert (order.row.status, order.row.closed_at) == (OrderStatus.PAID, None)
    assert (await shop.library.get(buyer, order.lines[0].entitlement_id or 0)).entitlement.ended_at is None
    kept = sold_by(seller)
    if given:
        kept = {name: amount for name, amount in kept.items() if name != "provider:test"} | {
            "buyers:owed": 50_000
        }
    assert await money(shop, order) == kept
    assert await events(shop, "order.refund_reversed", order.row.id) == [{"reason": "y"}]
    await shop.payments.give_back(order.payments[0].id)
    assert await money(shop, order) == kept


@pytest.mark.parametrize("given", [False, True])
async def test_refund_reversal_refund(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, given: bool
) -> None:
    """However often it goes to and fro, money is given back once and the ledger ends at nothing."""
    order = await sold(shop, seller, buyer)
    payment = order.payments[0].id
    for _ in range(3):
        await shop.orders.refund(operator, order.row.id, "x")
        if given:
            await shop.payments.give_back(payment)
        await shop.orders.reverse_refund(operator, order.row.id, "y")
    order = await shop.orders.refund(operator, order.row.id, "z")
    await shop.payments.give_back(payment)
    assert (await money(shop, order), (await now(shop, order)).row.status) == ({}, OrderStatus.REFUNDED)
    entries = await shop.ledger.of_order(order.row.id)
    assert sum(entry.amount < 0 for entry in entries if entry.account == "provider:test") == 1
    assert await shop.ledger.earned(seller) == 0


async def test_a_reversal_while_the_provider_gives_back(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """The money is gone all the same, so the buyer owes it; a second refund asks for nothing more."""
    order = await sold(shop, seller, buyer)
    payment = order.payments[0]
    await shop.orders.refund(operator, order.row.id, "x")
    bank, reversed = shop.payments.provider, asyncio.Event()

    class Slow(type(bank)):
        async def refund(self, intent: str, amount: int) -> None:
            await super().refund(intent, amount)
            await shop.orders.reverse_refund(operator, order.row.id, "y")
            reversed.set()

    shop.payments._provider = Slow(bank._rows, bank._key, bank._address, bank._clock)
    await shop.payments.give_back(payment.id)
    assert reversed.is_set()
    assert await money(shop, order) == {
        "buyers:owed": 50_000,
        "shop:commission": -5_000,
        f"seller:{seller.id}": -45_000,
    }
    await shop.orders.refund(operator, order.row.id, "z")
    assert (await now(shop, order)).payments[0].status == PaymentStatus.REFUNDED
    assert await money(shop, order) == {}


async def test_a_reversal_after_the_provider_gave_back_unnoticed(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """Killed between the provider's answer and our note, then reversed: the buyer owes what they got back."""
    order = await sold(shop, seller, buyer)
    payment = order.payments[0]
    await shop.orders.refund(operator, order.row.id, "x")
    bank = shop.payments.provider

    class Killed(type(bank)):
        async def refund(self, intent: str, amount: int) -> None:
            await super().refund(intent, amount)
            raise ConnectionError

    shop.payments._provider = Killed(bank._rows, bank._key, bank._address, bank._clock)
    with pytest.raises(ConnectionError):
        await shop.payments.give_back(payment.id)
    await shop.orders.reverse_refund(operator, order.row.id, "y")
    shop.payments._provider = bank
    await shop.payments.give_back(payment.id)
    assert await money(shop, order) == {
        "buyers:owed": 50_000,
        "shop:commission": -5_000,
        f"seller:{seller.id}": -45_000,
    }


async def test_only_paid_orders_are_refunded(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """Neither reserved nor cancelled ones, nor what there is not; and what was not refunded is not reversed."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller))
    for action in (shop.orders.refund, shop.orders.reverse_refund):
        with pytest.raises(OrderNotPaid):
            await action(operator, order.row.id, "x")
        with pytest.raises(OrderNotFound):
            await action(operator, 10**15, "x")
    await shop.orders.cancel(buyer, order.row.id)
    with pytest.raises(OrderNotPaid):
        await shop.orders.refund(operator, order.row.id, "x")
    assert await money(shop, order) == {}


async def test_refunding_what_was_free(shop: Shop, seller: Seller, buyer: Buyer, operator: Operator) -> None:
    """It closes and opens again, without any money."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller, price=0))
    order = await shop.orders.refund(operator, order.row.id, "x")
    assert (order.row.status, (await shop.library.page(buyer, 0, 10))[1]) == (OrderStatus.REFUNDED, 0)
    order = await shop.orders.reverse_refund(operator, order.row.id, "y")
    assert (order.row.status, (await shop.library.page(buyer, 0, 10))[1]) == (OrderStatus.PAID, 1)
    assert await money(shop, order) == {}


async def test_a_refund_closes_every_line(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, tmp_path: Path
) -> None:
    """Keys, works and services of an order end together, and those of another order stay."""
    film, _ = await film_on_sale(shop, seller, tmp_path)
    goods = (await keys_on_sale(shop, seller, 3), film, await service_on_sale(shop, seller))
    order, other = [await paid(shop, await placed(shop, buyer, *goods)) for _ in range(2)]
    await shop.orders.refund(operator, order.row.id, "x")
    owned, count = await shop.library.page(buyer, 0, 10)
    assert (count, {one.entitlement.order_id for one in owned}) == (3, {other.row.id})


async def test_a_refund_takes_from_each_seller_their_own(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """Sellers of one order lose what they had earned with it, no more."""
    other = Seller(seller.id + 500_000, seller.rights)
    await shop.db.execute(
        "insert into sellers (id, email, name, password_hash, created_at) values ($1, $2, '', '', now())",
        other.id,
        f"{other.id}@example.com",
    )
    mine, theirs = await keys_on_sale(shop, seller, 2), await keys_on_sale(shop, other, 1, price=999)
    await paid(shop, await placed(shop, buyer, mine))
    order = await paid(shop, await placed(shop, buyer, mine, theirs))
    assert (await shop.ledger.earned(seller), await shop.ledger.earned(other)) == (90_000, 900)
    await shop.orders.refund(operator, order.row.id, "x")
    assert (await shop.ledger.earned(seller), await shop.ledger.earned(other)) == (45_000, 0)


async def test_the_payment_that_bought_is_given_back(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """Not one that was declined before, and not one that came too much and went back already."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller, 2))
    declined = await begun(shop, order)
    await shop.bank_page.decide(declined.intent, "declines")
    order = await paid(shop, order)
    await told(shop, declined)
    await gave_back(shop, declined.id)
    order = await shop.orders.refund(operator, order.row.id, "x")
    assert [one.status for one in order.payments] == [PaymentStatus.REFUNDED, PaymentStatus.REFUNDING]
    await gave_back(shop, order.payments[1].id)
    assert await money(shop, order) == {}


async def test_money_for_a_refunded_order_is_given_back(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """A second payment that arrives after the refund buys nothing."""
    order = await placed(shop, buyer, await keys_on_sale(shop, seller, 2))
    declined = await begun(shop, order)
    await told(shop, declined, 2)
    order = await paid(shop, order)
    await shop.orders.refund(operator, order.row.id, "x")
    await told(shop, declined)
    assert (await now(shop, order)).row.status == OrderStatus.REFUNDED
    for payment in order.payments:
        await gave_back(shop, payment.id)
    assert await money(shop, order) == {}


async def test_selling_and_refunding_at_the_same_time(
    shop: Shop, open_more: OpenShop, seller: Seller, operator: Operator, clock: Wall
) -> None:
    """Sales, refunds and reversals of one offer in three processes never wait for each other for ever."""
    shops = [await open_more(8, commission=1000) for _ in range(3)]
    game = await keys_on_sale(shop, seller, 96)
    people = await buyers(shop, 96)
    half = [await paid(shop, await placed(shop, person, game)) for person in people[:48]]

    async def to_and_fro(own: Shop, order: Order) -> None:
        await own.orders.refund(operator, order.row.id, "x")
        await own.payments.give_back(order.payments[0].id)
        await own.orders.reverse_refund(operator, order.row.id, "y")
        await own.orders.refund(operator, order.row.id, "z")

    async def buy(own: Shop, person: Buyer) -> None:
        await paid(own, await placed(own, person, game))

    tasks = [to_and_fro(shops[n % 3], order) for n, order in enumerate(half)]
    tasks += [buy(shops[n % 3], person) for n, person in enumerate(people[48:])]
    await asyncio.gather(*tasks)
    assert await shop.ledger.earned(seller) == 48 * 45_000
    (day,) = await shop.totals.by_day(seller, None, None)
    assert (day.sold, day.refunded) == (96, 48 * 50_000)
