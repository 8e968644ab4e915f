"""Offers: every field at its limit and past it, publishing, moves of the status, tags."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.builders import (
    API,
    begin,
    film_offer,
    key_offer,
    made,
    new_content,
    offer_of,
    reasons,
    service_offer,
    word,
)
from tests.conftest import Live

DRAFT, PUBLISHED, PAUSED, DELETED = 0, 1, 2, 3
LONG = "я" * 10_000  # a letter of two bytes: limits count letters


def create(client: httpx.Client, **changes: Any) -> httpx.Response:
    return client.post(f"{API}/offers", json=key_offer(**changes))


def update(client: httpx.Client, offer_id: int, **changes: Any) -> httpx.Response:
    return client.post(f"{API}/offers/{offer_id}", json=changes)


def move(client: httpx.Client, offer_id: int, status: Any) -> httpx.Response:
    return client.post(f"{API}/offer/{offer_id}", json={"status": status})


def set_price(client: httpx.Client, offer_id: int, **prices: Any) -> httpx.Response:
    return client.post(f"{API}/offer/price/{offer_id}", json=prices)


# --- creating --------------------------------------------------------------------------------------------


def test_a_new_offer_answers_what_was_sent(seller: httpx.Client) -> None:
    """Everything that was sent comes back, at once and by id, with the contract's zeros beside it."""
    sent = key_offer(discount_price=450, meta={"addresses": "Москва", "key_instruction": "1.\n2."})
    offer = made(seller, sent)
    for name in ("title", "description", "section", "catalog_path", "price", "discount_price", "age_rating"):
        assert offer[name] == sent[name]
    assert json.loads(offer["meta"]) == sent["meta"]
    assert (offer["status"], offer["view_count"], offer["purchase_count"], offer["rating"]) == (0, 0, 0, 0)
    assert (offer["deleted"], offer["gallery"], offer["content"]) == ("1970-01-01T00:00:00Z", [], [])
    assert offer["created"] == offer["updated"]
    assert offer_of(seller, offer["id"]) | {"thumbnail": []} == offer


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", LONG[:500]),
        ("title", "🎮" * 500),
        ("description", LONG[:5000]),
        ("description", ""),
        ("tags", ["т"]),
        ("tags", [f"{number}{LONG[:44]}" for number in range(5)]),
        ("keys", [f"{number:04}{LONG[:196]}" for number in range(1000)]),
        ("catalog_path", [20, 21, 22, 23]),
        ("price", 0),
        ("price", 1_000_000_000),
        ("discount_price", 499),
        ("discount_price", 0),
        ("discount_price", ...),
        ("status", 0),
        ("status", 1),
        ("gallery", []),
        ("content", []),
        ("meta", {"key_instruction": LONG[:5000], "addresses": LONG[:1000]}),
        ("meta", {"key_instruction": "k", "addresses": None}),
    ],
)
def test_a_field_may_go_to_its_limit(seller: httpx.Client, field: str, value: Any) -> None:
    """The largest and smallest values that the contract allows are kept unchanged."""
    offer = made(seller, key_offer(**{field: value}))
    if field in ("title", "description", "price", "status", "catalog_path"):
        assert offer[field] == value
    if field == "discount_price":
        assert offer[field] == (0 if value is ... else value)
    if field == "keys":
        counts = seller.get(f"{API}/offer/keys/{offer['id']}").json()
        assert counts["available"] == 1000


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("title", LONG[:501], "title"),
        ("title", "", "title"),
        ("title", " \t", "title"),
        ("title", None, "title"),
        ("title", 7, "title"),
        ("description", LONG[:5001], "description"),
        ("description", None, "description"),
        ("tags", [], "tags"),
        ("tags", list("123456"), "tags"),
        ("tags", ["т", LONG[:46]], "tags[1]"),
        ("tags", [" "], "tags[0]"),
        ("tags", None, "tags"),
        ("section", 7, "section"),
        ("section", 10, "section"),
        ("section", "3", "section"),
        ("catalog_path", [], "catalog_path"),
        ("catalog_path", [999_999], "catalog_path"),
        ("catalog_path", [20, 65], "catalog_path"),
        ("catalog_path", ["20"], "catalog_path[0]"),
        ("age_rating", "17+", "age_rating"),
        ("age_rating", 18, "age_rating"),
        ("price", -1, "price"),
        ("price", 1_000_000_001, "price"),
        ("price", 1.5, "price"),
        ("price", "500", "price"),
        ("price", True, "price"),
        ("price", None, "price"),
        ("discount_price", -1, "discount_price"),
        ("discount_price", 500, "discount_price"),
        ("discount_price", 501, "discount_price"),
        ("discount_price", None, "discount_price"),
        ("status", 2, "status"),
        ("status", 3, "status"),
        ("keys", [], "keys"),
        ("keys", [str(number) for number in range(1001)], "keys"),
        ("keys", ["k", LONG[:201]], "keys[1]"),
        ("keys", ["k", ""], "keys[1]"),
        ("keys", ["k", "l", "k"], "keys[2]"),
        ("gallery", ["vol1/1/0/0_1280.jpg"], "gallery[0]"),
        ("gallery", ["vol1/1/0/0_1280.jpg"] * 9, "gallery"),
        ("content", [{"content": 1, "category_id": 1}], "content"),
        ("meta", "text", "meta"),
        ("meta", None, "meta.key_instruction"),
        ("meta", {"key_instruction": ""}, "meta.key_instruction"),
        ("meta", {"key_instruction": LONG[:5001]}, "meta.key_instruction"),
        ("meta", {"key_instruction": "k", "addresses": LONG[:1001]}, "meta.addresses"),
    ],
)
def test_a_field_past_its_limit_is_refused_by_name(
    seller: httpx.Client, field: str, value: Any, named: str
) -> None:
    """One past the limit is a 400 that names the field and the reason, and makes nothing."""
    title = word()
    refused = reasons(create(seller, **{"title": title, field: value}))
    assert list(refused) == [named]
    assert refused[named]
    assert seller.get(f"{API}/offers/author", params={"search": title}).json()["total"] == 0


