"""What sellers and operators see of a sale over HTTP: money, days, events, stock; and how hurry is slowed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.conftest import MakeSeller
from tests.api.shop.conftest import PASSWORD, SHOP, asked_for, bought, ok, on_sale, order_of, problem
from tests.builders import API, offer_of, until, word
from tests.conftest import Live, Server


def counts_of(client: httpx.Client, offer_id: int) -> dict[str, int]:
    """Keys by status, as the seller API tells."""
    found: dict[str, int] = ok(client.get(f"{API}/offer/keys/{offer_id}"))
    return found


@pytest.fixture
def newcomer(live: Live, add_seller: MakeSeller) -> httpx.Client:
    """A seller who sold nothing yet."""
    return add_seller(live.server, f"{word('new')}@example.com")


def test_money_days_and_events_of_a_sale(
    newcomer: httpx.Client, buyer: httpx.Client, operator: httpx.Client
) -> None:
    """The balance is what the movements add up to; the day and the log tell of the sale and of its refund."""
    game = on_sale(newcomer, keys=[word(), word()], price=500)
    order = bought(buyer, (game, 2))
    assert ok(newcomer.get(f"{SHOP}/seller/balance")) == {"balance": 100_000, "currency": "RUB"}
    operator.post(f"{SHOP}/operator/orders/{order['id']}/refund", json={"reason": "x"}).raise_for_status()
    movements = ok(newcomer.get(f"{SHOP}/seller/earnings"))
    assert [(one["reason"], one["order_id"], one["amount"]) for one in movements] == [
        ("refund", order["id"], -100_000),
        ("sale", order["id"], 100_000),
    ]
    assert ok(newcomer.get(f"{SHOP}/seller/earnings", params={"before": movements[0]["id"]})) == movements[1:]
    assert ok(newcomer.get(f"{SHOP}/seller/balance"))["balance"] == 0
    days = ok(newcomer.get(f"{SHOP}/seller/totals"))
    assert [(day["sold"], day["revenue"], day["earned"], day["refunded"]) for day in days] == [
        (2, 100_000, 100_000, 100_000)
    ]
    today = datetime.now(UTC).date().isoformat()
    assert days[-1]["day"] <= today
    assert ok(newcomer.get(f"{SHOP}/seller/totals", params={"until": "2020-01-01"})) == []
    # The log shows an event once no transaction that began before it still runs.
    until(lambda: ok(newcomer.get(f"{SHOP}/seller/events", params={"kind": "offer.refunded"})))
    assert [one["kind"] for one in ok(newcomer.get(f"{SHOP}/seller/events"))][-2:] == [
        "offer.sold",
        "offer.refunded",
    ]
    (sold,) = ok(newcomer.get(f"{SHOP}/seller/events", params={"kind": "offer.sold"}))
    assert (sold["subject_id"], sold["data"]) == (
        game,
        {"order": order["id"], "quantity": 2, "price": 50_000},
    )
    assert ok(newcomer.get(f"{SHOP}/seller/events", params={"kind": "offer.sold", "after": sold["id"]})) == []


def test_low_stock_and_pausing(newcomer: httpx.Client, buyer: httpx.Client) -> None:
    """The seller's wishes are kept; at the last key the log tells, and the offer pauses."""
    game = on_sale(newcomer)
    at = f"{SHOP}/seller/offers/{game}/stock"
    assert ok(newcomer.get(at)) == {"low_stock_at": None, "pause_when_sold_out": False}
    wishes = {"low_stock_at": 1, "pause_when_sold_out": True}
    assert ok(newcomer.put(at, json=wishes)) == wishes == ok(newcomer.get(at))
    bought(buyer, game)
    until(lambda: offer_of(newcomer, game)["status"] == 2)
    until(lambda: ok(newcomer.get(f"{SHOP}/seller/events", params={"kind": "offer.paused"})))
    kinds = Counter(one["kind"] for one in ok(newcomer.get(f"{SHOP}/seller/events")))
    assert (kinds["offer.low_stock"], kinds["offer.paused"]) == (1, 1)
    problem(asked_for(buyer, game), 409, "not_on_sale")


