"""Buying over HTTP, from the order to the refund, in each way that a payment can end."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.shop.conftest import (
    SHOP,
    NewBuyer,
    asked_for,
    bank_of,
    bought,
    decided,
    link_to,
    ok,
    on_sale,
    order_of,
    problem,
)
from tests.builders import key_offer, made, until, word

Works = dict[str, dict[str, Any]]
Goods = dict[str, int]


def order_now(buyer: httpx.Client, order: Any) -> Any:
    return ok(buyer.get(f"{SHOP}/orders/{order['id']}"))


# --- the whole story -------------------------------------------------------------------------------------


def test_several_offers_in_one_order(
    new_buyer: NewBuyer, seller: httpx.Client, goods: Goods, works: Works
) -> None:
    """Order, pay, library, keys and receipt, with exactly what was ordered."""
    buyer, keys = new_buyer(), [word(), word(), word()]
    game = on_sale(seller, keys=keys, price=500, discount_price=450)
    order = order_of(buyer, (game, 2), goods["film"], goods["book"], goods["service"])
    assert (order["status"], order["total"], order["currency"]) == (
        "reserved",
        2 * 45_000 + 3 * 50_000,
        "RUB",
    )
    assert [line["quantity"] for line in order["lines"]] == [2, 1, 1, 1]
    assert {line["entitlement_id"] for line in order["lines"]} == {None}
    assert ok(buyer.get(f"{SHOP}/library")) == {"items": [], "total": 0}
    order = decided(buyer, order)
    assert (order["status"], order["payments"][0]["status"]) == ("paid", "succeeded")
    library = ok(buyer.get(f"{SHOP}/library"))
    owned = {one["offer_id"]: one for one in library["items"]}
    assert (library["total"], owned.keys()) == (4, {game, *goods.values()})
    assert [(one["keys"], len(one["contents"])) for one in (owned[game], owned[goods["film"]])] == [
        (2, 0),
        (0, 1),
    ]
    assert owned[game]["instruction"] == "Введите ключ."
    shown = ok(buyer.post(f"{SHOP}/library/{owned[game]['id']}/keys"))
    assert [key["value"] for key in shown] == keys[:2]
    receipt = ok(buyer.get(f"{SHOP}/orders/{order['id']}/receipt"))
    assert (receipt["total"], receipt["buyer"], receipt["refunded_at"]) == (240_000, "Вера", None)
    assert [(line["quantity"], line["amount"]) for line in receipt["lines"]] == [
        (2, 90_000), (1, 50_000), (1, 50_000), (1, 50_000),
    ]  # fmt: skip
    assert {line["seller"] for line in receipt["lines"]} == {"Анна Продавец"}


def test_a_film_is_watched(buyer: httpx.Client, goods: Goods, works: Works) -> None:
    """The playlist, the lists in it and every segment lie behind one signature; no log-in goes with them."""
    entitlement = bought(buyer, goods["film"])["lines"][0]["entitlement_id"]
    url = link_to(buyer, entitlement, works["film"]["id"])
    master = httpx.get(url)
    assert (master.status_code, master.headers["content-type"]) == (200, "application/vnd.apple.mpegurl")
    assert "disposition" not in str(master.headers)
    rungs = re.findall(r"^[^#\s].*$", master.text, re.M)
    assert rungs
    for rung in rungs:
        at = httpx.URL(url).join(rung)
        listed = httpx.get(at)
        assert listed.status_code == 200
        for segment in re.findall(r"^[^#\s].*$", listed.text, re.M):
            piece = httpx.get(at.join(segment))
            assert (piece.status_code, piece.headers["content-type"]) == (200, "video/mp2t")
            assert len(piece.content) > 1000


def test_a_book_is_downloaded(buyer: httpx.Client, goods: Goods, works: Works) -> None:
    """Every file of it, whole and in parts, under its title, and to be kept by nobody between."""
    entitlement = bought(buyer, goods["book"])["lines"][0]["entitlement_id"]
    owned = ok(buyer.get(f"{SHOP}/library/{entitlement}"))
    files = owned["contents"][0]["files"]
    assert len(files) > 1
    for file in files:
        url = link_to(buyer, entitlement, works["book"]["id"], file["number"])
        whole = httpx.get(url)
        assert (whole.status_code, len(whole.content)) == (200, file["size"])
        assert whole.headers["content-type"].startswith(file["media_type"])
        assert whole.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        assert (whole.headers["cache-control"], whole.headers["accept-ranges"]) == (
            "private, max-age=0",
            "bytes",
        )
        part = httpx.get(url, headers={"Range": "bytes=3-9"})
        assert (part.status_code, part.content) == (206, whole.content[3:10])
        assert part.headers["content-range"] == f"bytes 3-9/{file['size']}"
        tail = httpx.get(url, headers={"Range": "bytes=-5"})
        assert (tail.status_code, tail.content) == (206, whole.content[-5:])
        problem(httpx.get(url, headers={"Range": f"bytes={file['size']}-"}), 416)
        head = httpx.head(url)
        assert (head.status_code, head.content, int(head.headers["content-length"])) == (
            200,
            b"",
            file["size"],
        )


def test_a_refund_closes_and_a_reversal_reopens(
    buyer: httpx.Client, operator: httpx.Client, seller: httpx.Client, goods: Goods, works: Works
) -> None:
    """Library, links that were given out, segments and keys, all at once; the money goes back by a job."""
    game = on_sale(seller)
    order = bought(buyer, goods["film"], game)
    film, keys = (line["entitlement_id"] for line in order["lines"])
    url = link_to(buyer, film, works["film"]["id"])
    listed = httpx.URL(url).join(re.findall(r"^[^#\s].*$", httpx.get(url).text, re.M)[0])
    segment = listed.join(re.findall(r"^[^#\s].*$", httpx.get(listed).text, re.M)[0])
    at = f"{SHOP}/operator/orders/{order['id']}"
    assert ok(operator.post(f"{at}/refund", json={"reason": "Не открывается."}))["status"] == "refunded"
    for address in (url, listed, segment):
        problem(httpx.get(address), 403, "access_ended")
    problem(buyer.get(f"{SHOP}/library/{film}"), 403, "access_ended")
    problem(buyer.post(f"{SHOP}/library/{keys}/keys"), 403, "access_ended")
    wanted = {"content_id": works["film"]["id"]}
    problem(buyer.post(f"{SHOP}/library/{film}/links", json=wanted), 403, "access_ended")
    assert not {film, keys} & {one["id"] for one in ok(buyer.get(f"{SHOP}/library?take=100"))["items"]}
    assert ok(buyer.get(f"{SHOP}/orders/{order['id']}/receipt"))["refunded_at"]
    until(lambda: order_now(buyer, order)["payments"][0]["status"] == "refunded")
    assert order_now(buyer, order)["payments"][0]["reason"] == "Не открывается."
    assert ok(operator.post(f"{at}/reverse-refund", json={"reason": "Irrtum"}))["status"] == "paid"
    for address in (url, listed, segment):
        assert httpx.get(address).status_code == 200
    assert len(ok(buyer.post(f"{SHOP}/library/{keys}/keys"))) == 1


# --- the ways in which a payment ends --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "status", "payment"),
    [
        ("succeeds", "paid", "succeeded"),
        ("answers_twice", "paid", "succeeded"),
        ("declines", "reserved", "declined"),
        ("times_out", "reserved", "pending"),
    ],
)
def test_how_payments_end(
    buyer: httpx.Client, seller: httpx.Client, outcome: str, status: str, payment: str
) -> None:
    """Delivered once, or reserved as before; declined and silent ones burn nothing."""
    game = on_sale(seller)
    order = decided(buyer, order_of(buyer, game), outcome)
    assert (order["status"], order["payments"][-1]["status"]) == (status, payment)
    left = ok(buyer.get(f"{SHOP}/offers/{game}"))
    assert (left["available"], left["purchases"]) == (0, int(status == "paid"))
    if outcome == "declines":
        assert "declined" in order["payments"][-1]["reason"]
        assert [one["status"] for one in decided(buyer, order)["payments"]] == ["declined", "succeeded"]


@pytest.mark.parametrize("gone", [False, True])
def test_a_bank_that_answers_late(
    buyer: httpx.Client, other_buyer: httpx.Client, seller: httpx.Client, gone: bool
) -> None:
    """The order was put back meanwhile: delivered if the shelf allows, else refunded, and it says so."""
    game = on_sale(seller)
    order = order_of(buyer, game)
    bank = bank_of(buyer, order)
    ok(buyer.post(f"{SHOP}/orders/{order['id']}/cancel"))
    if gone:
        bought(other_buyer, game)
    ok(httpx.post(bank, json={"outcome": "answers_late", "seconds": 1}), 204)
    assert order_now(buyer, order)["status"] == "cancelled"
    until(lambda: order_now(buyer, order)["payments"][0]["status"] in ("succeeded", "refunded"))
    ended = order_now(buyer, order)
    if gone:
        assert (ended["status"], ended["payments"][0]["status"]) == ("cancelled", "refunded")
        assert "the money goes back to you" in ended["payments"][0]["reason"]
    else:
        assert (ended["status"], ended["closed_at"]) == ("paid", None)


def test_a_provider_that_cannot_be_reached(buyer: httpx.Client, seller: httpx.Client) -> None:
    """503, and the next attempt opens the same payment."""
    order = order_of(buyer, on_sale(seller))
    answer = buyer.post(f"{SHOP}/orders/{order['id']}/pay", json={"method": "unreachable"})
    problem(answer, 503, "payments_unavailable")
    assert [one["status"] for one in decided(buyer, order)["payments"]] == ["succeeded"]


def test_what_costs_nothing(buyer: httpx.Client, seller: httpx.Client) -> None:
    """It is paid from the start; there is no payment to open."""
    order = order_of(buyer, on_sale(seller, price=0))
    assert (order["status"], order["total"], order["payments"]) == ("paid", 0, [])
    assert order["lines"][0]["entitlement_id"]
    problem(buyer.post(f"{SHOP}/orders/{order['id']}/pay"), 409, "order_closed")


# --- orders ----------------------------------------------------------------------------------------------


def test_an_order_sent_again_is_one_order(buyer: httpx.Client, seller: httpx.Client) -> None:
    """Under its idempotency key, at the same time, too; another body under it is refused."""
    game, key = on_sale(seller), {"Idempotency-Key": word("order-")}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: asked_for(buyer, game, **key), range(32)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    problem(asked_for(buyer, (game, 2), **key), 409, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_idempotency_keys_that_are_none(buyer: httpx.Client, goods: Goods, key: str) -> None:
    """1 to 255 printable characters."""
    answer = asked_for(buyer, goods["service"], **{"Idempotency-Key": key})
    assert [one["field"] for one in problem(answer, 400)["errors"]] == ["Idempotency-Key"]


def test_sold_out(buyer: httpx.Client, seller: httpx.Client, goods: Goods) -> None:
    """409 with the offer and what is left; nothing of the order is reserved."""
    game, other = on_sale(seller), on_sale(seller)
    refused = problem(asked_for(buyer, other, (game, 2)), 409, "sold_out")
    assert str(game) in refused["detail"]
    assert "1 left" in refused["detail"]
    assert ok(buyer.get(f"{SHOP}/offers/{other}"))["available"] == 1
    assert [one["field"] for one in problem(asked_for(buyer, (goods["film"], 2)), 400)["errors"]] == ["lines"]


def test_what_is_not_on_sale(buyer: httpx.Client, seller: httpx.Client) -> None:
    """A draft and an unknown offer."""
    for offer in (made(seller, key_offer())["id"], 10**15):
        problem(asked_for(buyer, offer), 409, "not_on_sale")


def test_cancelling(buyer: httpx.Client, seller: httpx.Client) -> None:
    """The goods are on the shelf at once; a paid order stays."""
    game = on_sale(seller)
    order = order_of(buyer, game)
    for _ in range(2):
        assert ok(buyer.post(f"{SHOP}/orders/{order['id']}/cancel"))["status"] == "cancelled"
    problem(buyer.post(f"{SHOP}/orders/{order['id']}/pay"), 409, "order_closed")
    problem(buyer.get(f"{SHOP}/orders/{order['id']}/receipt"), 409, "order_not_paid")
    problem(buyer.post(f"{SHOP}/orders/{bought(buyer, game)['id']}/cancel"), 409, "order_closed")


def test_pages_of_orders(new_buyer: NewBuyer, goods: Goods) -> None:
    """Newest first, below the last id of the page before; a buyer sees their own only."""
    buyer = new_buyer()
    ids = [order_of(buyer, goods["service"])["id"] for _ in range(5)]
    first = ok(buyer.get(f"{SHOP}/orders", params={"take": 3}))["items"]
    rest = ok(buyer.get(f"{SHOP}/orders", params={"take": 100, "before": first[-1]["id"]}))["items"]
    assert [order["id"] for order in first + rest] == ids[::-1]


def test_operators_see_all_orders(operator: httpx.Client, buyer: httpx.Client, goods: Goods) -> None:
    """By status, newest first; refunding what was not paid is refused."""
    order = order_of(buyer, goods["service"])
    newest = ok(operator.get(f"{SHOP}/operator/orders", params={"status": "reserved", "take": 5}))["items"]
    assert newest[0]["id"] == order["id"]
    assert {one["status"] for one in newest} == {"reserved"}
    at = f"{SHOP}/operator/orders/{order['id']}"
    assert ok(operator.get(at)) == order
    for action in ("refund", "reverse-refund"):
        problem(operator.post(f"{at}/{action}", json={"reason": "x"}), 409, "order_not_paid")
        unknown = f"{SHOP}/operator/orders/{10**15}/{action}"
        problem(operator.post(unknown, json={"reason": "x"}), 404, "order_not_found")
    assert [
        e["field"] for e in problem(operator.post(f"{at}/refund", json={"reason": " "}), 400)["errors"]
    ] == ["reason"]


def test_the_bank_is_told_once(buyer: httpx.Client, seller: httpx.Client) -> None:
    """Its page shows the amount; the first decision stands; a page that nobody opened is not found."""
    order = order_of(buyer, on_sale(seller))
    bank = bank_of(buyer, order)
    assert ok(httpx.get(bank)) == {
        "amount": 50_000,
        "outcomes": ["succeeds", "declines", "times_out", "answers_twice", "answers_late"],
    }
    for wrong in (
        {"outcome": "explodes"},
        {"outcome": "answers_late", "seconds": 86_401},
        {},
        {"outcome": 1},
    ):
        problem(httpx.post(bank, json=wrong), 400, "invalid")
    for outcome in ("declines", "succeeds"):
        ok(httpx.post(bank, json={"outcome": outcome}), 204)
    assert order_now(buyer, order)["payments"][0]["status"] == "declined"
    problem(httpx.get(bank[:-1]), 404, "payment_not_found")
    problem(httpx.post(bank[:-1] + "x", json={"outcome": "succeeds"}), 404, "payment_not_found")


def test_callbacks_need_the_providers_signature(buyer: httpx.Client, seller: httpx.Client) -> None:
    """Whoever knows the intent cannot pay with that."""
    order = order_of(buyer, on_sale(seller))
    bank = bank_of(buyer, order)
    notice = {"intent": bank.rpartition("/")[2], "outcome": 1, "amount": 50_000}
    at = f"{bank.partition(SHOP)[0]}{SHOP}/payments"
    for signature in ({}, {"x-test-bank-signature": "0" * 32}, {"x-test-bank-signature": "ä"}):
        raw = {name: value.encode() for name, value in signature.items()}
        problem(httpx.post(f"{at}/test/callback", json=notice, headers=raw), 403, "callback_not_genuine")
    problem(httpx.post(f"{at}/other/callback", json=notice), 404, "payment_not_found")
    problem(httpx.post(f"{at}/test/callback", content=b"x" * 70_000), 413)
    assert order_now(buyer, order)["status"] == "reserved"


def test_an_order_for_a_company(buyer: httpx.Client, seller: httpx.Client) -> None:
    """Its name and number are kept with the order; wrong ones are refused at their fields."""
    offer = on_sale(seller)
    lines = [{"offer_id": offer}]
    wrong = {"lines": lines, "company": {"name": " ", "tax_id": "7707083894"}}
    refused = problem(buyer.post(f"{SHOP}/orders", json=wrong), 400)
    assert {cause["field"] for cause in refused["errors"]} == {"company.name", "company.tax_id"}
    right = {"lines": lines, "company": {"name": "ООО «Ромашка»", "tax_id": "7707 083 893"}}
    order = ok(buyer.post(f"{SHOP}/orders", json=right), 201)
    assert order["company"] == {"name": "ООО «Ромашка»", "tax_id": "7707083893"}
    assert ok(buyer.get(f"{SHOP}/orders/{order['id']}"))["company"] == order["company"]
    assert order_of(buyer, on_sale(seller))["company"] is None
