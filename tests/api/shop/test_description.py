"""The description against a live server: whatever is sent to the shop's API, the answer is one that was promised."""

from typing import Any, NamedTuple

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.shop.conftest import SHOP, NewBuyer, bought, link_to, ok, on_sale, order_of
from tests.builders import word
from tests.conftest import Live
from vitrina.api.shop.description import description
from vitrina.api.shop.routes import OPERATIONS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BY_NAME = {row.name: row for row in OPERATIONS}


class Known(NamedTuple):
    """Tokens by role, and true values for what stands in a path."""

    tokens: dict[str, str]
    path: dict[str, Any]


config = schemathesis.Config.from_dict(
    {
        "seed": 2026,
        "generation": {
            "mode": "all",
            "deterministic": True,
            "max-examples": 10,
            "with-security-parameters": False,
        },
    }
)
schema = schemathesis.openapi.from_dict(description(), config=config)


@pytest.fixture(scope="module")
def known(
    live: Live, new_buyer: NewBuyer, operator: httpx.Client, goods: dict[str, int], works: dict[str, Any]
) -> Known:
    buyer = new_buyer()
    with live.client() as seller:
        game = on_sale(seller, keys=[word() for _ in range(100)])
    order, film = order_of(buyer, game), bought(buyer, goods["film"])["lines"][0]["entitlement_id"]
    signed, _, name = link_to(buyer, film, works["film"]["id"]).rpartition("/files/")[2].partition("/")
    paying = ok(buyer.post(f"{SHOP}/orders/{order_of(buyer, game)['id']}/pay"))
    tokens = {
        "buyer": buyer.headers["authorization"],
        "operator": operator.headers["authorization"],
        "seller": f"Bearer {live.seller['token']}",
    }
    path = {
        "offer_id": game, "order_id": order["id"], "entitlement_id": film, "provider": "test",
        "intent": paying["payments"][0]["redirect_url"].rpartition("/")[2], "signed": signed, "name": name,
        "uri": "x",
    }  # fmt: skip
    return Known(tokens, path)


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: Case[Any], live: Live, known: Known) -> None:
    """Right and wrong requests alike get a described status, type and body, and never a mistake of the server."""
    row = BY_NAME[case.operation.definition.raw["operationId"]]
    if row.name == "logOut":
        return  # it would end the session of the others
    for name, value in case.path_parameters.items():
        case.path_parameters[name] = value if len(str(value)) % 2 else known.path[name]
    headers = {"Authorization": known.tokens[row.who]} if row.who in known.tokens else {}
    response = case.call(base_url=live.base_url, headers=headers)
    case.validate_response(response, checks=CHECKS)


def test_every_operation_is_described(live: Live) -> None:
    """Under its method and name; the served description is the same."""
    served = httpx.get(f"{live.base_url}{SHOP}/openapi.json").raise_for_status().json()
    described = {
        (method.upper(), one["operationId"])
        for path in served["paths"].values()
        for method, one in path.items()
    }
    assert described == {(row.method, row.name) for row in OPERATIONS}
