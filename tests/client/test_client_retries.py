"""What passes is borne: lost connections, failing servers, limits. What does not pass is told."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.client.flaky import Flaky
from vitrina.client import ApiError, NotUnderstood, SellerClient, Unreachable
from vitrina.client.patience import Pace, Patience

Network = Callable[[httpx.BaseTransport], SellerClient]


def answering(*answers: httpx.Response) -> tuple[SellerClient, list[httpx.Request]]:
    """A client of a server that gives these answers in turn."""
    seen: list[httpx.Request] = []
    left = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return next(left)

    transport = httpx.MockTransport(answer)
    return SellerClient("http://shop.example", "t", backoff=0.001, transport=transport), seen


def test_a_lost_answer_creates_once(client: SellerClient, client_over: Network, key_offer: Any) -> None:
    """An offer whose answer got lost is asked for again and is there once."""

    def lose(_request: httpx.Request, earlier: int) -> None:
        if not earlier:
            raise httpx.ReadError("connection reset by peer")

    network = Flaky(after=lose)
    made = client_over(network).offers.create(key_offer("Потерянный ответ", ["L-1"]))
    assert network.count("POST", "/api/v1/offers") == 2
    assert [offer.id for offer in client.offers.iterate(search="Потерянный ответ")] == [made.id]


def test_two_creations_are_two(client: SellerClient, key_offer: Any) -> None:
    """Each call has an Idempotency-Key of its own: creating the same twice is no repetition."""
    first = client.offers.create(key_offer("Дважды", ["D-1"]))
    second = client.offers.create(key_offer("Дважды", ["D-1"]))
    assert first.id != second.id


def test_a_failing_server_is_asked_again() -> None:
    """500, 502 and 503 pass; the good answer that follows is the answer."""
    client, seen = answering(
        *(httpx.Response(status) for status in (500, 502, 503)), httpx.Response(200, json={"id": 1})
    )
    assert client.offers.get(1).id == 1
    assert len(seen) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    """What will be refused again is sent once."""
    client, seen = answering(httpx.Response(status, json={"title": "no", "requestId": "r1"}))
    with pytest.raises(ApiError, match=rf"no \({status} no; request r1\)"):
        client.offers.get(1)
    assert len(seen) == 1


def test_a_server_that_keeps_failing_is_given_up() -> None:
    """After the last try the server's own words are the error, also where they are no JSON."""
    client, seen = answering(*[httpx.Response(502, html="<h1>oops</h1>")] * 5)
    with pytest.raises(ApiError, match=r"bad gateway \(502 bad gateway\)"):
        client.offers.get(1)
    assert len(seen) == 5


def test_nobody_there_is_told_with_the_address() -> None:
    """A connection that cannot be made names the server."""
    client = SellerClient("http://127.0.0.1:9", "t", attempts=2, backoff=0.001)
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:9 does not answer \(tried 2 times"):
        client.offers.get(1)


def test_retry_after_is_honoured() -> None:
    """A limit is waited out for as long as the server says, in seconds or until a date."""
    assert Patience(5, 0.5).after(httpx.Response(429, headers={"Retry-After": "3"})) == 3
    assert Patience(5, 0.5).after(httpx.Response(503, headers={"Retry-After": "7"})) == 7
    date = httpx.Response(429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert Patience(5, 0.5).after(date) == pytest.approx(0.2)
    assert Patience(5, 0.5).after(httpx.Response(429, headers={"Retry-After": "86400"})) is None


def test_a_limit_is_waited_out() -> None:
    """The request that met the limit is sent again after the time, not before."""
    client, seen = answering(
        httpx.Response(429, headers={"Retry-After": "1"}), httpx.Response(200, json={"id": 1})
    )
    began = time.monotonic()
    assert client.offers.get(1).id == 1
    assert (len(seen), time.monotonic() - began >= 1) == (2, True)


def test_pauses_grow_and_end() -> None:
    """Each failure is followed by a longer pause, the last by none."""
    patience = Patience(4, 1)
    first, second, third = (patience.after(None) for _ in range(3))
    assert 0.5 <= (first or 0) <= 1 <= (second or 0) <= 2 <= (third or 0) <= 4
    assert patience.after(None) is None


def test_threads_keep_one_pace_near_the_limit() -> None:
    """With the limit near, turns are spaced out; far from it, nobody waits."""
    pace = Pace(reserve=4)
    pace.learn(httpx.Response(200, headers={"X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0"}))
    assert [round(pace.turn()) for _ in range(3)] == [0, 1, 2]
    pace.learn(httpx.Response(200, headers={"X-RateLimit-Limit": "9", "X-RateLimit-Remaining": "9"}))
    assert pace.turn() == pytest.approx(pace.turn(), abs=0.5)


def test_an_answer_that_is_no_api_is_told() -> None:
    """A page where the API should be asks whether the address is right."""
    client, _ = answering(httpx.Response(200, html="<h1>Welcome</h1>"))
    with pytest.raises(NotUnderstood, match="is the address right"):
        client.offers.list()


def test_a_token_does_not_follow_a_redirect() -> None:
    """Where an address leads elsewhere, the error says where."""
    client, seen = answering(httpx.Response(308, headers={"Location": "https://shop.example/api"}))
    with pytest.raises(ApiError, match="the address leads to https"):
        client.offers.get(1)
    assert len(seen) == 1


def test_what_a_server_adds_or_leaves_out_is_borne() -> None:
    """Unknown fields are passed over, null and absent ones are empty."""
    client, _ = answering(
        httpx.Response(200, json={"id": 7, "tags": None, "gallery": None, "new": [1], "rating": 50})
    )
    offer = client.offers.get(7)
    assert (offer.id, offer.tags, offer.gallery, offer.rating, offer.created) == (7, [], [], 50.0, None)
