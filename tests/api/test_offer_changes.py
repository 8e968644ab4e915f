"""Changes of offers: partial updates, prices, and the sections that an operator grants."""

import json
from typing import Any

import httpx
import pytest

from tests.builders import (
    API,
    film_offer,
    key_offer,
    made,
    offer_of,
    reasons,
    service_offer,
    until,
)
from tests.conftest import Live

DRAFT, PUBLISHED, PAUSED, DELETED = 0, 1, 2, 3
LONG = "я" * 10_000  # a letter of two bytes: limits count letters


def update(client: httpx.Client, offer_id: int, **changes: Any) -> httpx.Response:
    return client.post(f"{API}/offers/{offer_id}", json=changes)


def move(client: httpx.Client, offer_id: int, status: Any) -> httpx.Response:
    return client.post(f"{API}/offer/{offer_id}", json={"status": status})


def set_price(client: httpx.Client, offer_id: int, **prices: Any) -> httpx.Response:
    return client.post(f"{API}/offer/price/{offer_id}", json=prices)


# --- updates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", LONG[:500]),
        ("description", LONG[:5000]),
        ("price", 700),
        ("discount_price", 300),
        ("age_rating", "18+"),
        ("catalog_path", [21, 22]),
        ("status", 1),
    ],
)
def test_an_update_changes_only_what_it_names(seller: httpx.Client, field: str, value: Any) -> None:
    """One field is changed, all others stay as they were."""
    before = made(seller, key_offer(discount_price=400))
    assert update(seller, before["id"], **{field: value}).content == b""
    after = offer_of(seller, before["id"])
    free = {field, "updated", "thumbnail", "adult"}
    assert after[field] == value
    assert {name for name in before if after[name] != before[name]} <= free


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, None) for name in ("title", "description", "price", "age_rating", "tags", "catalog_path")),
        ("title", LONG[:501]),
        ("title", ""),
        ("description", LONG[:5001]),
        ("tags", []),
        ("tags", [LONG[:46]]),
        ("price", -1),
        ("price", 399),
        ("discount_price", 500),
        ("catalog_path", [65]),
        ("status", 4),
        ("gallery", ["vol1/1/0/0_1280.jpg"] * 9),
        ("gallery", ["vol1/1/0/0_1280.jpg"]),
        ("meta", {"key_instruction": LONG[:5001]}),
        ("meta", {"key_instruction": None}),
        ("meta", {"addresses": LONG[:1001]}),
        ("section", 1),
    ],
)
def test_a_wrong_update_changes_nothing(seller: httpx.Client, field: str, value: Any) -> None:
    """What cannot be used is named, and the right fields beside it are not written either."""
    before = made(seller, key_offer(discount_price=400))
    refused = reasons(update(seller, before["id"], **{"description": "новое", field: value}))
    assert field in {name.split("[")[0].split(".")[0] for name in refused}
    after = offer_of(seller, before["id"])
    assert after | {"thumbnail": []} == before


def test_null_is_allowed_where_the_contract_says_so(seller: httpx.Client) -> None:
    """Null takes the discount and the gallery away, and leaves the status alone."""
    offer = made(seller, service_offer(discount_price=400, status=1))["id"]
    update(seller, offer, discount_price=None, gallery=None, status=None, meta=None).raise_for_status()
    after = offer_of(seller, offer)
    assert (after["discount_price"], after["gallery"], after["status"], after["meta"]) == (0, [], 1, "")


def test_all_wrong_updates_are_named_at_once(seller: httpx.Client) -> None:
    """Broken rules of an update come together."""
    offer = made(seller, key_offer())["id"]
    refused = reasons(update(seller, offer, catalog_path=[65], discount_price=501, gallery=["x"], status=2))
    assert refused.keys() == {"catalog_path", "discount_price", "gallery[0]", "status"}


def test_meta_is_merged(seller: httpx.Client) -> None:
    """A text that is sent replaces the old one, others stay, null takes one away."""
    offer = made(seller, key_offer(meta={"key_instruction": "a", "addresses": "b"}))["id"]
    update(seller, offer, meta={"key_instruction": "c"}).raise_for_status()
    assert json.loads(offer_of(seller, offer)["meta"]) == {"key_instruction": "c", "addresses": "b"}
    update(seller, offer, meta={"addresses": None}).raise_for_status()
    assert json.loads(offer_of(seller, offer)["meta"]) == {"key_instruction": "c"}


