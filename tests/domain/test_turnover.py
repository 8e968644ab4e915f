"""Turnover: what the days brought the shop, summed from the log, each event once."""

import asyncio
from datetime import timedelta

from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import keys_on_sale, paid, placed
from tests.domain.stock import author, group, item, licence_type, member
from tests.domain.test_events import apart
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.licences import Fields, Wanted
from vitrina.domain.shop import Shop
from vitrina.store.turnover import Turnover


async def day_of(shop: Shop, clock: Wall, currency: str = "RUB") -> Turnover:
    await shop.turnover.follow()
    today = clock().date()
    found = [day for day in await shop.turnover.by_day(today, today) if day.currency == currency]
    return found[0] if found else Turnover(today, currency)


async def test_sales_and_refunds_of_a_day(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, clock: Wall
) -> None:
    """What buyers paid, what went back, and what stays with the shop of it; a reversed refund stands again."""
    clock.forward(days=4000)
    game = await keys_on_sale(shop, seller, 3, price=50_000)
    order = await paid(shop, await placed(shop, buyer, (game, 2)))
    assert await day_of(shop, clock) == Turnover(
        clock().date(), "RUB", orders=1, revenue=100_000, commission=10_000
    )
    await shop.orders.refund(operator, order.row.id, "проба")
    found = await day_of(shop, clock)
    assert (found.revenue, found.refunds, found.commission) == (100_000, 100_000, 0)
    await shop.orders.reverse_refund(operator, order.row.id, "ошибка")
    found = await day_of(shop, clock)
    assert (found.refunds, found.commission) == (0, 10_000)
    (best,), _ = await shop.turnover.best(clock().date(), clock().date(), 5)
    assert (best.id, best.sold, best.revenue) == (game, 2, 100_000)


async def test_licences_of_a_day(shop: Shop, clock: Wall) -> None:
    """In the currency of the group, with the shop's commission on them."""
    clock.forward(days=4100)
    who = await member(shop, await group(shop))
    type_id = await licence_type(shop, who.group_id)
    image = await item(shop, await author(shop))
    await shop.licences.issue(who, [Wanted(image, type_id, "s-2015")] * 2, Fields())
    found = await day_of(shop, clock, "USD")
    assert (found.licences, found.licensed, found.commission) == (2, 2000, 200)


async def test_two_workers_count_once(
    open_more: OpenShop, shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """Whichever comes second passes by."""
    clock.forward(days=4200)
    there = await open_more()
    game = await keys_on_sale(shop, seller, 5)
    for _ in range(5):
        await paid(shop, await placed(shop, buyer, game))
    await asyncio.gather(*(apart(follow(place)) for place in (shop, there) * 3))
    assert (await day_of(shop, clock)).orders == 5


async def follow(shop: Shop) -> None:
    await shop.turnover.follow()


async def test_a_span_is_the_sum_of_its_days(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """Whole months and the days around them, at whichever day the span begins and ends."""
    clock.now = clock().replace(year=2040, month=1, day=15)
    game, first = await keys_on_sale(shop, seller, 80), clock().date()
    for _ in range(80):
        await paid(shop, await placed(shop, buyer, game))
        clock.forward(days=1)
    await shop.turnover.follow()
    for begin, length in ((0, 1), (0, 80), (17, 29), (16, 31), (17, 60), (20, 5), (30, 30), (0, 17)):
        since = first + timedelta(days=begin)
        (best,), (same,) = await shop.turnover.best(since, since + timedelta(days=length - 1), 1)
        assert best.sold == min(length, 80 - begin), (begin, length)
        assert same.revenue == best.revenue
