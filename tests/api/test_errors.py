"""Errors: whatever comes, one form of answer; and another seller's things are nobody else's."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx
import pytest

from tests.api.conftest import MakeSeller
from tests.builders import (
    API,
    begin,
    blob,
    content_of,
    film_offer,
    jpeg,
    key_offer,
    made,
    new_content,
    offer_of,
    part_headers,
    png,
    png_bomb,
    query,
    reasons,
    sell,
    send,
    until,
    word,
)
from tests.conftest import Live
from vitrina.api.seller.routes import OPERATIONS

OFFERS = f"{API}/offers"
JSON = {"Content-Type": "application/json"}
MIB = 1024 * 1024


def problem(answer: httpx.Response, status: int, title: str) -> dict[str, Any]:
    """The body of a refusal, which has the contract's form."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["title"]) == (status, status, title)
    assert body["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/json"
    assert body["origin"] == "vitrina"
    assert body["detail"]
    return body


# --- what no operation sees ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/nothing", "", "/", "/offer", "/offers/1/2", "/keys-api", "/%00", "/%FF", "/offers/1%2F2"]
)
def test_unknown_paths(seller: httpx.Client, path: str) -> None:
    """A path that leads nowhere is 404 in the API's own form."""
    assert "nothing" in problem(seller.get(API + path), 404, "not found")["detail"]


def test_an_unknown_page_is_a_page(live: Live) -> None:
    """Outside the API a person gets a page."""
    answer = httpx.get(f"{live.base_url}/no/such/page")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_wrong_methods(seller: httpx.Client, operation: Any) -> None:
    """405 names the methods that the path has."""
    path = operation.path.replace("{uri:path}", "x").replace(":str", "").replace("{", "").replace("}", "")
    answer = seller.request("PATCH", path)
    problem(answer, 405, "method not allowed")
    allowed = {method.strip() for method in answer.headers["allow"].split(",")}
    shape = operation.path
    assert {one.method for one in OPERATIONS if one.path == shape} <= allowed
    assert "PATCH" not in allowed


# --- bodies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", "x"])
def test_wrong_media_types(seller: httpx.Client, media_type: str) -> None:
    """JSON is expected where the contract says so."""
    answer = seller.post(OFFERS, content=b"{}", headers={"Content-Type": media_type})
    problem(answer, 415, "unsupported media type")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "APPLICATION/JSON", None])
def test_spellings_of_json(seller: httpx.Client, media_type: str | None) -> None:
    """Parameters, letter case and a missing header are no hindrance."""
    headers = {} if media_type is None else {"Content-Type": media_type}
    body = json.dumps(key_offer()).encode()
    assert seller.post(OFFERS, content=body, headers=headers).status_code == 200


@pytest.mark.parametrize("declared", [True, False])
def test_too_large_a_body(seller: httpx.Client, declared: bool) -> None:
    """Eight mebibytes of JSON are read, more are refused, whether announced or not."""
    body = b'{"title": "' + b"x" * (9 * MIB) + b'"}'
    pieces = (body[start : start + MIB] for start in range(0, len(body), MIB))
    answer = seller.post(OFFERS, content=body if declared else pieces, headers=JSON)
    problem(answer, 413, "payload too large")


BROKEN = [
    b"",
    b"{",
    b"nonsense",
    b"[]",
    b"null",
    b'"text"',
    b"{'title': 1}",
    b'{"title": "x",}',
    b'{"title": NaN}',
    b'{"title": "a\x00b"}',
    b'{"title": "\xff"}',
    b'{"title": "\\ud800"}',
    b'{"title": "\\ud800\\ud800"}',
    b'{"title": "\\udc00\\ud800x"}',
    b'{"title": "\\u0000"}',
    b'{"meta": {"key_instruction": "a\\u0000b"}}',
    b'{"tags": ["ok", "\\u0000"]}',
    b'{"price": 1e400}',
    b'{"price": 1e5000000000}',
    b'{"price": ' + b"9" * 5000 + b"}",
    b'{"price": -' + b"9" * 30 + b"}",
    b'{"catalog_path": [9223372036854775808]}',
    b"[" * 100_000,
    b'{"title": ' * 50_000,
    b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"x": "\\u0041", "y": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    json.dumps({"title": "x"}).encode("utf-16"),
    b"\xef\xbb\xbf{}",
]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:30]))
def test_broken_json(seller: httpx.Client, body: bytes) -> None:
    """Cut, nested, huge or unstorable: always a 400 that says what is wrong."""
    assert problem(seller.post(OFFERS, content=body, headers=JSON), 400, "bad request")["errors"]
    offer = made(seller, key_offer())
    answer = seller.post(f"{OFFERS}/{offer['id']}", content=body, headers=JSON)
    assert answer.status_code == 400 or body.endswith(b"{}")
    assert offer_of(seller, offer["id"])["title"] == offer["title"]


