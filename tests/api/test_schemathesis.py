"""The description against a live server: whatever is sent, the answer is one that was promised."""

import json
from collections.abc import Iterator
from typing import Any

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

from vitrina.api.seller.description import openapi_json

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

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
def test_answers_are_as_described(case: Case, live: Any, known: dict[str, Any]) -> None:
    """Right and wrong requests alike get a described status, headers and body, and never a 5xx."""
    lead_somewhere(case, known)
    response = case.call(base_url=live.base_url, headers={"Authorization": f"Bearer {live.seller['token']}"})
    case.validate_response(response, checks=CHECKS)


def lead_somewhere(case: Case, known: dict[str, Any]) -> None:
    """Random numbers find nothing: every other one is made one that does."""
    for name, value in case.path_parameters.items():
        if isinstance(value, int) and value % 2 == 0:
            case.path_parameters[name] = known[name]


@pytest.fixture(scope="module")
def known(live: Any) -> Iterator[dict[str, Any]]:
    """An offer and a content of the seller's own."""
    headers = {"Authorization": f"Bearer {live.seller['token']}"}
    with httpx.Client(base_url=live.base_url, headers=headers, timeout=30) as seller:
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
        content = {
            "title": "Книга",
            "description": "Проба",
            "catalog_id": 4,
            "content_type": "text/plain",
            "parts": [{"index": 1, "size": 1}],
            "meta": None,
        }
        made = seller.post("/api/v1/offers", json=offer).raise_for_status().json()
        begun = seller.post("/api/v1/content/upload/init", json=content).raise_for_status().json()
        yield {"offer_id": made["id"], "content_id": begun["content_id"]}
