"""Moderation: what waits, what hiding does to buyers, ratings and sellers, and what restoring brings back."""

import pytest

from tests.builders import new_buyers
from tests.domain.conftest import Wall
from tests.domain.goods import events, keys_on_sale, service_on_sale
from tests.domain.stock import author, item
from tests.domain.test_reviews import purchase, rating
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.keys import KeyStatus
from vitrina.domain.offers import OfferStatus
from vitrina.domain.problems import Conflict, Invalid, ItemNotFound, OfferNotFound, ReviewNotFound
from vitrina.domain.shop import Shop
from vitrina.store.moderation import NOUNS, Noun, Place, Subject


@pytest.fixture
async def empty(shop: Shop) -> None:
    """Nothing waits of what other tests left."""
    for table in ("offers", "items", "reviews"):
        await shop.db.execute(f"update {table} set unseen_since = null where unseen_since is not null")


async def waiting(shop: Shop, *nouns: Noun) -> list[tuple[str, int]]:
    rows = await shop.moderation.waiting(list(nouns or NOUNS), None, 100)
    return [(row.noun, row.id) for row in rows]


async def approve(shop: Shop, *rows: Subject) -> int:
    return sum([await shop.moderation.approve(row.noun, [(row.id, row.changed_at)]) for row in rows])


@pytest.mark.usefixtures("empty")
async def test_new_and_changed_goods_wait_once(shop: Shop, seller: Seller, clock: Wall) -> None:
    """A draft does not wait; a published offer does, and again when its words change, but not for a new price."""
    hidden = await service_on_sale(shop, seller, publish=False)
    offer_id = await service_on_sale(shop, seller)
    assert await waiting(shop) == [("offer", offer_id)]
    (row,) = await shop.moderation.waiting(list(NOUNS), None, 10)
    assert await approve(shop, row) == 1
    clock.forward(minutes=1)
    await shop.offers.set_price(seller, offer_id, 60_000, None)
    assert await waiting(shop) == []
    await shop.offers.update(seller, offer_id, {"title": "Совсем другое"})
    clock.forward(minutes=1)
    await shop.offers.set_status(seller, hidden, OfferStatus.PUBLISHED)
    assert await waiting(shop) == [("offer", offer_id), ("offer", hidden)]


@pytest.mark.usefixtures("empty")
async def test_what_changed_after_it_was_shown_is_not_approved(
    shop: Shop, seller: Seller, clock: Wall
) -> None:
    """An operator who says "fine" says it of what they saw."""
    offer_id = await service_on_sale(shop, seller)
    (row,) = await shop.moderation.waiting(["offer"], None, 10)
    clock.forward(seconds=1)
    await shop.offers.update(seller, offer_id, {"description": "Купите запрещённое"})
    assert await approve(shop, row) == 0
    assert await waiting(shop) == [("offer", offer_id)]


@pytest.mark.usefixtures("empty")
async def test_the_queue_is_read_in_pages(shop: Shop, seller: Seller, clock: Wall, buyer: Buyer) -> None:
    """Oldest first, of all nouns, none twice and none left out, also where many came at one moment."""
    games = [await keys_on_sale(shop, seller) for _ in range(3)]
    bought = await purchase(shop, buyer, games[0])
    await shop.reviews.write(buyer, bought, 4, "Хорошо")
    image = await item(shop, seller.id, unseen_since=clock())
    clock.forward(seconds=1)
    games.append(await keys_on_sale(shop, seller))
    found: list[tuple[str, int]] = []
    after: Place | None = None
    while rows := await shop.moderation.waiting(list(NOUNS), after, 2):
        found += [(row.noun, row.id) for row in rows]
        after = (rows[-1].at, NOUNS.index(rows[-1].noun), rows[-1].id)
    assert [noun for noun, _ in found] == ["offer", "offer", "offer", "item", "review", "offer"]
    assert [id for noun, id in found if noun == "offer"] == games
    assert ("item", image) in found
    assert await shop.moderation.counts(3) == {"offer": 3, "item": 1, "review": 1}


async def test_a_hidden_offer_is_off_sale_until_it_is_restored(shop: Shop, seller: Seller) -> None:
    """Buyers do not find it, its seller reads why and cannot publish it; restored, it is on sale as before."""
    offer_id = await service_on_sale(shop, seller)
    await shop.moderation.hide("offer", offer_id, "  чужой  товарный знак ", actor="operator:7")
    assert await shop.storefront.some([offer_id]) == {}
    offer = (await shop.offers.get(seller, offer_id)).offer
    assert (offer.status, offer.hidden_reason) == (OfferStatus.PAUSED, "чужой товарный знак")
    assert [one.id for one in await shop.offers.hidden(seller, 5)] == [offer_id]
    with pytest.raises(Invalid, match="чужой товарный знак"):
        await shop.offers.set_status(seller, offer_id, OfferStatus.PUBLISHED)
    with pytest.raises(Invalid, match="чужой товарный знак"):
        await shop.offers.update(seller, offer_id, {"status": OfferStatus.PUBLISHED})
    await shop.moderation.restore("offer", offer_id, actor="operator:8")
    assert offer_id in await shop.storefront.some([offer_id])
    told = await shop.db.fetch(
        "select kind, actor, seller_id from events where subject_id = $1 and kind like 'offer.%' and actor like"
        " 'operator:%' order by id",
        offer_id,
    )
    assert [tuple(row) for row in told] == [
        ("offer.hidden", "operator:7", seller.id),
        ("offer.restored", "operator:8", seller.id),
    ]


