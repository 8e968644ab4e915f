"""A seller's list of offers: what is kept of an offer between two looks is never older than the offer."""

from pathlib import Path

from tests.builders import word
from tests.domain.conftest import OpenShop
from tests.domain.goods import draft, film_on_sale, keys_on_sale, paid, placed
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.catalog import Section
from vitrina.domain.filters import Filter
from vitrina.domain.shop import Shop
from vitrina.store.offers import Listed


async def only(shop: Shop, seller: Seller) -> Listed:
    """The seller's only offer, as two looks in a row show it."""
    (first,), _ = await shop.offers.page(seller, Filter())
    (second,), _ = await shop.offers.page(seller, Filter())
    assert first is second  # the second look made nothing anew
    return second


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
    stranger = Seller(await other.accounts.add("sellers", f"{word('s')}@example.com", "", "a long password"))
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