def test_an_empty_update_is_no_mistake(seller: httpx.Client) -> None:
    """An object without fields changes nothing."""
    before = made(seller, key_offer())
    assert update(seller, before["id"]).status_code == 200
    after = offer_of(seller, before["id"])
    assert after | {"thumbnail": [], "updated": before["updated"]} == before


def test_an_offer_moves_among_sections_of_its_goods(seller: httpx.Client, works: dict[str, Any]) -> None:
    """A film becomes a digital good with a subcategory of that section; never an offer of keys."""
    offer = made(seller, film_offer(works["film"]["id"]))["id"]
    assert "catalog_path" in reasons(update(seller, offer, section=6))
    update(seller, offer, section=6, catalog_path=[40]).raise_for_status()
    assert offer_of(seller, offer)["section"] == 6
    assert update(seller, offer, section=3, catalog_path=[20]).status_code == 400


# --- prices ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "price", "discount"),
    [
        ({"regular_price": 600, "discount_price": 550}, 600, 550),
        ({"regular_price": 600, "discount_price": 0}, 600, 0),
        ({"regular_price": 600}, 600, 0),
        ({"discount_price": 450}, 500, 450),
        ({"discount_price": 0}, 500, 0),
        ({"regular_price": 0}, 0, 0),
        ({"regular_price": 1_000_000_000, "discount_price": 999_999_999}, 1_000_000_000, 999_999_999),
    ],
)
def test_a_price_is_changed(seller: httpx.Client, sent: Any, price: int, discount: int) -> None:
    """A discount of 0 or none at all means that there is none; a price that is not sent stays."""
    offer = made(seller, key_offer(discount_price=400))["id"]
    answer = set_price(seller, offer, **sent)
    assert (answer.status_code, answer.content) == (200, b"")
    after = offer_of(seller, offer)
    assert (after["price"], after["discount_price"]) == (price, discount)


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"regular_price": 600, "discount_price": 600}, "discount_price"),
        ({"discount_price": 500}, "discount_price"),
        ({"regular_price": -1}, "regular_price"),
        ({"regular_price": 1_000_000_001}, "regular_price"),
        ({"regular_price": "600"}, "regular_price"),
        ({"regular_price": None}, "regular_price"),
        ({"regular_price": 600, "discount_price": -1}, "discount_price"),
    ],
)
def test_a_wrong_price_is_refused(seller: httpx.Client, sent: Any, named: str) -> None:
    """A discount is below the price, and both are whole roubles from 0 to a billion."""
    offer = made(seller, key_offer(discount_price=400))["id"]
    assert list(reasons(set_price(seller, offer, **sent))) == [named]
    after = offer_of(seller, offer)
    assert (after["price"], after["discount_price"]) == (500, 400)


# --- rights ----------------------------------------------------------------------------------------------


def test_an_operator_grants_services(live: Live, second_seller: httpx.Client, command: Any) -> None:
    """Without the right 403; with it the offer goes on sale; withdrawn, it cannot be published again."""

    def tried() -> httpx.Response:
        return second_seller.post(f"{API}/offers", json=service_offer())

    assert (tried().status_code, tried().json()["title"]) == (403, "forbidden")
    email = live.second_seller["email"]
    assert command(live.server, "seller", "grant", email, "sell_services").code == 0
    offer = until(lambda: (got := tried()).is_success and got, 5).json()["id"]
    assert move(second_seller, offer, PUBLISHED).status_code == 200
    assert command(live.server, "seller", "withdraw", email, "sell_services").code == 0
    until(lambda: tried().status_code == 403, 5)
    assert move(second_seller, offer, PAUSED).status_code == 200
    assert move(second_seller, offer, PUBLISHED).status_code == 403
    assert move(second_seller, offer, DELETED).status_code == 200


def test_section_9_is_on_request(seller: httpx.Client, second_seller: httpx.Client) -> None:
    """The demo's first seller may sell on request, the second may not."""
    on_request = service_offer(section=9, catalog_path=[55], status=1)
    assert made(seller, on_request)["section"] == 9
    refused = second_seller.post(f"{API}/offers", json=on_request)
    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")