def test_keys_in_batches(newcomer: httpx.Client, buyer: httpx.Client) -> None:
    """Loaded under a label; duplicates are refused and nothing of them is loaded."""
    game = on_sale(newcomer)
    at = f"{SHOP}/seller/offers/{game}/keys"
    keys = [word(), word()]
    assert newcomer.post(at, json={"keys": keys, "batch": "партия 1"}).status_code == 204
    refused = problem(newcomer.post(at, json={"keys": [word(), keys[0]]}), 400)
    assert [one["field"] for one in refused["errors"]] == ["keys[1]"]
    assert counts_of(newcomer, game)["available"] == 3
    loaded = until(lambda: ok(newcomer.get(f"{SHOP}/seller/events", params={"kind": "keys.loaded"}))[1:])
    assert loaded[0]["data"] == {"count": 2, "batch": "партия 1"}
    bought(buyer, (game, 3))
    assert counts_of(newcomer, game)["available"] == 0


def test_the_last_keys_go_to_the_first(seller: httpx.Client, buyer: httpx.Client) -> None:
    """Thirty-two orders at a time for ten keys: ten are reserved, the others hear so."""
    game = on_sale(seller, keys=[word() for _ in range(10)])
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: asked_for(buyer, game), range(32)))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 22}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sold_out"}
    assert counts_of(seller, game)["available"] == 0


def test_sales_are_seen_in_the_seller_api(seller: httpx.Client, buyer: httpx.Client) -> None:
    """Sold keys are redeemed there with title and price; reserved ones are counted as such."""
    game = on_sale(seller, keys=[word(), word(), word()], price=500)
    bought(buyer, game)
    order_of(buyer, game)
    redeemed = ok(seller.get(f"{API}/keys-api/keys/redeemed", params={"offer_id": game}))["items"]
    assert len(redeemed) == 1
    counted = counts_of(seller, game)
    assert (counted["available"], counted["reserved"]) == (1, 1)


# --- limits ----------------------------------------------------------------------------------------------


def burst(client: httpx.Client, path: str, count: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: client.get(SHOP + path), range(count)))


def test_beyond_the_limit(pair: Server) -> None:
    """429 as a problem with Retry-After, the same in all processes; each caller and operation counts alone."""
    clients = []
    for _ in range(2):
        who = {"email": f"{word('hurry')}@example.com", "password": PASSWORD}
        answer = httpx.post(f"{pair.base_url}{SHOP}/buyers", json=who, timeout=60)
        headers = {"Authorization": f"Bearer {ok(answer, 201)['token']}"}
        clients.append(httpx.Client(base_url=pair.base_url, headers=headers, timeout=60))
    hurried, calm = clients
    answers = until(lambda: _refused(burst(hurried, "/me", 120)))
    refused = next(answer for answer in answers if answer.status_code == 429)
    problem(refused, 429, "too_many")
    assert int(refused.headers["retry-after"]) >= 1
    assert calm.get(f"{SHOP}/me").status_code == 200
    assert hurried.get(f"{SHOP}/library").status_code == 200
    for client in clients:
        client.close()


def _refused(answers: list[httpx.Response]) -> Any:
    tally = Counter(answer.status_code for answer in answers)
    assert tally.keys() <= {200, 429}
    assert tally[200] >= 50
    return answers if tally[429] else None


def test_without_a_provider_nothing_can_be_paid(pair: Server, add_seller: MakeSeller) -> None:
    """The shop says what its operator has to set."""
    seller = add_seller(pair, f"{word('s')}@example.com")
    who = {"email": f"{word('b')}@example.com", "password": PASSWORD}
    token = ok(httpx.post(f"{pair.base_url}{SHOP}/buyers", json=who, timeout=60), 201)["token"]
    with httpx.Client(base_url=pair.base_url, headers={"Authorization": f"Bearer {token}"}) as buyer:
        order = order_of(buyer, on_sale(seller))
        refused = problem(buyer.post(f"{SHOP}/orders/{order['id']}/pay"), 503, "payments_not_set_up")
        assert "VITRINA_PAYMENTS" in refused["detail"]
        assert order_of(buyer, on_sale(seller, price=0))["status"] == "paid"
        problem(buyer.get(f"{SHOP}/test-bank/tb-1-1-{'0' * 32}"), 503, "payments_not_set_up")
