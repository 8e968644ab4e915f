"""Activation keys over the wire: adding, listing, counting, deleting, what was sold; sealed where they lie."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest

from tests.builders import API, key_offer, made, query, reasons, sell, service_offer, word
from tests.conftest import Live

KEYS = f"{API}/keys-api/keys"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add(client: httpx.Client, offer_id: Any, keys: Any) -> httpx.Response:
    return client.post(KEYS, json={"offer_id": offer_id, "keys": keys})


def counts(client: httpx.Client, offer_id: int) -> dict[str, int]:
    found: dict[str, int] = client.get(f"{API}/offer/keys/{offer_id}").raise_for_status().json()
    return found


def listed(client: httpx.Client, offer_id: int, **wanted: Any) -> tuple[list[dict[str, Any]], int]:
    page = client.get(f"{API}/offer/keys/{offer_id}/list", params=wanted).raise_for_status().json()
    return page["items"], page["total"]


def delete(client: httpx.Client, ids: Any) -> httpx.Response:
    return client.delete(KEYS, params={"ids": ids})


def shelf_of(client: httpx.Client, count: int) -> int:
    """An offer with so many keys."""
    offer: int = made(client, key_offer(keys=[word("K-") for _ in range(count)]))["id"]
    return offer


# --- adding ----------------------------------------------------------------------------------------------


def test_keys_are_added_in_their_order(seller: httpx.Client) -> None:
    """Every key comes back as it was sent, signs and spaces included, oldest first."""
    offer = made(seller, key_offer(keys=["first"]))["id"]
    keys = ["b", "a", " spaced ", "Ключ-ё", "🔑" * 200, "line\nbreak", '"quoted"\\']
    answer = add(seller, offer, keys)
    assert (answer.status_code, answer.content) == (200, b"")
    found, total = listed(seller, offer)
    assert [key["value"] for key in found] == ["first", *keys]
    assert total == 8
    assert all(key["buyed_at"] is None and key["deleted_at"] is None for key in found)


def test_a_thousand_keys_of_two_hundred_letters(seller: httpx.Client) -> None:
    """The contract's largest load is taken."""
    offer = shelf_of(seller, 1)
    assert add(seller, offer, [f"{number:03}{'я' * 197}" for number in range(1000)]).status_code == 200
    assert counts(seller, offer) == {"total": 1001, "available": 1001, "reserved": 0, "deleted": 0}


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ([str(number) for number in range(1001)], "keys"),
        (["a", "я" * 201], "keys[1]"),
        (["a", ""], "keys[1]"),
        (["a", " "], "keys[1]"),
        (["a", 5], "keys[1]"),
        (["a", None], "keys[1]"),
        ([], "keys"),
        (None, "keys"),
        ("abc", "keys"),
        (["a", "b", "a"], "keys[2]"),
        (["new", "taken"], "keys[1]"),
    ],
)
def test_wrong_keys_are_refused_and_none_is_added(seller: httpx.Client, keys: Any, named: str) -> None:
    """Too many, too long, blank or known keys: the place is named, and nothing is half-added."""
    offer = made(seller, key_offer(keys=["taken"]))["id"]
    assert list(reasons(add(seller, offer, keys))) == [named]
    assert counts(seller, offer)["total"] == 1


def test_every_duplicate_is_named(seller: httpx.Client) -> None:
    """Duplicates in the request and in the offer come together; letter case makes keys different."""
    offer = made(seller, key_offer(keys=["one", "two"]))["id"]
    refused = reasons(add(seller, offer, ["three", "two", "four", "three", "one"]))
    assert refused.keys() == {"keys[1]", "keys[3]", "keys[4]"}
    assert ("'two'" in refused["keys[1]"], "'three'" in refused["keys[3]"]) == (True, True)
    assert add(seller, offer, ["ONE", "Two"]).status_code == 200


def test_sold_and_deleted_keys_are_duplicates_too(live: Live, seller: httpx.Client) -> None:
    """A key that was ever in the offer cannot come back to it, but may be in another one."""
    offer = made(seller, key_offer(keys=["sold", "gone"]))["id"]
    assert sell(live.server.data, offer, [START]) == ["sold"]
    gone = listed(seller, offer, sold=False)[0][0]["id"]
    delete(seller, gone).raise_for_status()
    assert reasons(add(seller, offer, ["sold", "gone", "new"])).keys() == {"keys[0]", "keys[1]"}
    assert add(seller, shelf_of(seller, 1), ["sold", "gone"]).status_code == 200


def test_the_same_keys_in_parallel(live: Live, seller: httpx.Client) -> None:
    """Of several loads of the same keys, in whatever order, one succeeds and the others name duplicates."""
    offer = shelf_of(seller, 1)
    keys = [word() for _ in range(300)]

    def load(turn: int) -> int:
        with live.client() as client:
            return add(client, offer, keys if turn % 2 else keys[::-1]).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(load, range(4))) == [200, 400, 400, 400]
    assert counts(seller, offer)["total"] == 301


