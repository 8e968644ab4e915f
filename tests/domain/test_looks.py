"""Looks: whoever runs the shop and opens somebody's personal data stands in the log."""

import asyncio

from tests.domain.conftest import OpenShop, Wall
from tests.domain.test_events import apart
from vitrina.domain.access import Buyer, Operator
from vitrina.domain.shop import Shop


async def looks(shop: Shop, subject_id: int) -> list[tuple[str, str]]:
    rows = await shop.db.fetch(
        "select kind, actor from events where kind like '%.seen' and subject_id = $1 order by id", subject_id
    )
    return [(row[0], row[1]) for row in rows]


async def test_a_look_is_noted_once_an_hour(shop: Shop, buyer: Buyer, clock: Wall) -> None:
    """For each operator and each kind of data on its own; a page of many is one call."""
    one, other = Operator(buyer.id * 2), Operator(buyer.id * 2 + 1)
    await shop.looks.note(one, "buyer.seen", buyer.id)
    clock.forward(minutes=59)
    await shop.looks.note(one, "buyer.seen", buyer.id, buyer.id)
    await shop.looks.note(other, "buyer.seen", buyer.id)
    await shop.looks.note(one, "order.seen", buyer.id)
    assert await looks(shop, buyer.id) == [
        ("buyer.seen", one.actor),
        ("buyer.seen", other.actor),
        ("order.seen", one.actor),
    ]
    clock.forward(minutes=2)
    await shop.looks.note(one, "buyer.seen", buyer.id, buyer.id)
    assert len(await looks(shop, buyer.id)) == 4


async def test_two_tabs_are_one_look(open_more: OpenShop, shop: Shop, buyer: Buyer) -> None:
    """Opened at the same moment through two processes."""
    there, operator = await open_more(), Operator(buyer.id)
    await asyncio.gather(
        *(apart(place.looks.note(operator, "buyer.seen", buyer.id)) for place in (shop, there) * 4)
    )
    assert len(await looks(shop, buyer.id)) == 1
