"""A creating request that is sent again with its Idempotency-Key gets its first answer, and creates nothing more."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.builders import API, jpeg, key_offer, made, new_content, png, reasons, word
from tests.conftest import Live

OFFERS = f"{API}/offers"


def post(client: httpx.Client, path: str, key: str | bytes, **sent: Any) -> httpx.Response:
    headers = {**sent.pop("headers", {}), "Idempotency-Key": key}
    return client.post(f"{API}{path}", headers=headers, **sent)


def offers_named(client: httpx.Client, title: str) -> int:
    total: int = client.get(f"{OFFERS}/author", params={"search": title}).json()["total"]
    return total


def test_the_first_answer_again(seller: httpx.Client) -> None:
    """The same key and body: the same answer, even when the offer has changed, and one offer."""
    title, key = word(), word("key-")
    body = key_offer(title=title)
    first = post(seller, "/offers", key, json=body)
    seller.post(f"{OFFERS}/{first.json()['id']}", json={"price": 7}).raise_for_status()
    again = post(seller, "/offers", key, json=body)
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert offers_named(seller, title) == 1


def test_without_a_key_each_request_creates(seller: httpx.Client) -> None:
    """The header is the client's choice."""
    title = word()
    for _ in range(2):
        made(seller, key_offer(title=title, keys=["same"]))
    assert offers_named(seller, title) == 2


def test_in_parallel(live: Live, seller: httpx.Client) -> None:
    """Requests that meet create one thing and all get its answer."""
    title, key = word(), word("key-")
    body = key_offer(title=title)

    def ask(_: int) -> tuple[int, bytes]:
        with live.client() as client:
            answer = post(client, "/offers", key, json=body)
            return answer.status_code, answer.content

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(ask, range(12)))
    assert [status for status, _ in answers] == [200]
    assert offers_named(seller, title) == 1


@pytest.mark.parametrize(
    ("path", "first", "other"),
    [
        ("/offers", {"json": key_offer()}, {"json": key_offer(price=1)}),
        ("/content/upload/init", {"json": new_content([5])}, {"json": new_content([6])}),
        (
            "/content/illustration",
            {"content": png(), "headers": {"X-Content-Type": "image/png"}},
            {"content": png(65), "headers": {"X-Content-Type": "image/png"}},
        ),
        ("/content/gallery", {"files": [("files", png())]}, {"files": [("files", png(66))]}),
        ("/content/gallery", {"files": [("files", png())] * 2}, {"files": [("files", png())]}),
    ],
    ids=["offer", "upload", "illustration", "gallery", "larger gallery"],
)
def test_other_bodies_are_refused(seller: httpx.Client, path: str, first: Any, other: Any) -> None:
    """Each creating operation knows its key: the same body again, another one 409."""
    key = word("key-")
    answers = [post(seller, path, key, **dict(first)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    refused = post(seller, path, key, **dict(other))
    assert (refused.status_code, refused.json()["title"]) == (409, "conflict")
    assert post(seller, path, key, **dict(first)).content == answers[0].content


def test_a_gallery_with_another_boundary(seller: httpx.Client) -> None:
    """A client that asks again chooses a new boundary and perhaps other names; the files are the same."""
    key = word("key-")
    answers = []
    for boundary, name in (("first", "a.png"), ("second", "b.png")):
        form = [("files", (name, png(70))), ("files", (name, jpeg(70)))]
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answers.append(post(seller, "/content/gallery", key, files=form, headers=headers))
    assert answers[0].status_code == 200
    assert answers[0].content == answers[1].content


def test_keys_are_loaded_once(seller: httpx.Client) -> None:
    """A repeated load is a success though the keys are there already; without the header it is not."""
    offer, key = made(seller, key_offer())["id"], word("key-")
    body = {"offer_id": offer, "keys": [word(), word()]}
    answers = [post(seller, "/keys-api/keys", key, json=body) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 2
    assert seller.get(f"{API}/offer/keys/{offer}").json()["total"] == 3
    assert reasons(seller.post(f"{API}/keys-api/keys", json=body)).keys() == {"keys[0]", "keys[1]"}
    assert post(seller, "/keys-api/keys", key, json=body | {"keys": ["x"]}).status_code == 409


def test_a_failed_call_may_be_repeated(seller: httpx.Client) -> None:
    """A refusal uses up no key: corrected, the request goes through with the same one."""
    key, title = word("key-"), word()
    assert post(seller, "/offers", key, json=key_offer(title=title, price=-1)).status_code == 400
    assert post(seller, "/offers", key, json=key_offer(title=title, catalog_path=[65])).status_code == 400
    assert post(seller, "/offers", key, json=key_offer(title=title)).status_code == 200
    assert offers_named(seller, title) == 1


def test_a_key_of_one_operation_is_none_of_another(seller: httpx.Client) -> None:
    """The same key at another operation is another request."""
    key = word("key-")
    meta = {"key_instruction": "k", "thumbnail": [], "rating": "0+"}
    body = key_offer() | new_content([5], meta=meta)
    assert post(seller, "/offers", key, json=body).status_code == 200
    assert post(seller, "/content/upload/init", key, json=body).status_code == 409


def test_keys_are_each_sellers_own(seller: httpx.Client, second_seller: httpx.Client) -> None:
    """Two sellers may use the same key, and get their own offers."""
    key, body = word("key-"), key_offer()
    ids = {post(client, "/offers", key, json=body).json()["id"] for client in (seller, second_seller)}
    assert len(ids) == 2


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\tb", "é\x85".encode("latin-1")])
def test_odd_keys_are_refused(seller: httpx.Client, key: bytes) -> None:
    """A key has 1 to 255 printable characters."""
    title = word()
    assert "Idempotency-Key" in reasons(post(seller, "/offers", key, json=key_offer(title=title)))
    assert offers_named(seller, title) == 0


def test_longest_key(seller: httpx.Client) -> None:
    """255 characters are welcome."""
    key = word("k") + "x" * 255
    assert post(seller, "/offers", key[:255], json=key_offer()).status_code == 200
