"""The operator's desk for tests: one log-in for each run, for the shop limits them, and a look into its database."""

import asyncio
from functools import cache
from typing import Any

import asyncpg
import httpx

from tests.builders import API, made, service_offer, word
from tests.conftest import Live
from vitrina.store.embedded import running_dsn

SESSION = "vitrina-session-operators"


@cache
def _session(base_url: str, email: str, password: str) -> str:
    with httpx.Client(base_url=base_url) as client:
        page = client.get("/desk/log-in")
        token = page.text.split('name="token" value="')[1].split('"')[0]
        client.post("/desk/log-in", data={"token": token, "email": email, "password": password})
        return client.cookies[SESSION]


def desk_session(live: Live) -> str:
    """The demo operator's session."""
    told = live.demo["operator"]
    return _session(live.base_url, told["email"], told["password"])


def on_sale(seller: httpx.Client, **changes: Any) -> dict[str, Any]:
    """A service that its seller has just put on sale."""
    offer = made(seller, service_offer(**{"title": word("Услуга ")} | changes))
    seller.post(f"{API}/offer/{offer['id']}", json={"status": 1}).raise_for_status()
    return offer


def ask(live: Live, query: str, *values: Any) -> Any:
    """The first value that a statement brings, straight from the server's database."""
    url = running_dsn(live.server.data)
    assert url

    async def run() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()

    return asyncio.run(run())