async def test_an_offer_that_was_hidden_twice_is_on_sale_again_once_restored(
    shop: Shop, seller: Seller
) -> None:
    """The second time says another reason, and tells nobody again."""
    offer_id = await service_on_sale(shop, seller)
    for reason in ("ругань", "ругань в описании"):
        await shop.moderation.hide("offer", offer_id, reason)
    assert (await shop.offers.get(seller, offer_id)).offer.hidden_reason == "ругань в описании"
    assert await events(shop, "offer.hidden", offer_id) == [{"reason": "ругань"}]
    await shop.moderation.restore("offer", offer_id)
    assert offer_id in await shop.storefront.some([offer_id])


async def test_a_hidden_offer_that_its_seller_changes_is_looked_at_again(shop: Shop, seller: Seller) -> None:
    """Whoever puts it right need not write to anybody."""
    offer_id = await service_on_sale(shop, seller)
    await shop.moderation.hide("offer", offer_id, "ругань")
    assert ("offer", offer_id) not in await waiting(shop)
    await shop.offers.update(seller, offer_id, {"title": "Вежливо"})
    assert ("offer", offer_id) in await waiting(shop)


async def test_restoring_publishes_nothing_that_was_not_on_sale(
    shop: Shop, seller: Seller, buyer: Buyer
) -> None:
    """What its seller had paused, has taken back to the drafts since, or has sold out meanwhile stays off sale."""
    paused, drafted = await service_on_sale(shop, seller), await service_on_sale(shop, seller)
    empty = await keys_on_sale(shop, seller, 1)
    await shop.offers.set_status(seller, paused, OfferStatus.PAUSED)
    for offer_id in (paused, drafted, empty):
        await shop.moderation.hide("offer", offer_id, "проверяем")
    await shop.offers.set_status(seller, drafted, OfferStatus.DRAFT)
    key = (await shop.keys.page(seller, empty, {KeyStatus.AVAILABLE}, 0, 1))[0][0]
    await shop.keys.delete(seller, [key.id])
    for offer_id in (paused, drafted, empty):
        await shop.moderation.restore("offer", offer_id)
    assert await shop.storefront.some([paused, drafted, empty]) == {}
    await shop.offers.set_status(seller, paused, OfferStatus.PUBLISHED)


async def test_a_hidden_review_counts_no_more(shop: Shop, seller: Seller) -> None:
    """Not on the page nor in the rating, whatever its writer makes of it, until it is restored."""
    offer_id = await keys_on_sale(shop, seller, 2)
    one, other = await new_buyers(shop, 2)
    rude, kind = await purchase(shop, one, offer_id), await purchase(shop, other, offer_id)
    await shop.reviews.write(one, rude, 1, "Ругань")
    await shop.reviews.write(other, kind, 5, "Хорошо")
    found = await shop.reviews.of_purchase(one, rude)
    assert found
    for _ in range(2):  # pressed twice
        await shop.moderation.hide("review", found.id, "ругань")
    assert await rating(shop, offer_id) == (5, 1)
    assert [review.rating for review in await shop.reviews.page(offer_id, None, 10)] == [5]
    await shop.reviews.write(one, rude, 3, "Вежливо")
    assert await rating(shop, offer_id) == (5, 1)
    assert ("review", found.id) in await waiting(shop)
    await shop.moderation.restore("review", found.id)
    assert await rating(shop, offer_id) == (4, 2)
    with pytest.raises(Conflict):
        await shop.moderation.restore("review", found.id)


async def test_the_only_review_of_an_offer_can_be_hidden(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """The offer then looks like one of which nobody has said anything, until the review is restored."""
    offer_id = await keys_on_sale(shop, seller)
    bought = await purchase(shop, buyer, offer_id)
    await shop.reviews.write(buyer, bought, 2, "Ругань")
    found = await shop.reviews.of_purchase(buyer, bought)
    assert found
    await shop.moderation.hide("review", found.id, "ругань")
    assert await rating(shop, offer_id) == (0, 0)
    assert await shop.reviews.page(offer_id, None, 10) == []
    await shop.moderation.restore("review", found.id)
    assert await rating(shop, offer_id) == (2, 1)


async def test_a_hidden_item_leaves_the_library(shop: Shop) -> None:
    """As the command line withdraws it, with the reason in the log and on the row."""
    image = await item(shop, await author(shop), folder="vol1/1/none")
    await shop.moderation.hide("item", image, "нет согласия модели", actor="operator:7")
    assert (await shop.moderation.get("item", image)).hidden_reason == "нет согласия модели"
    assert not (await shop.moderation.get("item", image)).on_sale
    data = await shop.db.value(
        "select data ->> 'reason' from events where kind = 'item.withdrawn' and subject_id = $1", image
    )
    assert data == "нет согласия модели"
    await shop.moderation.restore("item", image, actor="operator:7")
    assert (await shop.moderation.get("item", image)).on_sale


async def test_nothing_is_hidden_without_a_reason_or_without_being_there(
    shop: Shop, seller: Seller, operator: Operator
) -> None:
    """The seller has to be told something, and not a novel."""
    offer_id = await service_on_sale(shop, seller)
    for reason in ("", " x ", "x" * 301):
        with pytest.raises(Invalid):
            await shop.moderation.hide("offer", offer_id, reason, actor=operator.actor)
    await shop.offers.set_status(seller, offer_id, OfferStatus.DELETED)
    with pytest.raises(OfferNotFound):
        await shop.moderation.hide("offer", offer_id, "уже удалено")
    with pytest.raises(ItemNotFound):
        await shop.moderation.get("item", 2**62)
    with pytest.raises(ReviewNotFound):
        await shop.moderation.restore("review", 2**62)
