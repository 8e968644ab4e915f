"""Who may do what: each operation for its own people, and each thing for its owner."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.shop.conftest import PASSWORD, SHOP, anybody, bought, link_to, ok, on_sale, order_of, problem
from tests.builders import key_offer, made, with_shop, word
from tests.conftest import Live
from vitrina.api.shop.routes import OPERATIONS, Operation

CLOSED = [operation for operation in OPERATIONS if operation.who != "anybody"]
OPEN = [operation for operation in OPERATIONS if operation.who == "anybody"]


def path_of(operation: Operation, id: str = "1") -> str:
    path = operation.path.replace("{uri:path}", "x").replace("{name:path}", "x")
    return re.sub(r"\{\w+:str\}", id, path)


def by_name(operation: Operation) -> str:
    return operation.name


@pytest.fixture(scope="module")
def tokens(live: Live, buyer: httpx.Client, operator: httpx.Client) -> dict[str, str]:
    """A good token of each role."""
    return {
        "buyer": buyer.headers["authorization"].partition(" ")[2],
        "operator": operator.headers["authorization"].partition(" ")[2],
        "seller": live.seller["token"],
    }


# --- roles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", CLOSED, ids=by_name)
def test_each_operation_is_for_its_role(live: Live, tokens: dict[str, str], operation: Operation) -> None:
    """Nobody, and everybody of another role, is told to log in, before anything else is looked at."""
    others = [token for role, token in tokens.items() if role != operation.who]
    with anybody(live.base_url) as client:
        for header in (
            None,
            "",
            "Bearer",
            "Basic x",
            "x",
            *(f"Bearer {token}" for token in others),
        ):
            headers = {} if header is None else {"Authorization": header}
            answer = client.request(operation.method, path_of(operation), headers=headers, content=b"{")
            problem(answer, 401, "not_authenticated")
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("operation", CLOSED, ids=by_name)
def test_each_operation_lets_its_role_in(live: Live, tokens: dict[str, str], operation: Operation) -> None:
    """With the right token the answer is about the request."""
    if operation.name == "logOut":
        return  # it would end the session of the other tests
    with anybody(live.base_url, tokens[operation.who]) as client:
        answer = client.request(operation.method, path_of(operation, str(10**15)))
        assert answer.status_code in (200, 400, 404)


@pytest.mark.parametrize("operation", OPEN, ids=by_name)
def test_what_is_open_needs_no_token(live: Live, operation: Operation) -> None:
    """Nor does a wrong one get in the way."""
    with anybody(live.base_url) as client:
        answers = [
            client.request(operation.method, path_of(operation), headers=headers)
            for headers in ({}, {"Authorization": "Bearer nonsense"})
        ]
    assert {answer.status_code for answer in answers} <= {200, 400, 403, 404}


def test_the_scheme_is_read_as_http_wants(live: Live, tokens: dict[str, str]) -> None:
    """Letter case and spaces before the token are no matter."""
    with anybody(live.base_url) as client:
        for header in (f"bearer {tokens['buyer']}", f"BEARER   {tokens['buyer']}"):
            assert client.get(f"{SHOP}/me", headers={"Authorization": header}).status_code == 200


# --- accounts --------------------------------------------------------------------------------------------


def test_registering_logging_in_and_out(live: Live) -> None:
    """A new account is logged in; each log-in is a session of its own, and ends alone."""
    email = f"{word('Neu')}@Example.com"
    with anybody(live.base_url) as client:
        who = {"email": f" {email} ", "password": PASSWORD, "name": "Пётр"}
        first = ok(client.post(f"{SHOP}/buyers", json=who), 201)
        assert (first["person"]["email"], first["person"]["name"]) == (email, "Пётр")
        again = {"email": email.upper(), "password": PASSWORD}
        second = ok(client.post(f"{SHOP}/sessions", json=again), 201)
        assert first["token"] != second["token"]
        assert first["person"]["id"] == second["person"]["id"]
        problem(client.post(f"{SHOP}/buyers", json=again), 409, "email_taken")
        gone, kept = ({"Authorization": f"Bearer {one['token']}"} for one in (first, second))
        assert ok(client.get(f"{SHOP}/me", headers=gone)) == first["person"]
        ok(client.delete(f"{SHOP}/sessions", headers=gone), 204)
        problem(client.get(f"{SHOP}/me", headers=gone), 401)
        problem(client.delete(f"{SHOP}/sessions", headers=gone), 401)
        assert ok(client.get(f"{SHOP}/me", headers=kept)) == first["person"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b\n.example"}, "email"),
        ({"email": "a b@c.example"}, "email"),
        ({"email": f"{'x' * 65}@c.example"}, "email"),
        ({"email": f"a@{'x' * 300}"}, "email"),
        ({"email": "a\x00@b.example"}, "email"),
        ({"email": 7}, "email"),
        ({"password": "too short"}, "password"),
        ({"password": "x" * 1001}, "password"),
        ({"password": "long enough\x00"}, "password"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"name": None}, "name"),
    ],
)
def test_accounts_that_cannot_be(live: Live, changes: dict[str, Any], field: str) -> None:
    """Each fault is named by its field, and no account is made."""
    who = {"email": f"{word('x')}@example.com", "password": PASSWORD, "name": ""} | changes
    answer = httpx.post(f"{live.base_url}{SHOP}/buyers", json=who)
    assert field in {error["field"] for error in problem(answer, 400, "invalid")["errors"]}


def test_wrong_passwords(live: Live) -> None:
    """One answer for a wrong password, an unknown address and another role; guessing is slowed."""
    demo = live.demo["buyer"]
    guesses = [
        {"email": demo["email"], "password": "wrong wrong wrong"},
        {"email": f"{word('x')}@example.com", "password": demo["password"]},
        {"email": "", "password": ""},
        {"email": live.seller["email"], "password": live.seller["password"]},
    ]
    answers = [httpx.post(f"{live.base_url}{SHOP}/sessions", json=guess) for guess in guesses]
    bodies = [problem(answer, 401, "wrong_password") for answer in answers]
    assert len({body["detail"] for body in bodies}) == 1
    email = f"{word('guessed')}@example.com"
    guess = {"email": email, "password": "x"}
    for _ in range(7):
        answer = httpx.post(f"{live.base_url}{SHOP}/sessions", json=guess)
    problem(answer, 429, "too_many")
    assert int(answer.headers["retry-after"]) >= 1


def test_a_buyer_is_no_operator(live: Live) -> None:
    """The demo buyer cannot log in at the operators' door, nor the other way round."""
    doors = {"buyer": "/operator/sessions", "operator": "/sessions"}
    for who, door in doors.items():
        known = {name: live.demo[who][name] for name in ("email", "password")}
        problem(httpx.post(f"{live.base_url}{SHOP}{door}", json=known), 401, "wrong_password")


