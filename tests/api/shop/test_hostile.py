"""Whatever is sent: a refusal in one form that names the fault, and never a mistake of the server."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.shop.conftest import SHOP, anybody, ok, on_sale, order_of, problem
from tests.api.shop.test_access import by_name, path_of
from tests.conftest import Live
from vitrina.api.shop.description import TAKES
from vitrina.api.shop.routes import OPERATIONS, Operation

WITH_ID = [row for row in OPERATIONS if re.search(r"\{\w+_id:str\}", row.path)]
WITH_BODY = [row for row in OPERATIONS if row.name in TAKES]
NO_IDS = [
    "0",
    "-1",
    "x",
    "1.0",
    "1e3",
    " 1",
    "١",
    "%00",
    "1%00",
    "%FF",
    "9223372036854775808",
    "1" * 400,
    "null",
]


def ask(
    everybody: dict[str, httpx.Client], row: Operation, path: str | None = None, **more: Any
) -> httpx.Response:
    """The answer to an operation, called by whom it is for."""
    return everybody[row.who].request(row.method, path or path_of(row), **more)


@pytest.fixture(scope="module")
def everybody(live: Live, buyer: httpx.Client, operator: httpx.Client) -> Iterator[dict[str, httpx.Client]]:
    """A client of each kind of people."""
    with live.client() as seller, anybody(live.base_url) as nobody:
        yield {"buyer": buyer, "operator": operator, "seller": seller, "anybody": nobody}


# --- ids -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", WITH_ID, ids=by_name)
def test_ids_that_are_none(everybody: dict[str, httpx.Client], row: Operation) -> None:
    """A number from 1 up to the largest that the shop can count; anything else is a wrong parameter."""
    for id in NO_IDS:
        answer = ask(everybody, row, path_of(row, id), json={})
        field = re.findall(r"\{(\w+_id):str\}", row.path)[0]
        assert [error["field"] for error in problem(answer, 400, "invalid")["errors"]] == [field], id


@pytest.mark.parametrize("row", WITH_ID, ids=by_name)
def test_ids_of_nothing(everybody: dict[str, httpx.Client], row: Operation) -> None:
    """The largest number is one, and there is nothing under it."""
    body = {
        "reason": "x", "content_id": 1, "keys": ["k"], "low_stock_at": 1,
    }  # fmt: skip
    answer = ask(everybody, row, path_of(row, str(2**63 - 1)), json=body)
    assert problem(answer, 404)["code"].endswith("_not_found")


# --- bodies ----------------------------------------------------------------------------------------------

BROKEN = [
    b"{", b"nonsense", b"[]", b"null", b"7", b'"text"', b"{'a': 1}", b'{"a": 1,}', b'{"a": NaN}', b'{"a": "\x00"}',
    b'{"a": "\xff"}', b'{"\\ud800": 1}', b'{"a": "\\u0000"}', b"[" * 100_000, b'{"a":' * 50_000, b"\xef\xbb\xbf{}",
    b"{}{}",
]  # fmt: skip


@pytest.mark.parametrize("row", WITH_BODY, ids=by_name)
def test_bodies_that_are_no_json(everybody: dict[str, httpx.Client], row: Operation) -> None:
    """400 with a reason; nothing is done."""
    for body in BROKEN:
        headers = {"Content-Type": "application/json"}
        answer = ask(everybody, row, content=body, headers=headers)
        assert problem(answer, 400, "invalid")["errors"], body[:50]


def test_text_that_is_none(operator: httpx.Client) -> None:
    """Bytes that are no UTF-8, and half a character."""
    at, headers = f"{SHOP}/operator/orders/1/refund", {"Content-Type": "application/json"}
    for reason in (b"\xff", b"\\ud800", b"\\udc00 x"):
        problem(operator.post(at, content=b'{"reason": "' + reason + b'"}', headers=headers), 400, "invalid")


@pytest.mark.parametrize("row", WITH_BODY, ids=by_name)
def test_bodies_of_another_type(everybody: dict[str, httpx.Client], row: Operation) -> None:
    """JSON is expected."""
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        headers = {"Content-Type": media_type}
        problem(ask(everybody, row, content=b"{}", headers=headers), 415)


@pytest.mark.parametrize("row", WITH_BODY, ids=by_name)
def test_bodies_that_are_too_large(everybody: dict[str, httpx.Client], row: Operation) -> None:
    """Refused, announced or not."""
    body = b'{"reason": "' + b"x" * (9 * 1024 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    for sent in (body, iter([body[: len(body) // 2], body[len(body) // 2 :]])):
        problem(ask(everybody, row, content=sent, headers=headers), 413, "body_too_large")


WRONG: list[tuple[str, Any, set[str]]] = [
    ("placeOrder", {}, {"lines"}),
    ("placeOrder", {"lines": []}, {"lines"}),
    ("placeOrder", {"lines": None}, {"lines"}),
    ("placeOrder", {"lines": {}}, {"lines"}),
    ("placeOrder", {"lines": [{}]}, {"lines[0]"}),
    ("placeOrder", {"lines": [7]}, {"lines[0]"}),
    ("placeOrder", {"lines": [{"offer_id": 0}]}, {"lines[0].offer_id"}),
    ("placeOrder", {"lines": [{"offer_id": "1"}]}, {"lines[0].offer_id"}),
    ("placeOrder", {"lines": [{"offer_id": 2**63}]}, {"lines[0].offer_id"}),
    ("placeOrder", {"lines": [{"offer_id": 10**400}]}, {"lines[0].offer_id"}),
    ("placeOrder", {"lines": [{"offer_id": True}]}, {"lines[0].offer_id"}),
    ("placeOrder", {"lines": [{"offer_id": 1, "quantity": 0}]}, {"lines[0].quantity"}),
    ("placeOrder", {"lines": [{"offer_id": 1, "quantity": 101}]}, {"lines[0].quantity"}),
    ("placeOrder", {"lines": [{"offer_id": 1, "quantity": 1.5}]}, {"lines[0].quantity"}),
    ("placeOrder", {"lines": [{"offer_id": 1}] * 51}, {"lines"}),
    ("placeOrder", {"lines": [{"offer_id": 1, "quantity": 60}] * 2}, {"lines"}),
    ("link", {"content_id": 0}, {"content_id"}),
    ("link", {"content_id": 1, "file": -1}, {"file"}),
    ("link", {"content_id": 1, "file": 1001}, {"file"}),
    ("link", {"file": "0"}, {"content_id", "file"}),
    ("payOrder", {"method": 7}, {"method"}),
    ("payOrder", {"method": "x" * 51}, {"method"}),
    ("refund", {"reason": ""}, {"reason"}),
    ("refund", {"reason": "x" * 501}, {"reason"}),
    ("refund", {"reason": "a\x00"}, {"reason"}),
    ("refund", {"reason": ["x"]}, {"reason"}),
    ("watchStock", {"low_stock_at": 0}, {"low_stock_at"}),
    ("watchStock", {"low_stock_at": 1.5, "pause_when_sold_out": 1}, {"low_stock_at", "pause_when_sold_out"}),
    ("loadBatch", {"keys": []}, {"keys"}),
    ("loadBatch", {"keys": ["k", " "]}, {"keys[1]"}),
    ("loadBatch", {"keys": ["x" * 201]}, {"keys[0]"}),
    ("loadBatch", {"keys": ["k"], "batch": ""}, {"batch"}),
    ("loadBatch", {"keys": ["k"], "batch": "x" * 101}, {"batch"}),
    ("loadBatch", {"keys": ["k"] * 1001}, {"keys"}),
    ("logIn", {"email": 1, "password": []}, {"email", "password"}),
]


@pytest.mark.parametrize(("name", "body", "fields"), WRONG)
def test_fields_that_are_wrong(
    everybody: dict[str, httpx.Client], name: str, body: Any, fields: set[str]
) -> None:
    """Every one of them is named, all at once."""
    row = next(row for row in OPERATIONS if row.name == name)
    refused = problem(ask(everybody, row, content=json.dumps(body)), 400, "invalid")
    assert {error["field"] for error in refused["errors"]} == fields
    assert all(error["reason"] for error in refused["errors"])


# --- queries ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("offers", "skip=-1", "skip"),
        ("offers", "skip=10001", "skip"),
        ("offers", "take=x", "take"),
        ("offers", "take=9223372036854775808", "take"),
        ("offers", "sort=random", "sort"),
        ("offers", "section=7", "section"),
        ("offers", "age=1", "age"),
        ("offers", "least_price=1.5", "least_price"),
        ("offers", "most_price=-1", "most_price"),
        ("offers", "seller_id=0", "seller_id"),
        ("offers", "subcategory=%00", "subcategory"),
        ("offers", "search=a%00b", "search"),
        ("offers", "search=%FF", "search"),
        ("orders", "before=0", "before"),
        ("orders", "take=0", "take"),
        ("library", "skip=x", "skip"),
        ("library", "take=-1", "take"),
        ("allOrders", "status=lost", "status"),
        ("earnings", "before=x", "before"),
        ("totals", "since=yesterday", "since"),
        ("totals", "until=2026-02-30", "until"),
        ("totals", "since=2020-01-01&until=2026-01-01", "since"),
        ("totals", "offer_id=0", "offer_id"),
        ("events", "after=-1", "after"),
        ("events", "kind=offer.exploded", "kind"),
        ("events", "take=0", "take"),
    ],
)
def test_queries_that_are_wrong(
    everybody: dict[str, httpx.Client], name: str, query: str, field: str
) -> None:
    """The parameter is named."""
    row = next(row for row in OPERATIONS if row.name == name)
    refused = problem(ask(everybody, row, f"{row.path}?{query}"), 400, "invalid")
    assert [error["field"] for error in refused["errors"]] == [field]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("offers", "search=%27%3B--&seller_id=9223372036854775807&least_price=9223372036854775807"),
        ("offers", "take=9223372036854775807&skip=10000&sort=cheap"),
        ("offers", "search=" + "a" * 3000),
        ("offers", "search=" + "%22" * 500),
        ("offers", "&&=&unknown=1&take=&search="),
        ("orders", "before=9223372036854775807&take=9223372036854775807"),
        ("library", "skip=9223372036854775807&take=9223372036854775807"),
        ("allOrders", "before=1"),
        ("totals", "until=0001-01-01"),
        ("totals", "since=9999-12-31&until=9999-12-31"),
        ("totals", "since=2026-01-02&until=2026-01-01&offer_id=9223372036854775807"),
        ("events", "after=9223372036854775807&take=9223372036854775807"),
        ("earnings", "before=9223372036854775807"),
    ],
)
def test_queries_at_their_limits(everybody: dict[str, httpx.Client], name: str, query: str) -> None:
    """What is a number, a day or a text is taken, however odd."""
    row = next(row for row in OPERATIONS if row.name == name)
    ok(ask(everybody, row, f"{row.path}?{query}"))


# --- methods and paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nothing",
        "/orders/1/2/3",
        "/%00",
        "/%FF",
    ],
)
def test_unknown_paths(buyer: httpx.Client, path: str) -> None:
    """404 in the API's own form."""
    problem(buyer.get(SHOP + path), 404)


