"""Orders: what a buyer reserves is theirs for 15 minutes, all of it or nothing, and once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import (
    begun,
    buyers,
    events,
    film_on_sale,
    keys_on_sale,
    money,
    now,
    paid,
    placed,
    service_on_sale,
    shelf,
)
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.offers import OfferStatus
from vitrina.domain.orders import OrderStatus
from vitrina.domain.problems import (
    IdempotencyKeyReused,
    Invalid,
    NotOnSale,
    OrderClosed,
    OrderNotFound,
    OrderNotPaid,
    Problem,
    SoldOut,
)
from vitrina.domain.shop import Shop

QUARTER = timedelta(minutes=15)


# --- reserving -------------------------------------------------------------------------------------------


async def test_an_order_of_several_offers(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """Keys are reserved for 15 minutes; the total is what the prices of the moment add up to."""
    game = await keys_on_sale(shop, seller, 5, price=50_000, discount_price=45_000)
    coupon = await keys_on_sale(shop, seller, 1, price=100)
    service = await service_on_sale(shop, seller, price=7)
    order = await placed(shop, buyer, (game, 3), service, coupon)
    assert (order.row.status, order.row.total) == (OrderStatus.RESERVED, 3 * 45_000 + 7 + 100)
    assert (order.row.created_at, order.row.expires_at) == (clock.now, clock.now + QUARTER)
    assert [(line.offer_id, line.quantity, line.price) for line in order.lines] == [
        (game, 3, 45_000),
        (service, 1, 7),
        (coupon, 1, 100),
    ]
    assert order == await now(shop, order)
    assert (await shelf(shop, seller, game), await shelf(shop, seller, coupon)) == ((2, 3, 0), (0, 1, 0))


async def test_all_or_nothing(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """One offer that is sold out or not on sale, and nothing of the order is reserved."""
    game, rare = await keys_on_sale(shop, seller, 5), await keys_on_sale(shop, seller, 1)
    hidden = await keys_on_sale(shop, seller, 1, publish=False)
    for offers in ((game, (rare, 2)), ((rare, 2), game), (game, hidden), (game, 10**15)):
        with pytest.raises((SoldOut, NotOnSale)):
            await placed(shop, buyer, *offers)
    assert (await shelf(shop, seller, game), await shelf(shop, seller, rare)) == ((5, 0, 0), (1, 0, 0))
    assert await shop.orders.page(buyer, None, 10) == []


async def test_sold_out_is_a_clear_answer(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """It names the offer, what was wanted and what is left."""
    game = await keys_on_sale(shop, seller, 2)
    with pytest.raises(SoldOut, match=rf"{game} .* 3 wanted, 2 left"):
        await placed(shop, buyer, (game, 3))
    await placed(shop, buyer, (game, 2))
    with pytest.raises(SoldOut, match="none left"):
        await placed(shop, buyer, game)


@pytest.mark.parametrize("status", [OfferStatus.DRAFT, OfferStatus.PAUSED, OfferStatus.DELETED])
async def test_what_is_not_on_sale(shop: Shop, seller: Seller, buyer: Buyer, status: OfferStatus) -> None:
    """Drafts, paused and deleted offers cannot be ordered."""
    game = await keys_on_sale(shop, seller, 1)
    await shop.offers.set_status(seller, game, status)
    with pytest.raises(NotOnSale):
        await placed(shop, buyer, game)


@pytest.mark.parametrize("quantity", [0, -1, 101, 2**31 - 1])
async def test_quantities_of_keys(shop: Shop, seller: Seller, buyer: Buyer, quantity: int) -> None:
    """An order has 1 to 100 keys of an offer."""
    game = await keys_on_sale(shop, seller, 120)
    with pytest.raises(Invalid, match="1 to 100"):
        await placed(shop, buyer, (game, quantity))
    assert (await placed(shop, buyer, (game, 100))).lines[0].quantity == 100


async def test_the_same_offer_twice_is_one_line(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Quantities of an offer that is named twice add up, for the limit, too."""
    game = await keys_on_sale(shop, seller, 120)
    assert [line.quantity for line in (await placed(shop, buyer, (game, 2), game)).lines] == [3]
    with pytest.raises(Invalid):
        await placed(shop, buyer, (game, 60), (game, 60))