def test_every_missing_field_is_named(seller: httpx.Client) -> None:
    """An empty object is refused with all required fields at once."""
    required = {"title", "description", "tags", "section", "catalog_path", "age_rating", "price"}
    assert reasons(seller.post(f"{API}/offers", json={})).keys() == required


def test_all_wrong_values_are_named_at_once(seller: httpx.Client) -> None:
    """Wrong shapes in several fields come in one answer, and so do several broken rules."""
    shapes = reasons(create(seller, title="", tags=[], price=-1, age_rating="5+", meta={"addresses": 1}))
    assert shapes.keys() == {"title", "tags", "price", "age_rating", "meta.addresses"}
    rules = reasons(create(seller, catalog_path=[65], discount_price=900, gallery=["x"], keys=[], meta=None))
    assert rules.keys() == {"catalog_path", "discount_price", "gallery[0]", "keys", "meta.key_instruction"}


@pytest.mark.parametrize("section", [12, 13])
def test_coupons_and_certificates_need_keys(seller: httpx.Client, section: int) -> None:
    """Sections 12 and 13 carry keys like section 3: without one there is no offer."""
    path = {12: [80], 13: [85]}[section]
    assert "keys" in reasons(create(seller, section=section, catalog_path=path, keys=...))
    assert made(seller, key_offer(section=section, catalog_path=path))["section"] == section


@pytest.mark.parametrize(("section", "path"), [(1, 70), (2, 76), (4, 11), (5, 30), (6, 40)])
def test_sections_of_works_need_contents(seller: httpx.Client, section: int, path: int) -> None:
    """Sections 1, 2, 4, 5 and 6 need a content, and carry no keys."""
    refused = reasons(create(seller, section=section, catalog_path=[path], meta=...))
    assert refused.keys() == {"content", "keys"}


def test_a_service_carries_neither(seller: httpx.Client, works: dict[str, Any]) -> None:
    """In section 8 keys and contents are both refused, with the reason."""
    film = [{"content": works["film"]["id"], "category_id": 1}]
    refused = reasons(seller.post(f"{API}/offers", json=service_offer(keys=["k"], content=film)))
    assert refused.keys() == {"content", "keys"}


