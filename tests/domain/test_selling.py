"""Selling keys: each at most once, oldest first, at the price of the moment."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.builders import bought, word
from vitrina.domain.access import Buyer, Right, Seller
from vitrina.domain.catalog import Section
from vitrina.domain.keys import KeyStatus
from vitrina.domain.offers import Draft
from vitrina.domain.problems import Invalid, OfferNotFound, RightMissing, SoldOut
from vitrina.domain.shop import Shop
from vitrina.store.offers import Offer


@pytest.fixture
async def seller(shop: Shop) -> Seller:
    id = await shop.accounts.add("sellers", f"{word('s')}@example.com", "Продавец", "a long password")
    return Seller(id, frozenset({Right.DELETE_KEYS}))


async def offer_of(shop: Shop, seller: Seller, keys: list[str], discount: int = 0) -> Any:
    draft = Draft(
        title="Ключ",
        description="",
        tags=["игра"],
        section=Section.KEYS,
        catalog_path=[20],
        age_rating=0,
        price=50_000,
        discount_price=discount,
        keys=keys,
        meta={"key_instruction": "Введите ключ."},
        publish=True,
    )
    return (await shop.offers.create(seller, draft)).offer


async def buy(shop: Shop, offer: Offer, quantity: int) -> list[Any]:
    """The keys that somebody new bought; none if they were sold out."""
    try:
        order = await bought(shop, offer.id, quantity)
    except SoldOut:
        return []
    entitlement = order.lines[0].entitlement_id
    return await shop.library.reveal(Buyer(order.row.buyer_id), entitlement, "127.0.0.1")


async def test_a_key_is_sold_at_most_once(shop: Shop, seller: Seller) -> None:
    """Many buyers at the same time get different keys, and none gets one that is not there."""
    keys = [f"K-{number:02}" for number in range(20)]
    offer = await offer_of(shop, seller, keys)
    sales = await asyncio.gather(*(buy(shop, offer, 3) for _ in range(12)))
    sold = [key.value for sale in sales for key in sale]
    assert {len(sale) for sale in sales} <= {0, 3}
    assert len(sold) == len(set(sold)) <= 20
    while left := await buy(shop, offer, 1):
        sold += [key.value for key in left]
    assert sorted(sold) == keys
    assert (await shop.keys.counts(seller, offer.id)).sold == 20


async def test_the_oldest_key_goes_first(shop: Shop, seller: Seller) -> None:
    """Keys are handed out in the order in which they came."""
    offer = await offer_of(shop, seller, ["c", "a", "b"])
    assert [key.value for key in await buy(shop, offer, 2)] == ["c", "a"]


@pytest.mark.parametrize(("discount", "paid"), [(0, 50_000), (45_000, 45_000)])
async def test_a_sale_remembers_price_and_title(shop: Shop, seller: Seller, discount: int, paid: int) -> None:
    """What the offer becomes later does not change what was sold."""
    offer = await offer_of(shop, seller, ["k"], discount)
    await buy(shop, offer, 1)
    await shop.offers.update(seller, offer.id, {"title": "Новое", "price": 90_000})
    (key,), total = await shop.keys.sold(seller, offer.id, None, None, 0, 10)
    assert (key.sold_price, key.sold_title, key.value, total) == (paid, "Ключ", "k", 1)


async def test_a_key_that_is_being_deleted_is_not_sold(shop: Shop, seller: Seller) -> None:
    """Deleting and selling at the same time never do both to one key."""
    offer = await offer_of(shop, seller, [str(number) for number in range(30)])
    page, _ = await shop.keys.page(seller, offer.id, {KeyStatus.AVAILABLE}, 0, 30)
    ids = [key.id for key in page]
    deleted, *sales = await asyncio.gather(
        shop.keys.delete(seller, ids), *(buy(shop, offer, 5) for _ in range(6))
    )
    sold = {key.id for sale in sales for key in sale}
    assert sold.isdisjoint({one.key_id for one in deleted if one.gone})
    counts = await shop.keys.counts(seller, offer.id)
    assert (counts.sold, counts.sold + counts.deleted + counts.available) == (len(sold), 30)


async def test_a_sold_key_stays_sold(shop: Shop, seller: Seller) -> None:
    """It cannot be deleted, and cannot be loaded again."""
    offer = await offer_of(shop, seller, ["k"])
    (key,) = await buy(shop, offer, 1)
    (outcome,) = await shop.keys.delete(seller, [key.id])
    assert (outcome.found, outcome.gone) == (KeyStatus.SOLD, False)
    with pytest.raises(Invalid):
        await shop.keys.add(seller, offer.id, ["k", "new"])
    assert (await shop.keys.counts(seller, offer.id)).total == 1


async def test_only_the_owner_has_keys(shop: Shop, seller: Seller) -> None:
    """Another seller's offer is not found, their keys are unknown, and deleting needs the right."""
    offer = await offer_of(shop, seller, ["k"])
    (key,), _ = await shop.keys.page(seller, offer.id, {KeyStatus.AVAILABLE}, 0, 1)
    other = Seller(seller.id + 10_000, frozenset({Right.DELETE_KEYS}))
    with pytest.raises(OfferNotFound):
        await shop.keys.add(other, offer.id, ["x"])
    assert [one.found for one in await shop.keys.delete(other, [key.id])] == [None]
    with pytest.raises(RightMissing):
        await shop.keys.delete(Seller(seller.id), [key.id])


async def test_a_published_offer_may_sell_out(shop: Shop, seller: Seller) -> None:
    """After the last key it stays published; paused, it needs a key to come back."""
    offer = await offer_of(shop, seller, ["k"])
    await buy(shop, offer, 1)
    assert (await shop.offers.get(seller, offer.id)).offer.status == 1
    assert datetime.now(UTC) >= offer.created_at