async def test_an_order_has_1_to_50_lines(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Fifty offers are taken at once, none and fifty-one are refused."""
    offers = [await service_on_sale(shop, seller) for _ in range(51)]
    assert len((await placed(shop, buyer, *offers[:50])).lines) == 50
    for wrong in ((), offers):
        with pytest.raises(Invalid, match="1 to 50"):
            await placed(shop, buyer, *wrong)


async def test_what_is_not_used_up_is_bought_once(
    shop: Shop, seller: Seller, buyer: Buyer, tmp_path: Path
) -> None:
    """Two of a film or a service in one order are a mistake, and nothing is taken for it."""
    film, _ = await film_on_sale(shop, seller, tmp_path)
    for offer in (film, await service_on_sale(shop, seller)):
        for offers in (((offer, 2),), (offer, offer)):
            with pytest.raises(Invalid, match="is enough"):
                await placed(shop, buyer, *offers)


# --- idempotency -----------------------------------------------------------------------------------------


async def test_an_order_repeated_is_one_order(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """With its idempotency key it gives the first order as it is now, also when nothing is left."""
    game = await keys_on_sale(shop, seller, 1)
    order = await placed(shop, buyer, game, key="a")
    assert await placed(shop, buyer, game, key="a") == order
    await paid(shop, order)
    assert (await placed(shop, buyer, game, key="a")).row.status == OrderStatus.PAID
    assert len(await events(shop, "order.placed", order.row.id)) == 1


async def test_a_key_belongs_to_one_request_of_one_buyer(shop: Shop, seller: Seller) -> None:
    """Another body under the same key is refused; another buyer's key is another key."""
    game = await keys_on_sale(shop, seller, 3)
    one, other = await buyers(shop, 2)
    order = await placed(shop, one, game, key="a", digest=b"1")
    with pytest.raises(IdempotencyKeyReused):
        await placed(shop, one, (game, 2), key="a", digest=b"2")
    assert (await placed(shop, other, game, key="a", digest=b"2")).row.id != order.row.id
    assert await shelf(shop, seller, game) == (1, 2, 0)


async def test_a_refused_order_leaves_its_key_free(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """What failed may be tried again under the same key."""
    game = await keys_on_sale(shop, seller, 1)
    with pytest.raises(SoldOut):
        await placed(shop, buyer, (game, 2), key="a")
    await shop.keys.add(seller, game, ["more"])
    assert (await placed(shop, buyer, (game, 2), key="a")).row.status == OrderStatus.RESERVED


@pytest.mark.parametrize("stock", [40, 1])
async def test_repeats_at_the_same_time_are_one_order(
    shop: Shop, open_more: OpenShop, seller: Seller, buyer: Buyer, stock: int
) -> None:
    """Thirty-two times the same request, in three processes, also for the last key on the shelf."""
    shops = [shop, await open_more(), await open_more()]
    for _ in range(5):
        game = await keys_on_sale(shop, seller, stock)
        repeats = [placed(shops[n % 3], buyer, game, key=f"k{game}") for n in range(32)]
        orders = await asyncio.gather(*repeats, return_exceptions=True)
        assert [one for one in orders if isinstance(one, BaseException)] == []
        assert len({order.row.id for order in orders}) == 1
        assert await shelf(shop, seller, game) == (stock - 1, 1, 0)


# --- going back on the shelf -----------------------------------------------------------------------------


async def test_an_unpaid_order_goes_back_after_15_minutes(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """By schedule, not a moment earlier, and the log says so."""
    game = await keys_on_sale(shop, seller, 2)
    order = await placed(shop, buyer, (game, 2))
    clock.forward(minutes=14, seconds=59.999)
    await shop.orders.expire()
    assert (await now(shop, order)).row.status == OrderStatus.RESERVED
    clock.forward(seconds=0.001)
    assert await shop.orders.expire() >= 1
    assert await shop.orders.expire() == 0
    order = await now(shop, order)
    assert (order.row.status, order.row.closed_at) == (OrderStatus.RETURNED, clock.now)
    assert await shelf(shop, seller, game) == (2, 0, 0)
    assert len(await events(shop, "order.returned", order.row.id)) == 1


async def test_goods_past_their_time_are_sold_before_the_schedule_comes(
    shop: Shop, seller: Seller, clock: Wall
) -> None:
    """Whoever needs them puts them back, no more than is past its time."""
    game = await keys_on_sale(shop, seller, 2)
    first, second, third = await buyers(shop, 3)
    order = await placed(shop, first, game)
    clock.forward(minutes=10)
    later = await placed(shop, second, game)
    clock.forward(minutes=5)
    assert (await placed(shop, third, game)).row.status == OrderStatus.RESERVED
    assert (await now(shop, order)).row.status == OrderStatus.RETURNED
    assert (await now(shop, later)).row.status == OrderStatus.RESERVED


async def test_a_paid_order_does_not_go_back(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """Neither by schedule nor on need."""
    game = await keys_on_sale(shop, seller, 1)
    order = await paid(shop, await placed(shop, buyer, game))
    clock.forward(days=400)
    await shop.orders.expire()
    with pytest.raises(SoldOut):
        await placed(shop, buyer, game)
    assert (await now(shop, order)).row.status == OrderStatus.PAID


async def test_cancelling_puts_goods_back_at_once(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Twice is no error; an order that was cancelled cannot be paid any more."""
    game = await keys_on_sale(shop, seller, 1)
    order = await placed(shop, buyer, game)
    for _ in range(2):
        assert (await shop.orders.cancel(buyer, order.row.id)).row.status == OrderStatus.CANCELLED
    assert await shelf(shop, seller, game) == (1, 0, 0)
    assert len(await events(shop, "order.cancelled", order.row.id)) == 1
    with pytest.raises(OrderClosed):
        await begun(shop, order)


async def test_a_paid_order_cannot_be_cancelled(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """Nor one that went back by itself."""
    first, second = await keys_on_sale(shop, seller), await keys_on_sale(shop, seller)
    order = await paid(shop, await placed(shop, buyer, first))
    gone = await placed(shop, buyer, second)
    clock.forward(minutes=15)
    await shop.orders.expire()
    for closed in (order, gone):
        with pytest.raises(OrderClosed):
            await shop.orders.cancel(buyer, closed.row.id)


async def test_many_ways_back_at_once(shop: Shop, open_more: OpenShop, seller: Seller, clock: Wall) -> None:
    """Schedule, need and buyers in three processes put each key back once, and break nothing."""
    shops = [shop, await open_more(), await open_more()]
    game = await keys_on_sale(shop, seller, 30)
    people = await buyers(shop, 30)
    orders = [await placed(shop, person, game) for person in people]
    clock.forward(minutes=15)
    tasks = [shops[n % 3].orders.expire() for n in range(6)]
    tasks += [
        shops[n % 3].orders.cancel(person, o.row.id)
        for n, (person, o) in enumerate(zip(people, orders, strict=True))
    ]
    tasks += [placed(shops[n % 3], people[n], game) for n in range(10)]
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in done if isinstance(one, Exception)} <= {OrderClosed, SoldOut}
    await shop.orders.expire()
    available, reserved, sold = await shelf(shop, seller, game)
    assert (available + reserved, sold) == (30, 0)
    assert reserved == sum(isinstance(one, Problem) is False for one in done[-10:])


# --- free goods, and what changes later ------------------------------------------------------------------


async def test_what_costs_nothing_is_delivered_at_once(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """There is nothing to pay, no payment, and no entry in the ledger."""
    game, service = await keys_on_sale(shop, seller, 2, price=0), await service_on_sale(shop, seller, price=0)
    order = await placed(shop, buyer, (game, 2), service)
    assert (order.row.status, order.row.total, order.payments) == (OrderStatus.PAID, 0, [])
    assert all(line.entitlement_id for line in order.lines)
    assert (await shelf(shop, seller, game), await money(shop, order)) == ((0, 0, 2), {})
    assert (await shop.orders.receipt(buyer, order.row.id)).order.row.total == 0
    with pytest.raises(OrderClosed):
        await begun(shop, order)


async def test_free_and_paid_goods_in_one_order(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """The free ones wait for the money of the others, too."""
    order = await placed(
        shop, buyer, await keys_on_sale(shop, seller, price=0), await service_on_sale(shop, seller, price=10)
    )
    assert (order.row.status, order.row.total) == (OrderStatus.RESERVED, 10)
    assert (await paid(shop, order)).row.status == OrderStatus.PAID


async def test_the_price_of_the_reservation_holds(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """What the seller changes afterwards changes neither what is to be paid nor what is delivered."""
    game = await keys_on_sale(shop, seller, 1, price=50_000)
    title = (await shop.offers.get(seller, game)).offer.title
    order = await placed(shop, buyer, game)
    await shop.offers.update(seller, game, {"title": "Другое", "price": 99_900})
    order = await paid(shop, order)
    assert (order.payments[0].amount, order.lines[0].price, order.lines[0].title) == (50_000, 50_000, title)
    assert -sum(amount for amount in (await money(shop, order)).values() if amount < 0) == 50_000


@pytest.mark.parametrize("status", [OfferStatus.DRAFT, OfferStatus.PAUSED, OfferStatus.DELETED])
async def test_a_reserved_order_is_delivered_though_the_offer_is_gone(
    shop: Shop, seller: Seller, buyer: Buyer, status: OfferStatus
) -> None:
    """Whoever reserved in time may pay in time."""
    game = await keys_on_sale(shop, seller, 1)
    order = await placed(shop, buyer, game)
    await shop.offers.set_status(seller, game, status)
    order = await paid(shop, order)
    assert order.row.status == OrderStatus.PAID
    assert len(await shop.library.reveal(buyer, order.lines[0].entitlement_id or 0, "")) == 1


async def test_a_reserved_key_cannot_be_deleted(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """What a buyer may pay for stays on the shelf for them."""
    game = await keys_on_sale(shop, seller, ["k"])
    order = await placed(shop, buyer, game)
    key_id = await shop.db.value("select id from keys where offer_id = $1", game)
    assert [one.gone for one in await shop.keys.delete(seller, [key_id])] == [False]
    assert (await paid(shop, order)).row.status == OrderStatus.PAID


# --- whose it is -----------------------------------------------------------------------------------------


async def test_nobody_sees_anothers_orders(shop: Shop, seller: Seller) -> None:
    """Reading, paying, cancelling and receipts: another's order is not found."""
    mine, theirs = await buyers(shop, 2)
    order = await placed(shop, mine, await keys_on_sale(shop, seller))
    for attempt in (shop.orders.get, shop.orders.cancel, shop.orders.receipt):
        with pytest.raises(OrderNotFound):
            await attempt(theirs, order.row.id)
    with pytest.raises(OrderNotFound):
        await shop.payments.begin(theirs, order.row.id, "")
    assert await shop.orders.page(theirs, None, 10) == []
    assert (await now(shop, order)).row.status == OrderStatus.RESERVED


async def test_pages_of_orders(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Newest first; each page stays below the last id of the one before."""
    service = await service_on_sale(shop, seller)
    ids = [(await placed(shop, buyer, service)).row.id for _ in range(5)]
    first = await shop.orders.page(buyer, None, 3)
    rest = await shop.orders.page(buyer, first[-1].row.id, 3)
    assert [order.row.id for order in first + rest] == ids[::-1]


async def test_only_paid_orders_have_receipts(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """A receipt names the buyer, the sellers, the goods and the moment."""
    game = await keys_on_sale(shop, seller, 2)
    order = await placed(shop, buyer, (game, 2))
    with pytest.raises(OrderNotPaid):
        await shop.orders.receipt(buyer, order.row.id)
    clock.forward(minutes=1)
    await paid(shop, order)
    receipt = await shop.orders.receipt(buyer, order.row.id)
    assert (receipt.issued_at, receipt.buyer) == (clock.now, "Buyer")
    assert (receipt.sellers, receipt.order.row.total) == ({seller.id: "Продавец"}, 100_000)