def test_keys_belong_to_some_sections(seller: httpx.Client, second_seller: httpx.Client) -> None:
    """A section without keys is 403, an unknown or another's offer 404, a wrong id 400."""
    service, game = made(seller, service_offer())["id"], shelf_of(seller, 1)
    assert add(seller, service, ["k"]).status_code == 403
    assert seller.get(f"{API}/offer/keys/{service}/list").status_code == 403
    assert add(seller, 2**62, ["k"]).status_code == 404
    assert add(second_seller, game, ["k"]).status_code == 404
    for offer in (0, -1, "1", None, 2**63):
        assert list(reasons(add(seller, offer, ["k"]))) == ["offer_id"]
    assert counts(seller, game)["total"] == 1


# --- listing and counting --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed(live: Live) -> int:
    """An offer with a key of each status: available, sold, deleted, reserved, expired."""
    with live.client() as client:
        offer = made(client, key_offer(keys=["sold", "deleted", "reserved", "expired", "available"]))["id"]
        sell(live.server.data, offer, [START])
        ids = {key["value"]: key["id"] for key in listed(client, offer)[0]}
        delete(client, ids["deleted"]).raise_for_status()
    for status, value in ((1, "reserved"), (4, "expired")):
        query(live.server.data, "update keys set status = $1 where id = $2", status, ids[value])
    return offer


@pytest.mark.parametrize("name", ["sold", "deleted", "reserved", "expired"])
@pytest.mark.parametrize("no", ["false", "0", "False"])
def test_each_kind_of_key_can_be_left_out(seller: httpx.Client, mixed: int, name: str, no: str) -> None:
    """All kinds are shown unless one is refused; the total counts what is shown."""
    everything = {"sold", "deleted", "reserved", "expired", "available"}
    assert {key["value"] for key in listed(seller, mixed)[0]} == everything
    found, total = listed(seller, mixed, **{name: no})
    assert {key["value"] for key in found} == everything - {name}
    assert total == 4


def test_only_what_can_be_sold(seller: httpx.Client, mixed: int) -> None:
    """Without the four kinds only available keys remain."""
    found, total = listed(seller, mixed, sold=False, deleted=False, reserved=False, expired=False)
    assert ([key["value"] for key in found], total) == (["available"], 1)


def test_times_of_keys(seller: httpx.Client, mixed: int) -> None:
    """A sold key tells when it was bought, a deleted one when it was deleted."""
    keys = {key["value"]: key for key in listed(seller, mixed)[0]}
    assert (keys["sold"]["buyed_at"], keys["sold"]["deleted_at"]) == ("2026-03-01T12:00:00Z", None)
    assert keys["deleted"]["buyed_at"] is None
    assert keys["deleted"]["deleted_at"].endswith("Z")
    assert datetime.fromisoformat(keys["available"]["created_at"]).tzinfo == UTC


def test_counts(seller: httpx.Client, second_seller: httpx.Client, mixed: int) -> None:
    """`total` counts every key ever loaded; another's offer is not found."""
    assert counts(seller, mixed) == {"total": 5, "available": 1, "reserved": 1, "deleted": 1}
    assert second_seller.get(f"{API}/offer/keys/{mixed}").status_code == 404
    assert second_seller.get(f"{API}/offer/keys/{mixed}/list").status_code == 404


@pytest.mark.parametrize(
    ("skip", "take", "count"), [(0, 2, 2), (4, 2, 1), (5, 2, 0), (0, 0, 0), (1, 2**62, 4)]
)
def test_pages(seller: httpx.Client, mixed: int, skip: int, take: int, count: int) -> None:
    """A page may be empty; the total stays exact."""
    found, total = listed(seller, mixed, skip=skip, take=take)
    assert (len(found), total) == (count, 5)


@pytest.mark.parametrize(
    "wanted", [{"skip": -1}, {"take": -1}, {"take": "x"}, {"sold": "maybe"}, {"deleted": 2}, {"take": 2**63}]
)
def test_wrong_parameters_are_refused(seller: httpx.Client, mixed: int, wanted: Any) -> None:
    """A malformed parameter is a 400 that names it."""
    assert reasons(seller.get(f"{API}/offer/keys/{mixed}/list", params=wanted)).keys() == wanted.keys()


def test_a_page_holds_at_most_a_thousand(seller: httpx.Client) -> None:
    """`take` is cut to 1,000; without it there are 50."""
    offer = made(seller, key_offer(keys=[str(number) for number in range(1000)]))["id"]
    add(seller, offer, ["one", "more"]).raise_for_status()
    assert len(listed(seller, offer, take=2000)[0]) == 1000
    assert len(listed(seller, offer)[0]) == 50