def test_a_new_password_ends_sessions(live: Live) -> None:
    """Whoever stole one is out."""
    email = f"{word('stolen')}@example.com"
    who = {"email": email, "password": PASSWORD}
    with anybody(
        live.base_url, ok(httpx.post(f"{live.base_url}{SHOP}/buyers", json=who), 201)["token"]
    ) as client:
        assert ok(client.get(f"{SHOP}/me"))["email"] == email
        with_shop(
            live.server.data, lambda shop: shop.accounts.set_password("buyers", email, "another one, long")
        )
        problem(client.get(f"{SHOP}/me"), 401)


# --- what belongs to somebody else -----------------------------------------------------------------------


def test_anothers_orders_and_library(
    buyer: httpx.Client, other_buyer: httpx.Client, seller: httpx.Client, goods: dict[str, int]
) -> None:
    """Are not found, as if there were none, by whatever they are asked for."""
    order = order_of(buyer, on_sale(seller))
    entitlement = bought(buyer, goods["service"])["lines"][0]["entitlement_id"]
    asked: list[Callable[[int], httpx.Response]] = [
        lambda id: other_buyer.get(f"{SHOP}/orders/{id}"),
        lambda id: other_buyer.get(f"{SHOP}/orders/{id}/receipt"),
        lambda id: other_buyer.post(f"{SHOP}/orders/{id}/cancel"),
        lambda id: other_buyer.post(f"{SHOP}/orders/{id}/pay"),
    ]
    for ask in asked:
        theirs, nobodys = problem(ask(order["id"]), 404), problem(ask(10**15), 404)
        assert theirs["code"] == nobodys["code"] == "order_not_found"
        assert theirs["detail"].replace(str(order["id"]), "?") == nobodys["detail"].replace(str(10**15), "?")
    at = f"{SHOP}/library/{entitlement}"
    for answer in (
        other_buyer.get(at),
        other_buyer.post(f"{at}/keys"),
        other_buyer.post(f"{at}/links", json={"content_id": 1}),
        other_buyer.post(f"{at}/links", json={"content_id": 1, "file": 0}),
    ):
        problem(answer, 404, "entitlement_not_found")
    assert ok(buyer.get(f"{SHOP}/orders/{order['id']}"))["status"] == "reserved"
    assert order["id"] not in {one["id"] for one in ok(other_buyer.get(f"{SHOP}/orders?take=100"))["items"]}


