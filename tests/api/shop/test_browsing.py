"""Browsing over HTTP: the catalogue, offers, search, pictures."""

from typing import Any

import httpx
import pytest

from tests.api.shop.conftest import SHOP, anybody, bought, ok, on_sale, order_of, problem
from tests.builders import API, png, until, word
from tests.conftest import Live

PAUSED = 2


@pytest.fixture(scope="module")
def looking(live: Live) -> Any:
    """Somebody who is not logged in."""
    with anybody(live.base_url) as client:
        yield client


def found(looking: httpx.Client, **query: Any) -> list[int]:
    return [one["id"] for one in ok(looking.get(f"{SHOP}/offers", params=query))["items"]]


def test_the_catalogue(looking: httpx.Client, seller: httpx.Client) -> None:
    """Each section with its subcategories and how many offers are on sale in it."""

    def games() -> dict[str, Any]:
        return next(one for one in ok(looking.get(f"{SHOP}/catalog")) if one["id"] == 3)

    before = games()
    assert (before["name"], {"id": 20, "name": "Игры"} in before["subcategories"]) == ("keys", True)
    on_sale(seller)
    until(lambda: games()["offers"] > before["offers"])  # kept for seconds in each process


def test_an_offer(looking: httpx.Client, seller: httpx.Client, buyer: httpx.Client) -> None:
    """Prices in kopecks with and without discount, keys on the shelf, how often it was seen and bought."""
    title = word("Игра ")
    game = on_sale(seller, title=title, price=500, discount_price=450, keys=[word(), word()], tags=["a", "b"])
    bought(buyer, game)
    one = ok(looking.get(f"{SHOP}/offers/{game}"))
    expected = {
        "title": title, "section": 3, "catalog_path": [20], "tags": ["a", "b"], "seller": "Анна Продавец",
        "price": 45_000, "full_price": 50_000, "currency": "RUB", "available": 1, "purchases": 1, "contents": [],
    }  # fmt: skip
    assert {name: one[name] for name in expected} == expected
    assert "KEY-" not in str(one)
    seen = one["views"]
    looking.get(f"{SHOP}/offers/{game}")
    until(lambda: ok(looking.get(f"{SHOP}/offers/{game}"))["views"] > seen)


def test_what_a_film_shows(looking: httpx.Client, goods: dict[str, int], works: dict[str, Any]) -> None:
    """Its length and a preview, to everybody; the film itself to nobody."""
    (film,) = ok(looking.get(f"{SHOP}/offers/{goods['film']}"))["contents"]
    assert film["duration_ms"] > 1000
    preview = looking.get(film["preview"])
    assert (preview.status_code, preview.headers["content-type"]) == (200, "video/mp4")
    assert "public" in preview.headers["cache-control"]
    assert works["film"]["meta"] is not None
    folder = film["preview"].rpartition("/")[0]
    for hidden in ("output.m3u8", "0/000.ts", "../content", "content"):
        problem(looking.get(f"{folder}/{hidden}"), 404)


def test_covers(looking: httpx.Client, seller: httpx.Client) -> None:
    """Are served beside the offer, while it is on sale."""
    game = on_sale(seller)
    headers = {"X-Content-Type": "image/png", "X-Wbd-OfferId": str(game)}
    seller.post(f"{API}/offers/thumb", content=png(), headers=headers).raise_for_status()
    for address in ok(looking.get(f"{SHOP}/offers/{game}"))["cover"]:
        picture = looking.get(address)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
        assert picture.headers["x-content-type-options"] == "nosniff"
        part = looking.get(address, headers={"Range": "bytes=0-1"})
        assert (part.status_code, part.content) == (206, b"\xff\xd8")
    ok(seller.post(f"{API}/offer/{game}", json={"status": PAUSED}))
    problem(looking.get(address), 404, "offer_not_found")


def test_search_filters_and_order(looking: httpx.Client, seller: httpx.Client) -> None:
    """Together and alone; words in any form."""
    word_of_all = word("слово")
    cheap = on_sale(seller, title=f"Мосты {word_of_all}", price=100, age_rating="0+")
    dear = on_sale(seller, title=f"Лестница {word_of_all}", price=900, age_rating="18+")
    other = on_sale(seller, title=f"Сады {word_of_all}", price=500, section=12, catalog_path=[80])
    assert found(looking, search=word_of_all) == [other, dear, cheap]
    assert found(looking, search=word_of_all, sort="cheap") == [cheap, other, dear]
    assert found(looking, search=word_of_all, sort="dear", take=1, skip=1) == [other]
    assert found(looking, search=f"{word_of_all} мостами") == [cheap]
    assert found(looking, search=word_of_all, section=12) == [other]
    assert found(looking, search=word_of_all, subcategory=20, age=16) == [cheap]
    assert found(looking, search=word_of_all, least_price=10_001, most_price=50_000) == [other]
    assert found(looking, search=word_of_all, seller_id=10**9) == []
    assert ok(looking.get(f"{SHOP}/offers", params={"search": word_of_all, "take": 1}))["total"] == 3


def test_pages(looking: httpx.Client, seller: httpx.Client) -> None:
    """Newest first; page by page each comes once; a page has at most a hundred."""
    mine = [on_sale(seller) for _ in range(3)]
    assert found(looking, take=3) == mine[::-1]
    assert [found(looking, take=1, skip=skip)[0] for skip in range(3)] == mine[::-1]
    assert len(found(looking, take=10**6)) <= 100
    assert found(looking, take=0) == []
    assert ok(looking.get(f"{SHOP}/offers?section=3&take=1"))["total"] >= 3


def test_reserved_keys_are_not_on_the_shelf(
    looking: httpx.Client, seller: httpx.Client, buyer: httpx.Client
) -> None:
    """What somebody else may pay for is not offered to others."""
    game = on_sale(seller, keys=[word(), word()])
    order_of(buyer, game)
    assert ok(looking.get(f"{SHOP}/offers/{game}"))["available"] == 1


def test_an_offer_that_left_the_shop(looking: httpx.Client, seller: httpx.Client) -> None:
    """Paused, it is found no more."""
    game = on_sale(seller)
    assert found(looking, take=1) == [game]
    ok(seller.post(f"{API}/offer/{game}", json={"status": PAUSED}))
    assert game not in found(looking, take=5)
    problem(looking.get(f"{SHOP}/offers/{game}"), 404, "offer_not_found")