def test_text_that_only_looks_odd(seller: httpx.Client) -> None:
    """Escapes, emoji, right-to-left marks and pairs of surrogates are text like any other."""
    title = 'a\\"b\n\t\u202e\u200b🎮é\U0010ffff\ufffe'
    assert made(seller, key_offer(title=title))["title"] == title
    escaped = json.dumps(key_offer(title=title)).encode()
    assert seller.post(OFFERS, content=escaped, headers=JSON).json()["title"] == title


def test_unknown_fields_are_passed_over(seller: httpx.Client) -> None:
    """A newer client's field is no mistake, however deep it is."""
    assert made(seller, key_offer(novelty={"deep": [1, {"er": None}]}))["id"]


def test_each_parameter_has_one_place(seller: httpx.Client) -> None:
    """A field in the address is none, nor is a parameter in a body; of equal names the last one counts."""
    offer = made(seller, key_offer())["id"]
    seller.post(f"{API}/offer/{offer}?status=3&title=Other", json={"status": 1}).raise_for_status()
    told = seller.get(f"{API}/offers/{offer}").json()
    assert told["status"] == 1
    assert told["title"] != "Other"
    page = seller.request("GET", f"{OFFERS}/author?take=7&take=1", json={"take": 9}).json()
    assert len(page["items"]) == 1


@pytest.mark.parametrize("id", ["0", "-1", "x", "1.5", "1e3", "%20", "9223372036854775808", "٣", "9" * 5000])
@pytest.mark.parametrize(
    "path", ["/offers/{}", "/content/author/{}", "/offer/keys/{}", "/offer/keys/{}/list"]
)
def test_ids_that_are_none(seller: httpx.Client, path: str, id: str) -> None:
    """An id is a whole number from 1; the answer names the parameter and the value."""
    (reason,) = reasons(seller.get(API + path.format(id))).items()
    assert reason[0] in ("offer_id", "content_id")


# --- request ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["b709d59bd0791513350332ffe5f813c1", "my-request.0001_x"])
def test_a_harmless_request_id_is_echoed(seller: httpx.Client, given: str) -> None:
    """The caller's own id comes back in the header and in the body of a refusal."""
    answer = seller.get(f"{API}/offers/x", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"], answer.json()["requestId"]) == (given, given)


@pytest.mark.parametrize(
    "given", ["", "x", "a b c d e f", "x" * 65, '"><script>', "{jndi:ldap}", "äöüäöüäöü"]
)
def test_an_odd_request_id_is_replaced(seller: httpx.Client, given: str) -> None:
    """What could do harm in a log is not taken over."""
    answer = seller.get(f"{API}/offers/x", headers={"X-Request-Id": given.encode("latin-1")})
    found = answer.headers["x-request-id"]
    assert (found != given, len(found), answer.json()["requestId"]) == (True, 32, found)


def test_a_request_is_found_in_the_log(live: Live, seller: httpx.Client) -> None:
    """Every answer has an id, and the log line has the same."""
    id = seller.get(f"{API}/catalog").headers["x-request-id"]
    lines = until(lambda: [line for line in live.server.log.read_text().splitlines() if id in line])
    told = [json.loads(line) for line in lines]
    assert [(line["path"], line["status"]) for line in told] == [(f"{API}/catalog", 200)]


# --- pictures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "media_type"), [(png_bomb(), "image/png"), (png(), "image/jpeg"), (jpeg(), "image/png")]
)
def test_pictures_that_are_not_what_they_say(seller: httpx.Client, data: bytes, media_type: str) -> None:
    """A bomb and a picture under another's name are refused with a reason."""
    headers = {"X-Content-Type": media_type}
    refused = seller.post(f"{API}/content/illustration", content=data, headers=headers)
    assert list(reasons(refused)) == ["body"]


# --- another's things ------------------------------------------------------------------------------------