# --- deleting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [lambda ids: ids, lambda ids: ",".join(map(str, ids))])
def test_deleting_keys(seller: httpx.Client, spelling: Any) -> None:
    """Ids repeated or comma-separated: 200 and a status for each, twice the same."""
    offer = shelf_of(seller, 3)
    ids = [key["id"] for key in listed(seller, offer)[0]][:2]
    answer = delete(seller, spelling(ids))
    assert answer.status_code == 200
    assert answer.json()["statuses"] == [
        {"id": id, "code": "200", "message": "ok", "status": True} for id in ids
    ]
    again = delete(seller, spelling(ids))
    assert (again.status_code, {one["message"] for one in again.json()["statuses"]}) == (
        200,
        {"Ключ уже был удален."},
    )
    assert counts(seller, offer) == {"total": 3, "available": 1, "reserved": 0, "deleted": 2}


def test_some_keys_cannot_be_deleted(live: Live, seller: httpx.Client) -> None:
    """Sold, reserved and unknown keys stay: 207, with the contract's words for each, in the sent order."""
    offer = made(seller, key_offer(keys=["sold", "reserved", "free"]))["id"]
    sell(live.server.data, offer, [START])
    sold, reserved, free = (key["id"] for key in listed(seller, offer)[0])
    query(live.server.data, "update keys set status = 1 where id = $1", reserved)
    answer = delete(seller, [free, sold, 2**62, reserved])
    assert answer.status_code == 207
    found = [(one["id"], one["code"], one["message"], one["status"]) for one in answer.json()["statuses"]]
    assert found == [
        (free, "200", "ok", True),
        (sold, "409", "Ключ уже был продан.", False),
        (2**62, "404", "Ключ не найден.", False),
        (reserved, "409", "Ключ уже был зарезервирован.", False),
    ]
    assert counts(seller, offer) == {"total": 3, "available": 0, "reserved": 1, "deleted": 1}


def test_deleting_needs_the_right(live: Live, seller: httpx.Client, second_seller: httpx.Client) -> None:
    """Without the right 403; even with it another's key is unknown."""
    own = listed(second_seller, shelf_of(second_seller, 1))[0][0]["id"]
    answer = delete(second_seller, own)
    assert (answer.status_code, answer.json()["title"]) == (403, "forbidden")
    strange = delete(seller, own)
    assert (strange.status_code, strange.json()["statuses"][0]["code"]) == (207, "404")
    assert len(query(live.server.data, "select from keys where id = $1 and status = 0", own)) == 1


@pytest.mark.parametrize("ids", [[], [""], [","], ["x"], ["1,x"], [0], [-1], [2**63], list(range(1, 1002))])
def test_wrong_ids_are_refused(seller: httpx.Client, ids: Any) -> None:
    """No ids, words, and more than a thousand are a 400 that names `ids`."""
    assert list(reasons(delete(seller, ids))) == ["ids"]


def test_deleting_in_parallel_is_counted_once(live: Live, seller: httpx.Client) -> None:
    """Several clients that delete the same keys in other orders all succeed, and the counts stay true."""
    offer = shelf_of(seller, 60)
    ids = [key["id"] for key in listed(seller, offer, take=60)[0]]

    def run(turn: int) -> int:
        with live.client() as client:
            return delete(client, ids if turn % 2 else ids[::-1]).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(run, range(4))) == {200}
    assert counts(seller, offer) == {"total": 60, "available": 0, "reserved": 0, "deleted": 60}


# --- what was sold ---------------------------------------------------------------------------------------


class Sale(NamedTuple):
    """An offer of 500 roubles, discounted to 450, of which a key was sold at each of three noons."""

    offer: int
    title: str
    keys: list[str]


@pytest.fixture(scope="module")
def sale(live: Live) -> Sale:
    title = word("Продажа ")
    with live.client() as client:
        body = key_offer(title=title, discount_price=450, keys=[word() for _ in range(4)])
        offer = made(client, body)["id"]
        keys = sell(live.server.data, offer, [START + timedelta(days=day) for day in range(3)])
        client.post(f"{API}/offers/{offer}", json={"title": "Другое", "price": 900}).raise_for_status()
    return Sale(offer, title, keys)


def redeemed(client: httpx.Client, **wanted: Any) -> tuple[list[dict[str, Any]], int]:
    page = client.get(f"{KEYS}/redeemed", params=wanted).raise_for_status().json()
    return page["items"], page["total"]


