"""Totals: what each day brought a seller, counted as it happens."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.domain.conftest import SECRET, OpenShop, Wall
from tests.domain.goods import buyers, keys_on_sale, paid, placed, service_on_sale
from vitrina.assembly import open_shop
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.problems import Invalid, OfferNotFound
from vitrina.domain.shop import Shop
from vitrina.settings import Settings
from vitrina.store.totals import DayTotals, OfferTotals


async def counted(shop: Shop, seller: Seller, offer_id: int) -> tuple[int, int]:
    """(views, purchases) of an offer, once the views are written."""
    await shop.totals.close()
    listed = await shop.offers.get(seller, offer_id)
    return listed.views, listed.purchases


async def test_sales_by_day(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """Pieces, what buyers paid, and what is left to the seller; days are those of UTC."""
    game, service = await keys_on_sale(shop, seller, 5), await service_on_sale(shop, seller, price=999)
    clock.now = datetime(2026, 3, 1, 23, 59, 59, 999_999, UTC)
    await paid(shop, await placed(shop, buyer, (game, 2), service))
    clock.forward(microseconds=1)
    await paid(shop, await placed(shop, buyer, game))
    first, second = await shop.totals.by_day(seller, None, None)
    assert first == DayTotals(date(2026, 3, 1), 0, 3, 100_999, 100_999 - 10_000 - 99, 0)
    assert second == DayTotals(date(2026, 3, 2), 0, 1, 50_000, 45_000, 0)
    (only,) = await shop.totals.by_day(seller, None, None, service)
    assert (only.sold, only.revenue) == (1, 999)
    assert await counted(shop, seller, game) == (0, 3)


async def test_refunds_count_on_their_own_day(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, clock: Wall
) -> None:
    """The day of the sale stays as it was; a reversal takes the refund back on its day."""
    order = await paid(shop, await placed(shop, buyer, await keys_on_sale(shop, seller, 1)))
    clock.forward(days=1)
    await shop.orders.refund(operator, order.row.id, "x")
    clock.forward(days=1)
    await shop.orders.reverse_refund(operator, order.row.id, "y")
    days = await shop.totals.by_day(seller, None, None)
    assert [(day.sold, day.revenue, day.refunded) for day in days] == [
        (1, 50_000, 0),
        (0, 0, 50_000),
        (0, 0, -50_000),
    ]


async def test_summed_days_tell_the_same(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, clock: Wall
) -> None:
    """Days and months that are over are summed by night; every report says what it said before, and goes on."""
    clock.now = datetime(1999, 11, 20, 12, tzinfo=UTC)  # before all that other tests sum up
    game, service = await keys_on_sale(shop, seller, 80), await service_on_sale(shop, seller, price=999)
    first = clock().date()

    async def a_day(n: int) -> None:
        order = await paid(shop, await placed(shop, buyer, game if n % 3 else service))
        if n % 7 == 0:
            await shop.orders.refund(operator, order.row.id, "x")
        clock.forward(days=1)

    async def told(begin: int, length: int) -> tuple[list[DayTotals], list[OfferTotals]]:
        since, until = first + timedelta(days=begin), first + timedelta(days=begin + length - 1)
        return await shop.totals.by_day(seller, since, until), await shop.totals.by_offer(
            seller, since, until, 5
        )

    for n in range(75):
        await a_day(n)
    spans = [(0, 1), (0, 75), (11, 31), (10, 33), (11, 60), (5, 15), (40, 3), (11, 62)]
    before = [await told(*span) for span in spans]
    days, offers = before[1]
    assert len(days) == 75
    assert [offer.sold for offer in offers] == [50, 25]
    assert await shop.totals.sum_up() == 75
    assert await shop.totals.sum_up() == 0
    assert [await told(*span) for span in spans] == before
    for n in range(75, 80):
        await a_day(n)
    assert len((await told(0, 80))[0]) == 80
    clock.now = clock.now.replace(hour=0, minute=59)
    assert await shop.totals.sum_up() == 4  # yesterday may still be written to, for an hour
    assert len((await told(0, 80))[0]) == 80


async def test_what_was_not_paid_is_no_sale(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """Neither reserved nor declined nor returned orders count; what is free counts without money."""
    game = await keys_on_sale(shop, seller, 3)
    await placed(shop, buyer, game)
    await paid(shop, await placed(shop, buyer, game), "declines")
    clock.forward(minutes=15)
    await shop.orders.expire()
    assert await shop.totals.by_day(seller, None, None) == []
    await placed(shop, buyer, await service_on_sale(shop, seller, price=0))
    (day,) = await shop.totals.by_day(seller, None, None)
    assert (day.sold, day.revenue, day.earned) == (1, 0, 0)


async def test_views_are_counted(shop: Shop, seller: Seller, clock: Wall) -> None:
    """Every look of anybody at an offer on sale, by day and in all, however many at a time."""
    game, service = await keys_on_sale(shop, seller), await service_on_sale(shop, seller)
    await asyncio.gather(*(shop.storefront.get(game if n % 3 else service) for n in range(96)))
    await shop.totals.close()
    clock.forward(days=1)
    await shop.storefront.get(game)
    assert await counted(shop, seller, game) == (65, 0)
    assert await counted(shop, seller, service) == (32, 0)
    days = await shop.totals.by_day(seller, None, None)
    assert [day.views for day in days] == [96, 1]


@pytest.fixture
async def crowded(shop: Shop, database_url: str, tmp_path: Path, clock: Wall) -> AsyncIterator[list[Shop]]:
    """Three processes whose connections all count in one slot, as some do wherever there are more than 64."""
    await shop.db.execute("create schema one_slot")
    await shop.db.execute(
        "create function one_slot.slot() returns smallint language sql stable as 'select 0::smallint'"
    )
    url = f"{database_url}{'&' if '?' in database_url else '?'}search_path=one_slot,public"
    settings = Settings(data=tmp_path / "data", secret=SECRET)
    shops = [await open_shop(settings, url, connections=6, clock=clock) for _ in range(3)]
    yield shops
    for one in shops:
        await one.close()
    await shop.db.execute("drop schema one_slot cascade")


async def test_views_and_sales_at_the_same_time(shop: Shop, crowded: list[Shop], seller: Seller) -> None:
    """Of the same offers of two sellers: no sale fails, and no view is lost."""
    other = Seller(seller.id + 600_000, seller.rights)
    await shop.db.execute(
        "insert into sellers (id, email, name, password_hash, created_at) values ($1, $2, '', '', now())",
        other.id,
        f"{other.id}@example.com",
    )
    owners = [(seller, other)[n % 2] for n in range(8)]
    offers = [await service_on_sale(shop, owner, price=0) for owner in owners]

    async def buy(own: Shop, person: Buyer) -> None:
        await placed(own, person, *random.sample(offers, 6))

    async def look(own: Shop) -> None:
        await asyncio.gather(*(own.storefront.get(offer_id) for offer_id in offers))

    people = await buyers(shop, 60)
    tasks = [buy(crowded[n % 3], person) for n, person in enumerate(people)]
    await asyncio.gather(*tasks, *(look(crowded[n % 3]) for n in range(60)))
    for own in crowded:
        await own.totals.close()
    counts = [await counted(shop, *place) for place in zip(owners, offers, strict=True)]
    assert [views for views, _ in counts] == [60] * 8
    assert sum(purchases for _, purchases in counts) == 60 * 6


async def test_what_is_not_on_sale_has_no_views(shop: Shop, seller: Seller) -> None:
    """Nor has a look by its own seller."""
    hidden = await keys_on_sale(shop, seller, publish=False)
    with pytest.raises(OfferNotFound):
        await shop.storefront.get(hidden)
    assert await counted(shop, seller, hidden) == (0, 0)


async def test_many_processes_count_together(shop: Shop, open_more: OpenShop, seller: Seller) -> None:
    """Sales and views of one offer in three processes add up."""
    shops = [shop, await open_more(commission=1000), await open_more(commission=1000)]
    game = await keys_on_sale(shop, seller, 48)

    async def look_and_buy(own: Shop, person: Buyer) -> None:
        await own.storefront.get(game)
        await paid(own, await placed(own, person, game))

    people = await buyers(shop, 48)
    await asyncio.gather(*(look_and_buy(shops[n % 3], person) for n, person in enumerate(people)))
    for one in shops:
        await one.totals.close()
    (day,) = await shop.totals.by_day(seller, None, None)
    assert (day.views, day.sold, day.revenue, day.earned) == (48, 48, 48 * 50_000, 48 * 45_000)
    assert await counted(shop, seller, game) == (48, 48)


async def test_days_that_are_asked_for(shop: Shop, seller: Seller, buyer: Buyer, clock: Wall) -> None:
    """With both ends; thirty days up to today if nothing is said; at most a thousand."""
    service, today = await service_on_sale(shop, seller, price=1), clock.now.date()
    for _ in range(3):
        await paid(shop, await placed(shop, buyer, service))
        clock.forward(days=29)
    clock.forward(days=-29)
    last = clock.now.date()

    async def days(since: date | None, until: date | None) -> list[date]:
        return [day.day for day in await shop.totals.by_day(seller, since, until)]

    middle = today + timedelta(days=29)
    assert await days(None, None) == [middle, last]
    assert await days(today, None) == [today, middle, last]
    assert await days(today, middle) == [today, middle]
    assert await days(middle, middle) == [middle]
    assert await days(None, middle) == [today, middle]
    assert await days(last, today) == []
    assert await days(last - timedelta(days=999), None) == [today, middle, last]
    with pytest.raises(Invalid):
        await days(last - timedelta(days=1000), None)


@pytest.mark.parametrize("day", [date.min, date.min + timedelta(days=1), date.max])
async def test_the_ends_of_time(shop: Shop, seller: Seller, day: date) -> None:
    """Any day that there is may be asked about."""
    assert await shop.totals.by_day(seller, None, day) == []
    assert await shop.totals.by_day(seller, day, day) == []


async def test_anothers_days(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """A seller sees their own, whatever offer they ask about."""
    game = await keys_on_sale(shop, seller)
    await paid(shop, await placed(shop, buyer, game))
    other = Seller(seller.id + 10**6)
    assert await shop.totals.by_day(other, None, None, game) == []
