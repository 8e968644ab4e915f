"""The storefront: what is on sale, found and ordered as buyers wish."""

from pathlib import Path
from typing import Any

import pytest

from tests.adapters.media.samples import make_png
from tests.builders import word
from tests.domain.conftest import Wall
from tests.domain.goods import draft, film_on_sale, keys_on_sale, paid, placed, service_on_sale
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.catalog import Section
from vitrina.domain.offers import OfferStatus
from vitrina.domain.problems import FileNotFound, OfferNotFound
from vitrina.domain.shop import Shop
from vitrina.store.storefront import Filter, OnSale


async def found(shop: Shop, seller: Seller, **wanted: Any) -> list[int]:
    """Ids of the seller's offers that match, in their order; the total is theirs, too."""
    page, total = await shop.storefront.page(Filter(seller_id=seller.id, **wanted))
    if not wanted.keys() & {"skip", "take"}:
        assert total == len(page)
    return [one.listed.offer.id for one in page]


async def test_only_what_is_on_sale_is_shown(shop: Shop, seller: Seller) -> None:
    """Drafts, paused and deleted offers are neither listed nor found by their number."""
    offers = [await keys_on_sale(shop, seller) for _ in range(4)]
    for offer, status in zip(
        offers, (OfferStatus.DRAFT, OfferStatus.PAUSED, OfferStatus.DELETED), strict=False
    ):
        await shop.offers.set_status(seller, offer, status)
        with pytest.raises(OfferNotFound):
            await shop.storefront.get(offer)
    assert await found(shop, seller) == offers[3:]
    assert (await shop.storefront.get(offers[3])).listed.offer.id == offers[3]


async def test_what_a_buyer_sees(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Seller, keys on the shelf, how often it was bought; what carries no keys tells of none."""
    game, service = await keys_on_sale(shop, seller, 3), await service_on_sale(shop, seller)
    await paid(shop, await placed(shop, buyer, game))
    await placed(shop, buyer, game)
    one: OnSale = await shop.storefront.get(game)
    assert (one.seller, one.available, one.listed.purchases) == ("Продавец", 1, 1)
    assert (await shop.storefront.get(service)).available is None


async def test_newest_first_and_stable(shop: Shop, seller: Seller, clock: Wall) -> None:
    """Page by page each offer comes once, also those of the same moment."""
    offers = []
    for _ in range(7):
        offers.append(await service_on_sale(shop, seller))
        clock.forward(seconds=len(offers) % 2)
    pages = [await found(shop, seller, skip=skip, take=3) for skip in (0, 3, 6, 9)]
    assert [id for page in pages for id in page] == offers[::-1]
    assert (await shop.storefront.page(Filter(seller_id=seller.id, take=3)))[1] == 7
    assert (await shop.storefront.page(Filter(seller_id=seller.id, skip=100)))[1] == 7
    assert await found(shop, seller, take=0) == []


async def test_long_lists_are_not_counted_to_the_end(shop: Shop, seller: Seller) -> None:
    """A narrowed one tells of a thousand, and of more only to who reads on; its last page tells how many there are."""
    offer = await service_on_sale(shop, seller)
    columns = (
        "seller_id, title, title_folded, description, section, catalog_path, tag_ids, price, age_rating, status,"
        " created_at, updated_at"
    )
    await shop.db.execute(
        f"insert into offers ({columns}) select {columns} from offers, generate_series(1, 1039) where id = $1",
        offer,
    )
    for skip, total in ((0, 1000), (980, 1001), (1000, 1021), (1020, 1040), (1200, 1040)):
        assert (await shop.storefront.page(Filter(seller_id=seller.id, skip=skip)))[1] == total, skip


@pytest.mark.parametrize("sort", ["new", "cheap", "dear", "rated"])
async def test_words_of_few_and_of_many_offers(shop: Shop, seller: Seller, sort: str) -> None:
    """What is written on few offers is found behind any number of others, what is on all of them is not counted out."""
    offer = await service_on_sale(shop, seller, title="Обычное")
    columns = (
        "seller_id, title_folded, description, section, catalog_path, tag_ids, age_rating, status, updated_at"
    )
    await shop.db.execute(
        f"insert into offers ({columns}, title, price, created_at) select {columns}, case when n between 5400 and 5429"
        " then 'Редкое и обычное' else title end, n, created_at - n * interval '1 minute'"
        " from offers, generate_series(1, 6000) n where id = $1",
        offer,
    )
    seen = []
    for skip, length in ((0, 20), (20, 10), (40, 0)):
        page, total = await shop.storefront.page(
            Filter(seller_id=seller.id, search="редкое", sort=sort, skip=skip)
        )
        assert (len(page), total) == (length, 30)
        seen += [one.listed.offer.price for one in page]
    assert sorted(seen) == [*range(5400, 5430)]
    everywhere = Filter(seller_id=seller.id, search="обычное", sort=sort)
    page, total = await shop.storefront.page(everywhere)
    assert (len(page), total) == (20, 1000)


async def test_by_price(shop: Shop, seller: Seller) -> None:
    """The price that is to be paid orders and limits, the discounted one where there is one."""
    dear = await service_on_sale(shop, seller, price=300)
    reduced = await service_on_sale(shop, seller, price=500, discount_price=100)
    middle = await service_on_sale(shop, seller, price=200)
    free = await service_on_sale(shop, seller, price=0)
    assert await found(shop, seller, sort="cheap") == [free, reduced, middle, dear]
    assert await found(shop, seller, sort="dear") == [dear, middle, reduced, free]
    assert await found(shop, seller, sort="cheap", least_price=100, most_price=200) == [reduced, middle]
    assert await found(shop, seller, most_price=0) == [free]
    assert await found(shop, seller, least_price=301) == []
    assert await found(shop, seller, least_price=2, most_price=1) == []
    assert set(await found(shop, seller, sort="rated")) == {dear, reduced, middle, free}


async def test_by_kind(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Section, subcategory and age narrow it down, alone and together."""
    game = await keys_on_sale(shop, seller, age_rating=18)
    service = await service_on_sale(shop, seller, age_rating=6)
    film, _ = await film_on_sale(shop, seller, tmp_path)
    assert await found(shop, seller, section=3) == [game]
    assert await found(shop, seller, subcategory=52) == [service]
    assert await found(shop, seller, subcategory=10**15) == []
    assert set(await found(shop, seller, age=6)) == {service, film}
    assert await found(shop, seller, age=0) == [film]
    assert await found(shop, seller, section=3, age=16) == []
    assert (await found(shop, Seller(10**15)), await found(shop, seller, section=13)) == ([], [])


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        ("корабли", True),
        ("КОРАБЛЯМИ", True),
        ("кораблях море", True),
        ('"корабли в море"', True),
        ("корабли -океан", True),
        ("корабли -море", False),
        ("океан or море", True),
        ("океан", False),
        ("'; drop table offers --", False),
        ("и в на", False),
        ("& | ! <-> :* \\ '", False),
        ("((((", False),
    ],
)
async def test_search(shop: Shop, seller: Seller, asked: str, hits: bool) -> None:
    """Words of title and description in any form; quotes, minus and or as people know them; never an error."""
    offer = await service_on_sale(shop, seller, title="Корабли", description="Игра: корабли в море.")
    await service_on_sale(shop, seller, title="Сад", description="Цветы.")
    assert await found(shop, seller, search=asked) == ([offer] if hits else [])


