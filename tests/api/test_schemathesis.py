"""The description against a live server: whatever is sent, the answer is one that was promised."""

import json
import time
from typing import Any, NamedTuple

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from vitrina.api.seller.description import description, openapi_json

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

EXAMPLE_KEY = description()["components"]["parameters"]["IdempotencyKey"]["example"]


class Known(NamedTuple):
    """Where to ask, as whom, and what there is."""

    base_url: str
    headers: dict[str, str]
    offer_id: int
    content_id: int
    uuid: str
    uri: str


config = schemathesis.Config.from_dict(
    {
        "seed": 2026,
        "generation": {
            "mode": "all",
            "deterministic": True,
            "max-examples": 30,
            # The token is always the true one; forged ones have tests of their own.
            "with-security-parameters": False,
        },
    }
)
schema = schemathesis.openapi.from_dict(json.loads(openapi_json()), config=config)


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: Case[Any], known: Known) -> None:
    """Right and wrong requests alike get a described status, headers and body, and never a 5xx."""
    lead_somewhere(case, known)
    response = case.call(base_url=known.base_url, headers=known.headers)
    # An empty value in the query is no value for the server, though it is a wrong one for the schema.
    told = "" not in (case.query or {}).values()
    case.validate_response(response, checks=[*CHECKS, negative_data_rejection] if told else CHECKS)


def lead_somewhere(case: Case[Any], known: Known) -> None:
    """Every other random name of a thing becomes one that the seller has; no request repeats another."""
    body = case.body if isinstance(case.body, dict) else {}
    deletes = body.get("status") == 3
    for name, value in case.path_parameters.items():
        if not deletes:
            case.path_parameters[name] = every_other(value, getattr(known, name))
    for name, true in (("X-Wbd-OfferId", known.offer_id), ("X-Wbd-Content-Uuid", known.uuid)):
        if name in case.headers:
            case.headers[name] = str(every_other(case.headers[name], true))
    if "offer_id" in body:
        body["offer_id"] = every_other(body["offer_id"], known.offer_id)
    if case.headers.get("Idempotency-Key") == EXAMPLE_KEY:
        del case.headers["Idempotency-Key"]


def every_other(value: Any, true: Any) -> Any:
    """The true name for half of the values that could be one; a value of a wrong kind stays wrong."""
    text = str(value)
    if isinstance(true, int):
        could_be = text.isascii() and text.isdecimal() and int(text) % 2 == 0 and 0 < int(text) < 2**63
    else:
        could_be = isinstance(value, str) and len(text) % 2 == 0
    return true if could_be else value


@pytest.fixture(scope="module")
def token(live: Any) -> str:
    """Of a seller of their own: random requests delete things too."""
    email = "random@demo.example"
    for command in (
        ("seller", "add", email, "--password", "a long password"),
        ("seller", "grant", email, "delete_keys"),
        ("seller", "grant", email, "sell_services"),
        ("token", "issue", email),
    ):
        done = live.server.run(*command)
        assert done.returncode == 0, done.stderr
    secret: str = done.stdout.strip()
    return secret


@pytest.fixture(scope="module")
def content(live: Any, token: str) -> dict[str, Any]:
    """A finished content, so that there is a file to download."""
    with client(live, token) as seller:
        made = make_content(seller)
        deadline = time.monotonic() + 60
        while seller.get(f"/api/v1/content/author/{made['content_id']}").json()["status"] != 2:
            assert time.monotonic() < deadline, "the content is not ready yet"
            time.sleep(0.2)
    return made


@pytest.fixture
def known(live: Any, token: str, content: dict[str, Any]) -> Known:
    """What there is; the offer is new for each operation, since some of them delete it."""
    with client(live, token) as seller:
        return Known(
            live.base_url, {"Authorization": seller.headers["Authorization"]}, make_offer(seller), **content
        )


def client(live: Any, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=live.base_url, headers=headers, timeout=30)


def make_offer(seller: httpx.Client) -> int:
    (root,) = seller.get("/api/v1/catalog").json()["items"]
    (games,) = [node for node in root["children"] if node["id"] == 3]
    offer = {
        "title": "Ключ",
        "description": "Проба",
        "tags": ["проба"],
        "section": 3,
        "catalog_path": [games["children"][0]["id"]],
        "age_rating": "0+",
        "price": 100,
        "keys": ["PROBA-1"],
        "meta": {"key_instruction": "Введите ключ"},
    }
    made: int = seller.post("/api/v1/offers", json=offer).raise_for_status().json()["id"]
    return made


def make_content(seller: httpx.Client) -> dict[str, Any]:
    content = {
        "title": "Книга",
        "description": "Проба",
        "catalog_id": 4,
        "content_type": "text/plain",
        "parts": [{"index": 1, "size": 5}],
        "meta": None,
    }
    begun = seller.post("/api/v1/content/upload/init", json=content).raise_for_status().json()
    headers = {
        "X-Content-Type": "text/plain",
        "X-Wbd-Part-Index": "1",
        "X-Wbd-Content-Uuid": begun["uuid"],
        "Content-Type": "application/octet-stream",
    }
    sent = seller.post("/api/v1/content/upload/chunk", headers=headers, content=b"Hello").raise_for_status()
    return {**begun, "uri": sent.json()["uri"]}
