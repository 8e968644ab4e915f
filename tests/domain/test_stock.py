"""Stock: sellers are told once when few keys are left, and offers pause at none if they wish."""

import asyncio

import pytest

from tests.domain.conftest import OpenShop, Wall, done_during
from tests.domain.goods import buyers, events, keys_on_sale, paid, placed
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.keys import KeyStatus
from vitrina.domain.offers import OfferStatus
from vitrina.domain.problems import Invalid, NotOnSale, OfferNotFound
from vitrina.domain.shop import Shop


async def status(shop: Shop, seller: Seller, offer_id: int) -> int:
    return (await shop.offers.get(seller, offer_id)).offer.status


async def test_low_stock_is_told_once_and_again_after_a_refill(
    shop: Shop, seller: Seller, buyer: Buyer
) -> None:
    """At the number that the seller named, with what is left; a refill above it begins anew."""
    game = await keys_on_sale(shop, seller, 5)
    await shop.stock.watch(seller, game, 3, False)
    assert await shop.stock.watched(seller, game) == (3, False)
    for told in ([], [3], [3], [3]):
        await paid(shop, await placed(shop, buyer, game))
        assert [one["available"] for one in await events(shop, "offer.low_stock", game)] == told
    await shop.keys.add(seller, game, ["not", "enough"])
    await placed(shop, buyer, game)
    assert len(await events(shop, "offer.low_stock", game)) == 1
    await shop.keys.add(seller, game, ["now", "it", "is"])
    await placed(shop, buyer, (game, 2))
    assert [one["available"] for one in await events(shop, "offer.low_stock", game)] == [3, 3]


async def test_low_stock_is_told_at_once_where_it_is_low_already(shop: Shop, seller: Seller) -> None:
    """Whoever sets the number on a shelf below it hears so."""
    game = await keys_on_sale(shop, seller, 2)
    for _ in range(2):
        await shop.stock.watch(seller, game, 2, False)
    assert len(await events(shop, "offer.low_stock", game)) == 1


async def test_many_buyers_at_once_are_one_alert(shop: Shop, open_more: OpenShop, seller: Seller) -> None:
    """Thirty-two sales in three processes tell of low stock once, and of the pause once."""
    shops = [shop, await open_more(), await open_more()]
    game = await keys_on_sale(shop, seller, 32)
    await shop.stock.watch(seller, game, 16, True)

    async def buy(own: Shop, person: Buyer) -> None:
        await paid(own, await placed(own, person, game))

    people = await buyers(shop, 32)
    await asyncio.gather(*(buy(shops[n % 3], person) for n, person in enumerate(people)))
    await shop.stock.look_everywhere()
    assert len(await events(shop, "offer.low_stock", game)) == 1
    assert len(await events(shop, "offer.paused", game)) == 1


