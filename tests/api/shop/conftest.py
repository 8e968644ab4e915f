"""What the tests of the shop's own API share: buyers, an operator, goods on sale, and the steps of buying."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.builders import key_offer, made, word
from tests.conftest import Live

SHOP = "/shop/v1"
PASSWORD = "a long password"
NewBuyer = Callable[[], httpx.Client]


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:1000]}"
    return answer.json() if answer.content else None


def problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The body of a refusal, which has the form of RFC 9457."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:500]
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"]) == (status, status), body
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    assert code in (None, body["code"]), body
    assert "Traceback" not in answer.text
    return body


def on_sale(seller: httpx.Client, **changes: Any) -> int:
    """An offer of keys on sale; its id."""
    offer: int = made(seller, key_offer(status=1, **changes))["id"]
    return offer


def order_of(buyer: httpx.Client, *offers: int | tuple[int, int], **headers: str) -> Any:
    """A new order of these offers, or of (offer, quantity)."""
    return ok(asked_for(buyer, *offers, **headers), 201)


def asked_for(buyer: httpx.Client, *offers: int | tuple[int, int], **headers: str) -> httpx.Response:
    """Whatever comes of an order."""
    pairs = [offer if isinstance(offer, tuple) else (offer, 1) for offer in offers]
    lines = [{"offer_id": offer, "quantity": quantity} for offer, quantity in pairs]
    return buyer.post(f"{SHOP}/orders", json={"lines": lines}, headers=headers)


def bank_of(buyer: httpx.Client, order: Any) -> str:
    """The bank's page for the open payment of an order."""
    paying = ok(buyer.post(f"{SHOP}/orders/{order['id']}/pay"))
    address: str = paying["payments"][-1]["redirect_url"]
    return address


def decided(buyer: httpx.Client, order: Any, outcome: str = "succeeds", **more: Any) -> Any:
    """The order after its buyer decided at the bank."""
    ok(httpx.post(bank_of(buyer, order), json={"outcome": outcome, **more}, timeout=60), 204)
    return ok(buyer.get(f"{SHOP}/orders/{order['id']}"))


def bought(buyer: httpx.Client, *offers: int | tuple[int, int]) -> Any:
    """A paid order of these offers."""
    order = decided(buyer, order_of(buyer, *offers))
    assert order["status"] == "paid", order
    return order


def link_to(buyer: httpx.Client, entitlement: int, content: int, file: int | None = None) -> str:
    """The address of a stream, or of a file."""
    wanted = {"content_id": content, "file": file}
    url: str = ok(buyer.post(f"{SHOP}/library/{entitlement}/links", json=wanted), 201)["url"]
    return url


def anybody(base_url: str, token: str | None = None) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=base_url, headers=headers, timeout=60)


def registered(base_url: str) -> httpx.Client:
    """A client that is logged in as somebody new."""
    who = {"email": f"{word('b')}@example.com", "password": PASSWORD, "name": "Вера"}
    answer = httpx.post(f"{base_url}{SHOP}/buyers", json=who, timeout=60)
    return anybody(base_url, ok(answer, 201)["token"])


@pytest.fixture(scope="session")
def new_buyer(live: Live) -> Iterator[NewBuyer]:
    """Makes buyers whose library is empty."""
    clients: list[httpx.Client] = []

    def make() -> httpx.Client:
        clients.append(registered(live.base_url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def buyer(new_buyer: NewBuyer) -> httpx.Client:
    """A buyer of many things; what a test looks at it orders itself."""
    return new_buyer()


@pytest.fixture(scope="session")
def other_buyer(new_buyer: NewBuyer) -> httpx.Client:
    """Somebody else."""
    return new_buyer()


@pytest.fixture(scope="session")
def operator(live: Live) -> Iterator[httpx.Client]:
    """The demo's operator."""
    who = {name: live.demo["operator"][name] for name in ("email", "password")}
    answer = httpx.post(f"{live.base_url}{SHOP}/operator/sessions", json=who, timeout=60)
    with anybody(live.base_url, ok(answer, 201)["token"]) as client:
        yield client


@pytest.fixture(scope="session")
def goods(live: Live, works: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Ids of offers on sale: of a film, of a book, of a service."""
    with live.client() as seller:
        film, book = works["film"]["id"], works["book"]["id"]
        return {
            "film": on_sale(
                seller, section=1, catalog_path=[70], keys=..., meta=...,
                content=[{"content": film, "category_id": 1}],
            ),
            "book": on_sale(
                seller, section=4, catalog_path=[11], keys=..., meta=...,
                content=[{"content": book, "category_id": 4}],
            ),
            "service": on_sale(seller, section=8, catalog_path=[52], keys=..., meta=...),
        }  # fmt: skip