def test_a_link_opens_one_thing(
    buyer: httpx.Client, goods: dict[str, int], works: dict[str, dict[str, Any]]
) -> None:
    """Changed, cut or bent to another file it is refused, and it leads out of no folder."""
    entitlement = bought(buyer, goods["film"])["lines"][0]["entitlement_id"]
    url = link_to(buyer, entitlement, works["film"]["id"])
    address, _, name = url.rpartition("/")
    base, _, signed = address.rpartition("/")
    for forged in (signed[:-1], signed[1:], signed.swapcase(), "x", "x" * 5000, "%00", signed + "%00", "ä"):
        problem(httpx.get(f"{base}/{forged}/{name}"), 403, "link_not_valid")
    for astray in (
        "content",
        "0/../../content",
        "%2e%2e/content",
        "%2e%2e%2fcontent",
        "x/y/z.ts",
        "a" * 3000,
        "%00.ts",
    ):
        answer = httpx.get(f"{address}/{astray}")
        assert answer.status_code in (403, 404)
        problem(answer, answer.status_code)
    problem(httpx.get(address), 404)
    other = bought(buyer, goods["book"])["lines"][0]["entitlement_id"]
    answer = buyer.post(f"{SHOP}/library/{other}/links", json={"content_id": works["film"]["id"]})
    problem(answer, 404, "entitlement_not_found")
    answer = buyer.post(f"{SHOP}/library/{other}/links", json={"content_id": works["book"]["id"]})
    assert "no film" in problem(answer, 400)["detail"]


def test_a_seller_sees_their_own(
    second_seller: httpx.Client, seller: httpx.Client, buyer: httpx.Client
) -> None:
    """Another's stock is not found, another's sales are not in the totals, events and earnings."""
    game = on_sale(seller, title=word())
    order = bought(buyer, game)
    at = f"{SHOP}/seller/offers/{game}"
    problem(second_seller.get(f"{at}/stock"), 404, "offer_not_found")
    problem(second_seller.put(f"{at}/stock", json={"low_stock_at": 1}), 404, "offer_not_found")
    problem(second_seller.post(f"{at}/keys", json={"keys": ["x"]}), 404, "offer_not_found")
    assert ok(second_seller.get(f"{SHOP}/seller/totals", params={"offer_id": game})) == []
    events = ok(second_seller.get(f"{SHOP}/seller/events", params={"take": 1000}))
    assert not [e for e in events if e["subject_id"] == game and e["kind"].startswith("offer.")]
    earnings = ok(second_seller.get(f"{SHOP}/seller/earnings", params={"take": 100}))
    assert order["id"] not in {one["order_id"] for one in earnings}
    assert made(seller, key_offer())["status"] == 0