@pytest.mark.parametrize("row", OPERATIONS, ids=by_name)
def test_methods(everybody: dict[str, httpx.Client], row: Operation) -> None:
    """Others are refused, naming those that there are; OPTIONS tells them to anybody."""
    mine = {one for other in OPERATIONS if other.path == row.path for one in (*other.methods, "OPTIONS")}
    for method in ("PATCH", "TRACE" if row.method != "PUT" else "PATCH"):
        answer = everybody[row.who].request(method, path_of(row))
        problem(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == mine
    asked = everybody["anybody"].options(path_of(row))
    assert (asked.status_code, set(asked.headers["allow"].split(", ")), asked.content) == (204, mine, b"")


@pytest.mark.parametrize("row", [row for row in OPERATIONS if row.method == "GET"], ids=by_name)
def test_head(everybody: dict[str, httpx.Client], row: Operation, goods: dict[str, int]) -> None:
    """The same status and headers as GET, without the body."""
    path = path_of(row, str(goods["film"]))
    got, head = (everybody[row.who].request(method, path) for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_answers_are_not_kept(buyer: httpx.Client, seller: httpx.Client) -> None:
    """What is somebody's own lies in no cache; what is refused neither."""
    order = order_of(buyer, on_sale(seller))
    for path in (f"/orders/{order['id']}", "/library", "/me", "/orders/0", "/orders/999999999"):
        assert buyer.get(SHOP + path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("size", [1, 200])
def test_a_callers_request_id(buyer: httpx.Client, size: int) -> None:
    """A harmless one comes back; another is replaced."""
    given = "x" * size
    answer = buyer.get(f"{SHOP}/orders/0", headers={"X-Request-Id": given})
    assert problem(answer, 400)["request_id"] != given
