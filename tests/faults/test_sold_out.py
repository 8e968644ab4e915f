"""More buyers than keys, many at a time: every key is sold once, and who comes too late is told so."""

import asyncio
import collections
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import key_offer, query, with_shop, word
from tests.conftest import Server
from tests.faults.comparison import broken_promises
from tests.faults.people import SHOP
from tests.faults.settling import place_of
from tests.faults.wire import Wire
from vitrina.domain.access import Seller
from vitrina.domain.catalog import Section
from vitrina.domain.offers import Draft

AT_A_TIME = 32


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_every_key_is_sold_once(
    server: Server, request: pytest.FixtureRequest, tell: Callable[[str], None]
) -> None:
    """Of orders for more keys than there are, as many are paid as there are keys; the others are sold out."""
    orders, keys = (10_000, 9_000) if request.config.getoption("--large", False) else (1_000, 900)
    server.start()
    offer_id, tokens = on_sale(server.data, keys)
    began = time.monotonic()
    told = asyncio.run(all_buy(server.base_url, tokens, offer_id, orders))
    tell(f"{orders} orders for {keys} keys, {AT_A_TIME} at a time: {time.monotonic() - began:.0f} s")
    assert told == {"paid": keys, "sold_out": orders - keys}
    counted = query(
        server.data, "select status, count(*), count(distinct order_line_id) from keys group by status"
    )
    assert [tuple(row) for row in counted] == [(2, keys, keys)]
    assert asyncio.run(broken_promises(place_of(server.data), at_rest=True)) == []


def on_sale(data: Path, keys: int) -> tuple[int, list[str]]:
    """An offer with so many keys, and buyers who are logged in."""

    async def put(shop: Any) -> tuple[int, list[str]]:
        id = await shop.accounts.add("sellers", f"{word('s')}@example.com", "Seller", "a long password")
        given = key_offer()
        draft = Draft(
            title=given["title"], description="", tags=["игра"], section=Section.KEYS, catalog_path=[20],
            age_rating=0, price=50_000, keys=["first"], meta=given["meta"], publish=True,
        )  # fmt: skip
        offer_id = (await shop.offers.create(Seller(id), draft)).offer.id
        values = [f"K-{number}" for number in range(1, keys)]
        for start in range(0, len(values), 1000):
            await shop.keys.add(Seller(id), offer_id, values[start : start + 1000])
        buyers = await shop.db.fetch(
            "insert into buyers (email, name, password_hash, created_at)"
            " select n || '@example.com', 'B', '', now() from generate_series(1, $1) n returning id",
            AT_A_TIME,
        )
        return offer_id, [(await shop.sessions.begin("buyers", row["id"])).secret for row in buyers]

    return with_shop(data, put)


async def all_buy(url: str, tokens: list[str], offer_id: int, orders: int) -> dict[str, int]:
    """Let everybody order until so many orders were asked for; how they ended."""
    told: collections.Counter[str] = collections.Counter()
    turns = iter(range(orders))

    async def come(token: str) -> None:
        async with Wire(url, token) as wire:
            for turn in turns:
                told[await bought(wire, offer_id, f"order {turn}")] += 1

    await asyncio.gather(*(come(token) for token in tokens))
    return dict(told)


async def bought(wire: Wire, offer_id: int, key: str) -> str:
    """Order one and pay it; how that ended."""
    status, order = await wire.post(f"{SHOP}/orders", {"lines": [{"offer_id": offer_id}]}, key)
    if status != 201:
        return str(order["code"])
    _, order = await wire.post(f"{SHOP}/orders/{order['id']}/pay")
    page = SHOP + order["payments"][0]["redirect_url"].partition(SHOP)[2]
    status, refusal = await wire.post(page, {"outcome": "succeeds"})
    return "paid" if status == 204 else str(refusal)