def test_a_sold_key_tells_what_it_was_sold_for(seller: httpx.Client, sale: Sale) -> None:
    """Title and price are those of the moment of sale; the discounted price is what was paid."""
    found, total = redeemed(seller, offer_id=sale.offer)
    assert ([key["value"] for key in found], total) == (sale.keys, 3)
    first = found[0]
    assert (first["offer_id"], first["offer_title"], first["offer_price"]) == (sale.offer, sale.title, 450)
    assert first["buyed_at"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    ("since", "until", "places"),
    [
        (None, None, [0, 1, 2]),
        ("2026-03-01T12:00:00Z", None, [0, 1, 2]),
        ("2026-03-01T12:00:01Z", None, [1, 2]),
        (None, "2026-03-02T12:00:00Z", [0]),
        (None, "2026-03-02T12:00:01Z", [0, 1]),
        ("2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z", [1]),
        ("2026-03-02T15:00:00+03:00", "2026-03-03T15:00:00+03:00", [1]),
        ("2026-03-02T01:00:00-11:00", "2026-03-02T01:00:00.5-11:00", [1]),
        ("2026-03-02T12:00:00.000001Z", None, [2]),
        ("2026-03-03T12:00:00Z", "2026-03-01T12:00:00Z", []),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", [0, 1, 2]),
        ("", "", [0, 1, 2]),
    ],
)
def test_ranges_of_time(
    seller: httpx.Client, sale: Sale, since: str | None, until: str | None, places: list[int]
) -> None:
    """From the first instant on, up to before the second, in any offset."""
    wanted = {name: value for name, value in (("date_from", since), ("date_to", until)) if value is not None}
    found, total = redeemed(seller, offer_id=sale.offer, **wanted)
    assert [key["value"] for key in found] == [sale.keys[place] for place in places]
    assert total == len(places)


def test_a_plus_sign_that_was_not_escaped(seller: httpx.Client, sale: Sale) -> None:
    """Many clients forget to escape it; the offset is understood all the same."""
    answer = seller.get(f"{KEYS}/redeemed?offer_id={sale.offer}&date_from=2026-03-03T15:00:00+03:00")
    assert answer.json()["total"] == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"date_from": "yesterday"},
        {"date_to": "2026-02-30T00:00:00Z"},
        {"date_to": "1772366400"},
        {"date_from": "0001-01-01T00:00:00+14:00"},
        {"offer_id": 0},
        {"offer_id": "x"},
        {"skip": -1},
        {"take": -5},
    ],
)
def test_wrong_wishes_are_refused(seller: httpx.Client, wanted: Any) -> None:
    """A malformed parameter is a 400 that names it."""
    assert reasons(seller.get(f"{KEYS}/redeemed", params=wanted)).keys() == wanted.keys()


def test_pages_of_sold_keys(seller: httpx.Client, sale: Sale) -> None:
    """Pages go by time of sale; the total stays exact."""
    found, total = redeemed(seller, offer_id=sale.offer, skip=1, take=1)
    assert ([key["value"] for key in found], total) == ([sale.keys[1]], 3)
    assert redeemed(seller, offer_id=sale.offer, skip=3) == ([], 3)


def test_nobody_sees_anothers_sales(second_seller: httpx.Client, sale: Sale) -> None:
    """Another seller sees none of these keys, whatever they ask for."""
    assert not {key["value"] for key in redeemed(second_seller, take=1000)[0]} & set(sale.keys)
    answer = second_seller.get(f"{KEYS}/redeemed", params={"offer_id": sale.offer})
    assert answer.status_code == 400 or answer.json() == {"items": [], "total": 0}


def test_history_outlives_the_offer(live: Live, seller: httpx.Client) -> None:
    """Keys sold with an offer that was deleted later are still listed."""
    offer = made(seller, key_offer(keys=[word()]))["id"]
    (key,) = sell(live.server.data, offer, [START])
    seller.post(f"{API}/offer/{offer}", json={"status": 3}).raise_for_status()
    assert [one["value"] for one in redeemed(seller, offer_id=offer)[0]] == [key]


# --- at rest ---------------------------------------------------------------------------------------------


def test_a_key_lies_sealed(live: Live, seller: httpx.Client) -> None:
    """The value of a key stands in no table, no file of the database and no log."""
    secret = word("SECRET-KEY-")
    offer = made(seller, key_offer(keys=[secret]))["id"]
    add(seller, offer, [f"{secret}-2"]).raise_for_status()
    add(seller, offer, [f"{secret}-2"])
    (row,) = query(live.server.data, "select * from keys where offer_id = $1 order by id limit 1", offer)
    assert secret.encode() not in b"".join(value for value in row if isinstance(value, bytes))
    query(live.server.data, "checkpoint")
    folders = [live.server.data / "postgres", live.server.log]
    found = subprocess.run(["grep", "-rlF", secret, *folders], capture_output=True, text=True)
    assert found.stdout == ""
