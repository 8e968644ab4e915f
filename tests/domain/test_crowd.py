"""A crowd: 2,000 orders, 32 at a time, for 1,800 keys. Of 10,000 for 9,000: `pytest tests/faults --large`."""

import asyncio
import random
from collections import Counter

import pytest

from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import begun, buyers, keys_on_sale, placed, shelf, told
from vitrina.adapters.payments import Outcome
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.orders import OrderStatus
from vitrina.domain.problems import SoldOut
from vitrina.domain.shop import Shop
from vitrina.store.orders import Order

ORDERS, KEYS, AT_ONCE = 2_000, 1_800, 32


class Crowd:
    """Buyers who order one key each, and pay, pay late, are declined, change their minds or forget."""

    def __init__(self, shops: list[Shop], game: int, people: list[Buyer]) -> None:
        self.shops = shops
        self.game = game
        self.people = people
        self.ends: Counter[str] = Counter()
        self.late: list[tuple[Order, object]] = []
        self.dice = random.Random(11)

    async def come(self, numbers: range) -> None:
        """All of these buyers, so many at a time."""
        queue = iter(numbers)

        async def one_after_another() -> None:
            for number in queue:
                self.ends[await self.buy(number)] += 1

        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))

    async def buy(self, number: int) -> str:
        shop, person = self.shops[number % len(self.shops)], self.people[number % len(self.people)]
        try:
            order = await placed(shop, person, self.game)
        except SoldOut:
            return "sold out"
        chance = self.dice.random()
        if chance < 0.04:
            return "forgot"
        if chance < 0.06:
            await shop.orders.cancel(person, order.row.id)
            return "cancelled"
        payment = await begun(shop, order)
        if chance < 0.12:
            await told(shop, payment, Outcome.DECLINED)
            return "declined"
        if chance < 0.14:
            self.late.append((order, payment))
            return "late"
        await told(shop, payment)
        if chance < 0.2:
            await told(shop, payment)
        return "paid"


@pytest.mark.timeout(600)
async def test_every_key_is_sold_once_and_none_stays_reserved(
    shop: Shop, open_more: OpenShop, seller: Seller, clock: Wall
) -> None:
    """Whatever becomes of payments: 9,000 are sold, each to one buyer, and the money is that of 9,000 sales."""
    shops = [await open_more(12, commission=1000) for _ in range(3)]
    game = await keys_on_sale(shop, seller, KEYS)
    crowd = Crowd(shops, game, await buyers(shop, 1000))
    await crowd.come(range(ORDERS))
    rounds, sold = 0, 0
    while sold < KEYS:  # what came back to the shelf is for those who come later
        clock.forward(minutes=15)
        await asyncio.gather(*(one.orders.expire() for one in shops))
        await asyncio.gather(
            *(told(shops[n % 3], payment) for n, (_, payment) in enumerate(crowd.late[:AT_ONCE]))
        )
        del crowd.late[:AT_ONCE]
        available, reserved, sold = await shelf(shop, seller, game)
        assert (available + sold, reserved) == (KEYS, 0)
        rounds += 1
        assert rounds < 50
        await crowd.come(range(ORDERS, ORDERS + available))
    clock.forward(minutes=15)
    await shop.orders.expire()
    assert await shelf(shop, seller, game) == (0, 0, KEYS)
    owners = await shop.db.fetch(
        "select l.order_id, o.status from keys k join order_lines l on l.id = k.order_line_id"
        " join orders o on o.id = l.order_id where k.offer_id = $1",
        game,
    )
    assert {row["status"] for row in owners} == {OrderStatus.PAID}
    assert len({row["order_id"] for row in owners}) == len(owners) == KEYS
    assert await shop.ledger.earned(seller) == KEYS * 45_000
    (day,) = await shop.totals.by_day(seller, None, None)
    assert (day.sold, day.revenue) == (KEYS, KEYS * 50_000)
    assert sum(crowd.ends.values()) >= ORDERS