async def test_an_offer_pauses_when_its_last_key_is_sold(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Not while a reservation may bring it back; filled again it can be put on sale."""
    game = await keys_on_sale(shop, seller, 1)
    await shop.stock.watch(seller, game, None, True)
    order = await placed(shop, buyer, game)
    assert await status(shop, seller, game) == OfferStatus.PUBLISHED
    await paid(shop, order)
    assert await status(shop, seller, game) == OfferStatus.PAUSED
    with pytest.raises(NotOnSale):
        await placed(shop, buyer, game)
    await shop.keys.add(seller, game, ["new"])
    await shop.offers.set_status(seller, game, OfferStatus.PUBLISHED)
    assert (await placed(shop, buyer, game)).row.total == 50_000


async def test_an_offer_that_is_just_being_filled_does_not_pause(
    shop: Shop, seller: Seller, buyer: Buyer
) -> None:
    """The last key is sold while new ones are being loaded: it stays on sale."""
    game = await keys_on_sale(shop, seller, 1)
    await shop.stock.watch(seller, game, None, True)
    order = await placed(shop, buyer, game)
    await done_during(shop, shop.keys.add(seller, game, ["new"]), paid(shop, order))
    assert await status(shop, seller, game) == OfferStatus.PUBLISHED
    assert await events(shop, "offer.paused", game) == []


async def test_an_offer_that_gives_its_last_key_away_pauses_too(
    shop: Shop, seller: Seller, buyer: Buyer
) -> None:
    """What costs nothing is sold out like anything else."""
    game = await keys_on_sale(shop, seller, 1, price=0)
    await shop.stock.watch(seller, game, 1, True)
    await placed(shop, buyer, game)
    assert await status(shop, seller, game) == OfferStatus.PAUSED


async def test_without_the_wish_nothing_pauses(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Sold out stays on sale, and nobody is told anything."""
    game = await keys_on_sale(shop, seller, 1)
    await paid(shop, await placed(shop, buyer, game))
    await shop.stock.look_everywhere()
    assert await status(shop, seller, game) == OfferStatus.PUBLISHED
    assert await events(shop, "offer.low_stock", game) == []


async def test_a_wish_can_be_taken_back(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Neither alert nor pause after that."""
    game = await keys_on_sale(shop, seller, 2)
    await shop.stock.watch(seller, game, 1, True)
    await shop.stock.watch(seller, game, None, False)
    await paid(shop, await placed(shop, buyer, (game, 2)))
    assert await shop.stock.watched(seller, game) == (None, False)
    assert await status(shop, seller, game) == OfferStatus.PUBLISHED
    assert await events(shop, "offer.low_stock", game) == []


async def test_a_look_that_was_lost_is_made_up_for(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """A process that was killed after a sale leaves the look to the schedule."""
    game = await keys_on_sale(shop, seller, 1)
    await paid(shop, await placed(shop, buyer, game))
    await shop.db.execute(
        "update offers set low_stock_at = 5, pause_when_sold_out = true where id = $1", game
    )
    assert await shop.stock.look_everywhere() >= 1
    assert await status(shop, seller, game) == OfferStatus.PAUSED
    assert await events(shop, "offer.low_stock", game) == [{"available": 0}]
    assert await shop.stock.look_everywhere() == 0


async def test_an_expired_reservation_is_no_sale(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """An offer whose last keys were only reserved is on sale again."""
    game = await keys_on_sale(shop, seller, 1)
    await shop.stock.watch(seller, game, None, True)
    await placed(shop, buyer, game)
    clock.forward(minutes=15)
    await shop.orders.expire()
    await shop.stock.look_everywhere()
    assert await status(shop, seller, game) == OfferStatus.PUBLISHED


@pytest.mark.parametrize("number", [0, -1, 1_000_001])
async def test_numbers_that_are_none(shop: Shop, seller: Seller, number: int) -> None:
    """The alert is for 1 to a million keys."""
    game = await keys_on_sale(shop, seller, 1)
    with pytest.raises(Invalid):
        await shop.stock.watch(seller, game, number, False)


async def test_anothers_stock(shop: Shop, seller: Seller) -> None:
    """Is not found, and not changed."""
    game, other = await keys_on_sale(shop, seller, 1), Seller(seller.id + 10**6)
    with pytest.raises(OfferNotFound):
        await shop.stock.watch(other, game, 1, True)
    with pytest.raises(OfferNotFound):
        await shop.stock.watched(other, game)
    assert await shop.stock.watched(seller, game) == (None, False)


async def test_batches_of_keys(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """The seller's own label stays with each key, sold or not, and stands in the log."""
    game = await keys_on_sale(shop, seller, ["a"])
    await shop.keys.add(seller, game, ["b", "c"], "партия 7")
    await paid(shop, await placed(shop, buyer, (game, 2)))
    available, _ = await shop.keys.page(seller, game, {KeyStatus.AVAILABLE}, 0, 10)
    sold, _ = await shop.keys.sold(seller, game, None, None, 0, 10)
    assert [(key.value, key.batch) for key in (*available, *sold)] == [
        ("c", "партия 7"),
        ("a", None),
        ("b", "партия 7"),
    ]
    assert (await events(shop, "keys.loaded", game))[-1] == {"count": 2, "batch": "партия 7"}
