"""Goods for the tests of the operator's desk, and a look into the database of its server."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.builders import API, made, query, service_offer, word
from tests.conftest import Live


def on_sale(seller: httpx.Client, **changes: Any) -> dict[str, Any]:
    """A service that its seller has just put on sale."""
    offer = made(seller, service_offer(**{"title": word("Услуга ")} | changes))
    seller.post(f"{API}/offer/{offer['id']}", json={"status": 1}).raise_for_status()
    return offer


def ask(live: Live, sql: str, *values: Any) -> Any:
    """The first value that a statement brings. In a thread of its own: a browser's test runs inside of a loop."""
    with ThreadPoolExecutor(1) as apart:
        rows = apart.submit(query, live.server.data, sql, *values).result()
    return rows[0][0] if rows else None