class Theirs(NamedTuple):
    """A seller's things that another one knows the names of."""

    owner: httpx.Client
    offer: int
    content: int
    upload: str
    uri: str
    picture: str
    key: int
    secret: str

    def state(self, live: Live) -> list[Any]:
        """All that can be seen of them."""
        client = self.owner
        return [
            offer_of(client, self.offer),
            content_of(client, self.content),
            client.get(f"{API}/content/upload/{self.upload}").json(),
            client.get(f"{API}/offer/keys/{self.offer}/list").json(),
            query(live.server.data, "select count(*) from offers where $1 = any(gallery)", self.picture),
        ]


@pytest.fixture(scope="module")
def theirs(live: Live, add_seller: MakeSeller) -> Theirs:
    secret = word("geheim")
    owner = add_seller(live.server, f"{word('owner')}@example.com", "delete_keys")
    content = send(owner, blob(500), title=secret)
    _, upload = begin(owner, new_content([5, 5], title=secret))
    headers = {"X-Content-Type": "image/png"}
    picture = owner.post(f"{API}/content/illustration", content=png(), headers=headers).json()["uris"][0]
    offer = made(owner, key_offer(title=secret, keys=[f"{secret}-1", f"{secret}-2"]))["id"]
    headers["X-Wbd-OfferId"] = str(offer)
    owner.post(f"{OFFERS}/thumb", content=png(), headers=headers).raise_for_status()
    key = owner.get(f"{API}/offer/keys/{offer}/list").json()["items"][1]["id"]
    sell(live.server.data, offer, [datetime(2026, 1, 1, tzinfo=UTC)])
    return Theirs(owner, offer, content["id"], upload, content["uri"], picture, key, secret)


def attacks(it: Theirs) -> dict[str, list[dict[str, Any]]]:
    """What another seller may try with these names, by operation."""
    meta = {"thumbnail": [it.picture], "rating": "0+"}
    image = {"X-Content-Type": "image/png"}
    thumb = image | {"X-Wbd-OfferId": str(it.offer)}
    return {
        "offerCreate": [{"json": film_offer(it.content)}, {"json": key_offer(gallery=[it.picture])}],
        "offersAuthorGet": [{"params": {"search": it.secret}}],
        "offersUploadThumbnail": [{"content": png(), "headers": thumb}],
        "offerGet": [{"id": it.offer}],
        "offerUpdate": [{"id": it.offer, "json": sent} for sent in ({"title": "чужое"}, {"status": 3})],
        "offerUpdatePrice": [{"id": it.offer, "json": {"regular_price": 1}}],
        "offerUpdateStatus": [{"id": it.offer, "json": {"status": status}} for status in (1, 3)],
        "GetCatalog": [{}],
        "contentUploadIllustration": [{"content": it.uri.encode(), "headers": image}],
        "contentUploadInit": [{"json": new_content([5], meta=meta)}],
        "contentUploadChunk": [{"content": b"\0ello", "headers": part_headers(it.upload, 1)}],
        "contentUploadGet": [{"id": it.upload}],
        "contentAuthorGet": [{"params": {"search": it.secret}}],
        "contentIdGet": [{"id": it.content}],
        "contentUpdate": [{"id": it.content, "json": {"title": "чужое"}}],
        "contentRetry": [{"id": it.content}],
        "contentDownloadGet": [{"id": it.uri}, {"id": it.picture}],
        "contentDelete": [{"json": {"content_id": it.content}}],
        "contentGallery": [{"files": [("files", it.uri.encode())]}],
        "LoadKeys": [{"json": {"offer_id": it.offer, "keys": ["чужой"]}}],
        "DeleteKeysByIDs": [{"params": {"ids": [it.key]}}],
        "GetRedeemedKeys": [{"params": {"offer_id": it.offer}}, {"params": {"take": 1000}}],
        "offerKeysCountGet": [{"id": it.offer}],
        "offerKeysGet": [{"id": it.offer}],
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_anothers_things(live: Live, seller: httpx.Client, theirs: Theirs, operation: Any) -> None:
    """With another's ids no operation shows or changes anything of theirs, as if there were nothing."""
    before = theirs.state(live)
    for attack in attacks(theirs)[operation.name]:
        path = operation.path.partition("{")[0]
        tail = operation.path.rpartition("}")[2] if "{" in operation.path else ""
        sent = {name: value for name, value in attack.items() if name != "id"}
        answer = seller.request(operation.method, f"{path}{attack.get('id', '')}{tail}", **sent)
        harmless = {"params"} == sent.keys() or not attack
        assert answer.status_code in ((200, 207, 400) if harmless else (400, 404))
        assert theirs.secret not in answer.text
        if "ids" in sent.get("params", {}):
            assert answer.json()["statuses"][0]["code"] == "404"
    assert theirs.state(live) == before
