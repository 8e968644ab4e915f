"""Limits: so many requests a second for each seller and operation, counted over all processes."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.builders import API, word
from tests.conftest import Server
from vitrina.api.seller.routes import OPERATIONS

COVER = f"{API}/content/illustration"  # 10 a second; refused before it costs anything
LIMITS = {  # as the contract says of each; ours are the last two
    "LoadKeys": 50,
    "DeleteKeysByIDs": 100,
    "GetRedeemedKeys": 100,
    "offerKeysCountGet": 100,
    "offerKeysGet": 100,
    "offerCreate": 50,
    "offersUploadThumbnail": 10,
    "offerUpdate": 50,
    "offerGet": 100,
    "offersAuthorGet": 100,
    "offerUpdatePrice": 50,
    "offerUpdateStatus": 50,
    "GetCatalog": 100,
    "contentUploadIllustration": 10,
    "contentUploadInit": 10,
    "contentUploadChunk": 10,
    "contentIdGet": 100,
    "contentUpdate": 50,
    "contentAuthorGet": 100,
    "contentDownloadGet": 10,
    "contentDelete": 50,
    "contentGallery": 10,
    "contentUploadGet": 100,
    "contentRetry": 10,
}


@pytest.fixture
def hurried(pair: Server, add_seller: Any) -> httpx.Client:
    """A seller of the server with limits, who has not asked for anything yet."""
    client: httpx.Client = add_seller(pair, f"{word('hurry')}@example.com")
    return client


def burst(client: httpx.Client, count: int, path: str = COVER, **sent: Any) -> list[httpx.Response]:
    """Many requests at once, each over a connection of its own, so that both processes get some."""

    def ask(_: int) -> httpx.Response:
        # No TLS here: reading the certificates of the world costs 25 ms each time.
        with httpx.Client(headers=client.headers, timeout=30, verify=False) as fresh:
            return fresh.post(f"{client.base_url}{path}", **sent)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, range(count)))


def test_limits_are_those_of_the_contract() -> None:
    """Each operation has the contract's limit."""
    assert {operation.name: operation.limit for operation in OPERATIONS} == LIMITS


def test_beyond_the_limit(hurried: httpx.Client) -> None:
    """A burst of the limit's size passes, then 429 as problem body tells when to come back."""
    started = time.monotonic()
    answers = burst(hurried, 40)
    seconds = time.monotonic() - started
    tally = Counter(answer.status_code for answer in answers)
    assert tally.keys() == {400, 429}
    assert 10 <= tally[400] <= 10 + 10 * seconds + 1
    refused = next(answer for answer in answers if answer.status_code == 429)
    body = refused.json()
    assert (body["status"], body["title"]) == (429, "too many requests")
    assert body["requestId"] == refused.headers["x-request-id"]
    assert refused.headers["retry-after"] == "1"
    assert (refused.headers["x-ratelimit-limit"], refused.headers["x-ratelimit-remaining"]) == ("10", "0")
    assert int(refused.headers["x-ratelimit-reset"]) >= 1


def test_waiting_helps(hurried: httpx.Client) -> None:
    """After Retry-After the next request passes."""
    assert 429 in {answer.status_code for answer in burst(hurried, 40)}
    time.sleep(1)
    assert hurried.post(COVER).status_code == 400


def test_headers_count_down(hurried: httpx.Client) -> None:
    """Every answer, a refusal too, tells how many requests are left."""
    answers = [hurried.post(COVER) for _ in range(3)]
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in answers]
    assert left[0] == 9
    assert left[1] <= 9
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"10"}
    assert hurried.get(f"{API}/offers/author").headers["x-ratelimit-limit"] == "100"


def test_each_seller_and_operation_counts_alone(pair: Server, add_seller: Any, hurried: httpx.Client) -> None:
    """One seller's haste is nobody else's wait, and one operation's not another's."""
    other = add_seller(pair, f"{word('calm')}@example.com")
    assert 429 in {answer.status_code for answer in burst(hurried, 40)}
    assert other.post(COVER).status_code == 400
    assert hurried.post(f"{API}/content/upload/init", json={}).status_code == 400
    assert hurried.get(f"{API}/catalog").status_code == 200


def test_all_tokens_of_a_seller_count_together(pair: Server, add_seller: Any, command: Any) -> None:
    """A second token is no second limit."""
    email = f"{word('two')}@example.com"
    first = add_seller(pair, email)
    second = {"Authorization": f"Bearer {command(pair, 'token', 'issue', email).out.strip()}"}
    for _ in range(3):
        answers = burst(first, 30)
        after = httpx.post(f"{pair.base_url}{COVER}", headers=second)
        if after.status_code == 429:
            break
    assert 429 in {answer.status_code for answer in answers}
    assert int(after.headers["x-ratelimit-remaining"]) <= 2
