"""A seller reads offers: what is kept between two looks is never old, what is read together stays each one's own."""

import asyncio
from pathlib import Path

from tests.builders import word
from tests.domain.conftest import OpenShop
from tests.domain.goods import draft, film_on_sale, keys_on_sale, paid, placed, service_on_sale
from vitrina.domain.access import Buyer, Right, Seller
from vitrina.domain.catalog import Section
from vitrina.domain.filters import Filter
from vitrina.domain.problems import OfferNotFound
from vitrina.domain.shop import Shop
from vitrina.store.offers import Listed


async def only(shop: Shop, seller: Seller) -> Listed:
    """The seller's only offer, as two looks in a row show it."""
    (first,), _ = await shop.offers.page(seller, Filter())
    (second,), _ = await shop.offers.page(seller, Filter())
    assert first is second  # the second look made nothing anew
    return second


async def another_seller(shop: Shop) -> Seller:
    id = await shop.accounts.add("sellers", f"{word('s')}@example.com", "", "a long password")
    return Seller(id, frozenset(Right))


async def test_every_change_is_seen_at_once(
    shop: Shop, seller: Seller, open_more: OpenShop, tmp_path: Path
) -> None:
    """Price, carried work, and how many offers bear a tag: also when another process changed them."""
    offer, work = await film_on_sale(shop, seller, tmp_path)
    before = await only(shop, seller)
    other = await open_more()
    await other.offers.set_price(seller, offer, 7_700, None)
    assert (await only(shop, seller)).offer.price == 7_700
    await other.contents.update(seller, work, title="Новое имя", description=None)
    assert (await only(shop, seller)).contents[0].title == "Новое имя"
    stranger = await another_seller(other)
    await other.offers.create(
        stranger,
        draft(Section.KEYS, 20, keys=["K"], tags=[before.tags[0].value], complete=False, publish=False),
    )
    assert (await only(shop, seller)).tags[0].weight == before.tags[0].weight + 1


async def test_a_purchase_is_seen_at_once(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """The count of purchases is no part of the offer's row."""
    offer = await keys_on_sale(shop, seller, 2)
    assert (await only(shop, seller)).purchases == 0
    await paid(shop, await placed(shop, buyer, offer))
    assert (await only(shop, seller)).purchases == 1


async def test_nothing_is_kept_of_a_transaction(shop: Shop, seller: Seller) -> None:
    """What was read between two changes of one transaction is not taken for what it became."""
    offer = await keys_on_sale(shop, seller)
    async with shop.db.transaction():
        await shop.offers.set_price(seller, offer, 1_100, None)
        await shop.offers.page(seller, Filter())
        await shop.offers.set_price(seller, offer, 1_200, None)
    assert (await only(shop, seller)).offer.price == 1_200


async def test_nobody_reads_anothers_offers_in_passing(shop: Shop, seller: Seller) -> None:
    """Offers that are asked for at the same moment are read in one query; each seller finds the own ones only."""
    rival = await another_seller(shop)
    mine = [await service_on_sale(shop, seller) for _ in range(5)]
    theirs = [await service_on_sale(shop, rival) for _ in range(5)]

    async def found(who: Seller, offer: int) -> bool:
        try:
            return (await shop.offers.get(who, offer)).offer.seller_id == who.id
        except OfferNotFound:
            return False

    for who, own in ((seller, mine), (rival, theirs)):
        everything = [*mine, *theirs, 10**15]
        answers = [found(who, offer) for offer in everything]
        answers += [found(rival if who is seller else seller, offer) for offer in everything]
        assert (await asyncio.gather(*answers))[:11] == [offer in own for offer in everything]


async def test_a_transaction_reads_what_it_wrote(shop: Shop, seller: Seller) -> None:
    """And whoever asks at the same moment reads what was committed."""
    offer = await service_on_sale(shop, seller, title="Старое")
    written, seen = asyncio.Event(), []

    async def look() -> None:
        await written.wait()
        seen.append((await shop.offers.get(seller, offer)).offer.title)

    outside = asyncio.create_task(look())
    async with shop.db.transaction():
        await shop.offers.update(seller, offer, {"title": "Новое"})
        assert (await shop.offers.get(seller, offer)).offer.title == "Новое"
        written.set()
        await outside
    assert seen == ["Старое"]
    assert (await shop.offers.get(seller, offer)).offer.title == "Новое"