def test_an_offer_shows_its_contents(seller: httpx.Client, works: dict[str, Any]) -> None:
    """The works of an offer come with files, playlist and metadata as text, each once, in the sent order."""
    song, film = works["song"], works["film"]
    content = [{"content": one["id"], "category_id": one["category_id"]} for one in (song, film, song)]
    carried = made(seller, film_offer(0, section=6, catalog_path=[40], content=content))["content"]
    assert [one["content"] for one in carried] == [song["id"], film["id"]]
    assert carried[1]["playlist"] == film["playlist"]
    assert carried[1]["files"] == film["files"]
    assert json.loads(carried[1]["meta"]) == film["meta"]


def test_contents_must_be_ones_own_and_of_the_kind(
    seller: httpx.Client, second_seller: httpx.Client, works: dict[str, Any]
) -> None:
    """A strange, unknown or differently sorted content is refused by its place in the list."""
    film = works["film"]["id"]
    assert "content[0].content" in reasons(second_seller.post(f"{API}/offers", json=film_offer(film)))
    wanted = [{"content": film, "category_id": 2}, {"content": 2**62, "category_id": 1}]
    refused = reasons(seller.post(f"{API}/offers", json=film_offer(film, content=wanted)))
    assert refused.keys() == {"content[0].category_id", "content[1].content"}


# --- publishing and moves of the status ------------------------------------------------------------------


def test_a_film_that_is_not_there_cannot_be_published(seller: httpx.Client, works: dict[str, Any]) -> None:
    """Publishing names the content that is not ready; as a draft the offer is welcome."""
    waiting, _ = begin(seller, new_content([5]))
    refused = reasons(seller.post(f"{API}/offers", json=film_offer(waiting, status=1)))
    assert str(waiting) in refused["content"]
    draft = made(seller, film_offer(waiting))["id"]
    for answer in (move(seller, draft, PUBLISHED), update(seller, draft, status=PUBLISHED)):
        assert str(waiting) in reasons(answer)["content"]
    assert offer_of(seller, draft)["status"] == DRAFT
    assert made(seller, film_offer(works["film"]["id"], status=1))["status"] == PUBLISHED


def test_an_empty_shelf_cannot_be_published(seller: httpx.Client) -> None:
    """Without a key to sell an offer of keys is refused, and taken again when keys have come."""
    offer = made(seller, key_offer(keys=["only"]))["id"]
    key = seller.get(f"{API}/offer/keys/{offer}/list").json()["items"][0]["id"]
    seller.delete(f"{API}/keys-api/keys", params={"ids": key}).raise_for_status()
    assert "key" in reasons(move(seller, offer, PUBLISHED))["status"]
    seller.post(f"{API}/keys-api/keys", json={"offer_id": offer, "keys": ["new"]}).raise_for_status()
    assert move(seller, offer, PUBLISHED).status_code == 200


@pytest.mark.parametrize("by_update", [False, True])
def test_allowed_moves_of_the_status(seller: httpx.Client, by_update: bool) -> None:
    """Draft, published and paused lead to each other, but a draft cannot be paused."""
    offer = made(seller, service_offer())["id"]

    def go(status: int) -> int:
        answer = update(seller, offer, status=status) if by_update else move(seller, offer, status)
        assert offer_of(seller, offer)["status"] == (status if answer.status_code == 200 else DRAFT)
        return answer.status_code

    assert go(PAUSED) == 400
    for status in (DRAFT, PUBLISHED, PUBLISHED, PAUSED, PAUSED, PUBLISHED, DRAFT, PUBLISHED, PAUSED, DRAFT):
        assert go(status) == 200


@pytest.mark.parametrize("status", [-1, 4, "1", 1.0, None, True])
def test_unknown_statuses_are_refused(seller: httpx.Client, status: Any) -> None:
    """Only 0 to 3 are statuses."""
    offer = made(seller, service_offer())["id"]
    assert "status" in reasons(move(seller, offer, status))
    assert "status" in reasons(seller.post(f"{API}/offer/{offer}", json={}))


