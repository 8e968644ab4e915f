"""The shop's own API described: `/shop/v1/openapi.json`, made of the table of operations and the shapes."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_type_hints

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from ..answers import Body
from .errors import MEDIA_TYPE, ProblemAnswer
from .routes import OPERATIONS, Operation
from .storefront import SORTS
from .wire import PREFIX, accounts, library, orders, sellers

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}
_TAKE = {"take": (_NUMBER, "rows at a time, 20 if not said")}
_BEFORE = {"before": (_NUMBER, "only ids below this one: the last of the page before"), **_TAKE}
_SKIP = {"skip": (_NUMBER, "rows to pass over"), **_TAKE}

# What the query may carry, by operation: name → (schema, meaning).
QUERIES: dict[str, dict[str, tuple[dict[str, Any], str]]] = {
    "offers": {
        "search": (_TEXT, 'words of title and description; "a phrase"; -without'),
        "section": (_NUMBER, "a section of the catalogue"),
        "subcategory": (_NUMBER, "a subcategory of the catalogue"),
        "seller_id": (_NUMBER, "offers of one seller"),
        "least_price": (_NUMBER, "kopecks, discount taken off"),
        "most_price": (_NUMBER, "kopecks, discount taken off"),
        "age": ({"type": "integer", "enum": [0, 6, 12, 14, 16, 18]}, "highest age rating"),
        "sort": ({"type": "string", "enum": list(SORTS)}, "order, `new` if not said"),
        **_SKIP,
        "skip": (
            _NUMBER,
            "rows to pass over; a narrowed list is counted to 1,000 or to the page behind this",
        ),
    },
    "orders": _BEFORE,
    "allOrders": {"status": (_TEXT, "reserved, paid, returned, cancelled or refunded"), **_BEFORE},
    "library": _SKIP,
    "earnings": _BEFORE,
    "totals": {
        "since": (_DAY, "first day, UTC; 30 days ago if not said"),
        "until": (_DAY, "last day, UTC; today if not said"),
        "offer_id": (_NUMBER, "of one offer only"),
    },
    "events": {
        "after": (_NUMBER, "only events behind this id"),
        "kind": (_TEXT, "only events of this kind"),
        **_TAKE,
    },
}

TAKES: dict[str, type] = {
    "register": accounts.Registration,
    "logIn": accounts.LogIn,
    "askForPassword": accounts.NewPasswordReset,
    "setPassword": accounts.NewPassword,
    "logInOperator": accounts.OperatorLogIn,
    "placeOrder": orders.NewOrder,
    "payOrder": orders.NewPayment,
    "decideAtTestBank": orders.Decision,
    "link": library.NewLink,
    "refund": orders.Reason,
    "reverseRefund": orders.Reason,
    "watchStock": sellers.StockWishes,
    "loadBatch": sellers.NewKeys,
}
_SECURITY = {"buyer": "session", "operator": "session", "seller": "sellerToken"}


def gives(operation: Operation) -> Any:
    """The type of an operation's answer."""
    return get_type_hints(operation.run)["return"]


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    types = [*TAKES.values(), ProblemAnswer]
    types += [gives(row) for row in OPERATIONS if gives(row) not in (Body, type(None))]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = {repr(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Any] = {}
    for row in OPERATIONS:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", row.path)
        paths.setdefault(path, {})[row.method.lower()] = _operation(row, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vitrina shop API",
            "version": "1",
            "description": "For buyers, and for operators and sellers what the other APIs have no words for. "
            "Money is in kopecks; times are UTC. Every refusal is `application/problem+json`.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "what logging in gave"},
                "sellerToken": {"type": "http", "scheme": "bearer", "description": "a seller API token"},
            },
        },
    }


def _operation(row: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": row.name,
        "summary": row.summary,
        "parameters": list(_parameters(row)),
        "responses": {
            str(row.status): _answer(row, schemas),
            "default": {
                "description": "a refusal",
                "content": {MEDIA_TYPE: {"schema": schemas[repr(ProblemAnswer)]}},
            },
        },
    }
    if row.who in _SECURITY:
        told["security"] = [{_SECURITY[row.who]: []}]
    if row.name in TAKES:
        content = {"application/json": {"schema": schemas[repr(TAKES[row.name])]}}
        told["requestBody"] = {"required": row.name != "payOrder", "content": content}
    return told


def _parameters(row: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+):\w+\}", row.path):
        schema = {"type": "integer", "minimum": 1} if name.endswith("_id") else _TEXT
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for name, (schema, meaning) in QUERIES.get(row.name, {}).items():
        yield {"name": name, "in": "query", "schema": schema, "description": meaning}
    if row.name == "placeOrder":
        meaning = "the caller's name for this order: sent again, it is the same order"
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        yield {"name": "Idempotency-Key", "in": "header", "schema": schema, "description": meaning}


def _answer(row: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    kind = gives(row)
    if kind is Body:
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {"description": "the file, or a range of it (206)", "content": {"*/*": binary}}
    if kind is type(None):
        return {"description": "done"}
    return {"description": "done", "content": {"application/json": {"schema": schemas[repr(kind)]}}}


def description_routes() -> list[HTTPRouteHandler]:
    async def served() -> Response[bytes]:
        return Response(_encoded(), media_type="application/json")

    return [HTTPRouteHandler(f"{PREFIX}/openapi.json", http_method="GET", name="shopOpenapi")(served)]


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(description())
