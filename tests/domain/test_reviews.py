"""Reviews: by buyers only, one a purchase, and the mean of them on the offer."""

import asyncio

import pytest

from tests.builders import word
from tests.domain.goods import buyers, keys_on_sale, paid, placed
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.problems import AccessEnded, EntitlementNotFound, Invalid
from vitrina.domain.shop import Shop


async def purchase(shop: Shop, buyer: Buyer, offer_id: int) -> int:
    """The purchase that a paid order brought."""
    order = await paid(shop, await placed(shop, buyer, offer_id))
    found = order.lines[0].entitlement_id
    assert found
    return found


async def rating(shop: Shop, offer_id: int) -> tuple[float, int]:
    """(mean, how many) as buyers see it."""
    found = (await shop.storefront.some([offer_id]))[offer_id]
    return found.listed.offer.rating, found.reviews


async def test_rating_is_the_mean_of_all_reviews(shop: Shop, seller: Seller) -> None:
    """Each purchase counts once, however often its review is changed."""
    offer_id = await keys_on_sale(shop, seller, 3)
    for buyer, stars in zip(await buyers(shop, 3), (5, 4, 4), strict=True):
        bought = await purchase(shop, buyer, offer_id)
        await shop.reviews.write(buyer, bought, 1, "")
        await shop.reviews.write(buyer, bought, stars, "Хорошо")
    assert await rating(shop, offer_id) == (4.33, 3)
    reviews = await shop.reviews.page(offer_id, None, 10)
    assert [review.rating for review in reviews] == [4, 4, 5]
    assert await shop.reviews.page(offer_id, reviews[-1].id, 10) == []


async def test_first_words_said_twice_at_once_count_once(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Two presses of the button at the same moment are one review."""
    offer_id = await keys_on_sale(shop, seller)
    bought = await purchase(shop, buyer, offer_id)
    await asyncio.gather(*(shop.reviews.write(buyer, bought, 4, "") for _ in range(5)))
    assert await rating(shop, offer_id) == (4, 1)


async def test_only_buyers_review(shop: Shop, seller: Seller, buyer: Buyer, operator: Operator) -> None:
    """Somebody else's purchase is not found, and one that was refunded is over."""
    offer_id = await keys_on_sale(shop, seller)
    order = await paid(shop, await placed(shop, buyer, offer_id))
    bought = order.lines[0].entitlement_id
    assert bought
    (stranger,) = await buyers(shop, 1)
    with pytest.raises(EntitlementNotFound):
        await shop.reviews.write(stranger, bought, 5, "")
    await shop.orders.refund(operator, order.row.id, "проба")
    with pytest.raises(AccessEnded):
        await shop.reviews.write(buyer, bought, 5, "")
    assert await rating(shop, offer_id) == (0, 0)


@pytest.mark.parametrize(("stars", "text"), [(0, ""), (6, ""), (5, "x" * 3001), (5, "\0")])
async def test_nonsense_is_refused(shop: Shop, seller: Seller, buyer: Buyer, stars: int, text: str) -> None:
    """One to five stars, and a text that can be kept."""
    bought = await purchase(shop, buyer, await keys_on_sale(shop, seller))
    with pytest.raises(Invalid):
        await shop.reviews.write(buyer, bought, stars, text)


async def test_seller_is_told(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """A review is an event of the seller's."""
    offer_id = await keys_on_sale(shop, seller)
    await shop.reviews.write(buyer, await purchase(shop, buyer, offer_id), 5, "")
    row = await shop.db.row(
        "select data from events where kind = 'review.written' and seller_id = $1", seller.id
    )
    assert row
    assert f'"offer": {offer_id}' in row["data"]


async def test_who_gave_no_name_stays_unnamed_to_others(shop: Shop, seller: Seller) -> None:
    """Their address is for themselves and for operators; accounts of old have it in place of a name."""
    offer_id = await keys_on_sale(shop, seller, 3)
    for name, of_old in (("  ", False), ("", True), (" Вера ", False)):
        email = f"{word('b')}@example.com"
        buyer = Buyer((await shop.accounts.register(email, name, "a long password")).id)
        if of_old:
            await shop.db.execute("update buyers set name = upper(email) where id = $1", buyer.id)
        order = await paid(shop, await placed(shop, buyer, offer_id))
        bought = order.lines[0].entitlement_id
        assert bought
        await shop.reviews.write(buyer, bought, 5, "")
        review = await shop.reviews.of_purchase(buyer, bought)
        assert review
        assert (await shop.accounts.buyer(buyer.id)).name == (email.upper() if of_old else name.strip())
        assert review.buyer == ("" if of_old else name.strip())
        called = {(await shop.orders.receipt(buyer, order.row.id)).buyer}
        called.add(str((await shop.moderation.get("review", review.id)).writer))
        assert {one.lower() for one in called} == {name.strip().lower() or email}
    assert [one.buyer for one in await shop.reviews.page(offer_id, None, 10)] == ["Вера", "", ""]