async def test_search_follows_changes(shop: Shop, seller: Seller) -> None:
    """What the seller writes now is found now."""
    offer, before, after = await service_on_sale(shop, seller, title="Старое"), word("a"), word("b")
    for text, gone in ((before, after), (after, before)):
        await shop.offers.update(seller, offer, {"title": text})
        assert await found(shop, seller, search=text) == [offer]
        assert await found(shop, seller, search=gone) == []


async def test_the_whole_shop_is_counted(shop: Shop, seller: Seller) -> None:
    """Exactly, and of a section, without reading all of it."""
    before = [(await shop.storefront.page(Filter(section=section, take=1)))[1] for section in (None, 8, 3)]
    await service_on_sale(shop, seller)
    after = [(await shop.storefront.page(Filter(section=section, take=1)))[1] for section in (None, 8, 3)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 0]


async def test_files_that_an_offer_shows(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Covers and pictures for everybody while it is on sale; the works themselves and other files for nobody."""
    picture = await shop.pictures.cover(seller, make_png(tmp_path / "a.png"), "image/png")
    other = await shop.pictures.cover(seller, make_png(tmp_path / "b.png"), "image/png")
    new = draft(Section.SERVICES, 52, gallery=picture)
    offer = (await shop.offers.create(seller, new)).offer.id
    assert (await shop.storefront.file(offer, picture[0])).stat.size > 0
    film, content = await film_on_sale(shop, seller, tmp_path)
    work = await shop.contents.get(seller, content)
    hidden = [
        (offer, other[0]),
        (film, work.uri),
        (film, work.playlist),
        (offer, ""),
        (offer, "../../secret"),
    ]
    for shown_by, uri in hidden:
        with pytest.raises(FileNotFound):
            await shop.storefront.file(shown_by, uri)
    await shop.offers.set_status(seller, offer, OfferStatus.PAUSED)
    with pytest.raises(OfferNotFound):
        await shop.storefront.file(offer, picture[0])
