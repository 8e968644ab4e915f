"""The doors that strangers reach, and what is known of each: a new door is one more row here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from tests.builders import META, key_offer, new_content

Values = dict[str, list[str]]


class Known(NamedTuple):
    """What people on the attacked server have: tokens by the start of a path, true values by a parameter's name."""

    tokens: dict[str, list[str]]
    values: Values

    def tokens_for(self, path: str) -> list[str]:
        """Of the right kind of person; several, because random requests log people out."""
        return self.tokens[max((start for start in self.tokens if path.startswith(start)), key=len)]


@dataclass(frozen=True)
class Door:
    """A part of the server. Its description, where one is served, adds paths, methods and names.

    `right` are bodies that the server takes, by path: wrong ones are made out of them.
    """

    name: str
    paths: tuple[str, ...]
    methods: tuple[str, ...] = ("GET", "POST")
    description: str | None = None
    names: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    right: dict[str, dict[str, Any]] = field(default_factory=dict)


OF_SELLERS: dict[str, dict[str, Any]] = {
    "/api/v1/offers": key_offer(status=1, discount_price=0, gallery=[], content=[]),
    "/api/v1/offers/{offer_id}": key_offer(keys=..., price=..., section=...),
    "/api/v1/offer/price/{offer_id}": {"regular_price": 100, "discount_price": 50},
    "/api/v1/offer/{offer_id}": {"status": 1},
    "/api/v1/content/upload/init": new_content([10, 5], catalog_id=4, content_type="text/plain", meta=META),
    "/api/v1/content/author/{content_id}": {"title": "Имя", "description": "Проба."},
    "/api/v1/keys-api/keys": {"keys": ["A-1"], "offer_id": 1},
}

OF_BUYERS: dict[str, dict[str, Any]] = {
    "/shop/v1/buyers": {"email": "a@b.example", "password": "a long password", "name": "А. Б."},
    "/shop/v1/sessions": {"email": "besieged@buyer.example", "password": "a long password"},
    "/shop/v1/orders": {"lines": [{"offer_id": 1, "quantity": 1}]},
    "/shop/v1/orders/{order_id}/pay": {"method": None},
    "/shop/v1/test-bank/{intent}": {"outcome": "succeeds", "seconds": 1},
    "/shop/v1/library/{entitlement_id}/links": {"content_id": 1, "file": 0},
    "/shop/v1/operator/orders/{order_id}/refund": {"reason": "так вышло"},
    "/shop/v1/operator/orders/{order_id}/reverse-refund": {"reason": "так вышло"},
    "/shop/v1/seller/offers/{offer_id}/stock": {"low_stock_at": 3, "pause_when_sold_out": True},
    "/shop/v1/seller/offers/{offer_id}/keys": {"keys": ["A-1"], "batch": "май"},
}

OF_ENTERPRISES = (
    "dp_apikey", "dp_command", "dp_session_id", "dp_login_user", "dp_login_password", "dp_search_query",
    "dp_search_limit", "dp_search_offset", "dp_item_id", "dp_image_url", "dp_date_start", "dp_date_end", "dp_group_id",
    "dp_license_id", "dp_state",
)  # fmt: skip
COMMANDS = [
    "loginEnterprise", "logout", "search", "getMediaData", "getRelated", "getSearchColors", "getTagCloud", "searchHint",
    "getLicenseOfGroup", "licenseItem", "getLicensedItems", "getUserEnterpriseGroup", "getChangedItems",
]  # fmt: skip

DOORS = (
    Door("seller", ("/api/v1/{path}",), description="/api/v1/openapi.json", right=OF_SELLERS),
    Door(
        "shop",
        ("/shop/v1/{path}",),
        ("GET", "POST", "PUT", "PATCH", "DELETE"),
        description="/shop/v1/openapi.json",
        right=OF_BUYERS,
    ),
    Door(
        "pages",
        (
            *("/", "/guide", "/token", "/reference", "/{path}", "/search", "/search/suggestions", "/log-in"),
            *(
                "/offers/{offer_id}",
                "/offers/{offer_id}/sample",
                "/adults",
                "/register",
                "/cart",
                "/checkout",
            ),
            *(
                "/cabinet/log-in",
                "/cabinet/offers/{offer_id}",
                "/cabinet/works/{content_id}",
                "/cabinet/sales",
            ),
            *("/orders/{order_id}", "/library/{entitlement_id}", "/test-bank/{intent}"),
        ),
        names=(
            *(
                "email",
                "password",
                "label",
                "lang",
                "q",
                "section",
                "subcategory",
                "least",
                "most",
                "age",
                "sort",
            ),
            *("page", "before", "next", "add", "buy", "remove", "token", "outcome", "leaf"),
        ),
        media_types=("application/x-www-form-urlencoded",),
    ),
    Door(
        "enterprise",
        ("/",),
        names=OF_ENTERPRISES,
        media_types=("application/x-www-form-urlencoded", "multipart/form-data"),
    ),
    Door("static", ("/static/{path}", "/static/pages.css"), ("GET", "HEAD")),
    Door("operations", ("/readyz", "/healthz", "/metrics", "/api/v1/openapi.json"), ("GET", "HEAD")),
)


class Target(NamedTuple):
    """One operation, as far as it is told: `fields` are names that its body may have."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    right: dict[str, Any] | None = None


def served_description(base_url: str, door: Door) -> dict[str, Any] | None:
    """What the server says of a door that has a description, else None."""
    if door.description is None:
        return None
    found: dict[str, Any] = httpx.get(base_url + door.description, timeout=30).raise_for_status().json()
    return found


def targets(door: Door, description: dict[str, Any] | None) -> list[Target]:
    """All that may be asked at a door."""
    found = [
        Target(method, path, door.names, (), door.names, door.media_types)
        for path in door.paths
        for method in door.methods
    ]
    told = described(description) if description else ()
    return found + [target._replace(right=door.right.get(target.path)) for target in told]


def described(description: dict[str, Any]) -> Iterator[Target]:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                parameters = [resolved(one, description) for one in operation.get("parameters", [])]
                content = operation.get("requestBody", {}).get("content", {})
                yield Target(
                    method.upper(),
                    path,
                    tuple(one["name"] for one in parameters if one["in"] == "query"),
                    tuple(one["name"] for one in parameters if one["in"] == "header"),
                    tuple(sorted(field_names(content, description))),
                    tuple(content),
                )


def resolved(node: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """The node that a reference leads to."""
    while "$ref" in node:
        place: Any = description
        for step in node["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        node = place
    return node


def field_names(node: Any, description: dict[str, Any], depth: int = 8) -> set[str]:
    """The names of all properties below a schema."""
    if not depth:
        return set()
    if isinstance(node, list):
        return set().union(*(field_names(one, description, depth) for one in node))
    if not isinstance(node, dict):
        return set()
    node = resolved(node, description)
    found = {name for name in node.get("properties", {}) if re.fullmatch(r"\w+", name)}
    return found.union(*(field_names(one, description, depth - 1) for one in node.values()))