@pytest.mark.parametrize("before", [DRAFT, PUBLISHED, PAUSED])
def test_a_deleted_offer_is_gone(seller: httpx.Client, before: int) -> None:
    """From any status an offer can be deleted: then no list, id or operation knows it."""
    title = word()
    offer = made(seller, key_offer(title=title, status=min(before, 1)))["id"]
    move(seller, offer, before).raise_for_status()
    assert move(seller, offer, DELETED).status_code == 200
    assert seller.get(f"{API}/offers/{offer}").status_code == 404
    assert seller.get(f"{API}/offers/author", params={"search": title}).json() == {"items": [], "total": 0}
    assert update(seller, offer, title="x").status_code == 404
    assert set_price(seller, offer, regular_price=1).status_code == 400
    assert move(seller, offer, DRAFT).status_code == 400
    assert seller.get(f"{API}/offer/keys/{offer}").status_code == 404


def test_parallel_moves_do_not_stand_in_each_others_way(live: Live, seller: httpx.Client) -> None:
    """Offers of one section that go on and off sale at the same time are all moved."""
    offers = [made(seller, service_offer())["id"] for _ in range(2)]

    def moves(turn: int) -> set[int]:
        with live.client() as client:
            return {move(client, offers[turn], (step + turn) % 2).status_code for step in range(100)}

    with ThreadPoolExecutor(2) as pool:
        assert set().union(*pool.map(moves, (0, 1))) == {200}


# --- tags, age -------------------------------------------------------------------------------------------


def test_tags_are_one_whatever_their_case(seller: httpx.Client) -> None:
    """A tag is listed once, in the sent order, transliterated."""
    suffix = word("x")
    offer = made(seller, key_offer(tags=[f"Щука {suffix}", f"ёж {suffix}", f"ЩУКА {suffix}"]))
    tags = [(tag["value"], tag["value_translit"]) for tag in offer["tags"]]
    assert tags == [(f"Щука {suffix}", f"shchuka {suffix}"), (f"ёж {suffix}", f"ezh {suffix}")]


def test_a_tag_weighs_as_many_offers_as_carry_it(seller: httpx.Client) -> None:
    """The weight counts living offers: it grows with each, and shrinks when one drops the tag or is deleted."""
    tag = word("вес")
    offers = [made(seller, key_offer(tags=[tag]))["id"] for _ in range(3)]

    def weight() -> float:
        found: float = offer_of(seller, offers[0])["tags"][0]["weight"]
        return found

    assert weight() == 3
    update(seller, offers[1], tags=["другой"]).raise_for_status()
    assert weight() == 2
    move(seller, offers[2], DELETED).raise_for_status()
    assert weight() == 1


def test_a_tag_kept_in_an_update_keeps_its_weight(seller: httpx.Client) -> None:
    """Sending the same tags again, in any case, counts nobody twice."""
    tag = word("тег")
    offer = made(seller, key_offer(tags=[tag]))["id"]
    update(seller, offer, tags=[tag.upper(), tag]).raise_for_status()
    (found,) = offer_of(seller, offer)["tags"]
    assert (found["value"], found["weight"]) == (tag, 1)


def test_crossing_tags_do_not_stand_in_each_others_way(live: Live, seller: httpx.Client) -> None:
    """Two offers that swap their tags at the same time both succeed."""
    offers = [made(seller, key_offer())["id"] for _ in range(2)]
    sets = [[word(), word()], [word(), word()]]

    def swap(turn: int) -> set[int]:
        with live.client() as client:
            return {
                update(client, offers[turn], tags=sets[(step + turn) % 2]).status_code for step in range(60)
            }

    with ThreadPoolExecutor(2) as pool:
        assert set().union(*pool.map(swap, (0, 1))) == {200}


@pytest.mark.parametrize("age", ["0+", "6+", "12+", "14+", "16+", "18+"])
def test_age_rating_and_adult(seller: httpx.Client, age: str) -> None:
    """Only 18+ is for adults."""
    offer = made(seller, key_offer(age_rating=age))
    assert (offer["age_rating"], offer["adult"]) == (age, age == "18+")
