"""`python -m bench.pages`: what each list page costs besides its queries, and how many bytes it has."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import cyclopts
import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from vitrina.app import build
from vitrina.assembly import open_shop
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.shop import Shop
from vitrina.logs import set_up_logs
from vitrina.settings import Settings
from vitrina.store.database import Database
from vitrina.store.embedded import EmbeddedPostgres
from vitrina.store.migrate import migrate_now

from . import goods

CALLS = 15  # of each page; the median counts
MOST_MS, MOST_BYTES = 50, 100 * 1024

_ORDERS = """
with sold as (select id, seller_id, section, title, price, row_number() over (order by id) as n from offers
    where seller_id = $2 and status = 1),
placed as (
    insert into orders (buyer_id, status, total, created_at, expires_at, paid_at)
    select $1, 1, 50000, now() - n * interval '1 minute', now(), now() from generate_series(1, $3::int) n
    returning id, paid_at),
numbered as (select id, paid_at, row_number() over (order by id) as n from placed),
lines as (
    insert into order_lines (order_id, position, offer_id, seller_id, section, title, price, quantity)
    select p.id, 1, s.id, s.seller_id, s.section, s.title, s.price, 1 from numbered p
    join sold s on s.n = 1 + p.n % (select count(*) from sold)
    returning id, offer_id, seller_id)
insert into entitlements (buyer_id, offer_id, seller_id, order_line_id, since)
select $1, offer_id, seller_id, id, now() from lines
"""

_out = Console(width=110, highlight=False)
app = cyclopts.App(name="pages", help="Measures list pages against their queries.", version_flags=[])


class Page(msgspec.Struct):
    """One measurement of a page: milliseconds to its first byte, those spent in queries, how many, and bytes."""

    first_byte: float = 0
    in_queries: float = 0
    queries: int = 0
    size: int = 0

    @property
    def over(self) -> float:
        return self.first_byte - self.in_queries


@app.default
def measure(many: int = 10_000) -> None:
    """Measure with so many offers of one seller, keys of one offer, and orders of one buyer.

    Parameters
    ----------
    many
        How many of each.
    """
    with TemporaryDirectory(prefix="vitrina-pages-") as folder:
        embedded = EmbeddedPostgres(Path(folder) / "database")
        url = embedded.start()
        try:
            migrate_now(url)
            missed = uvloop.run(_measure(url, Path(folder), many))
        finally:
            embedded.stop()
    raise SystemExit(1 if missed else 0)


async def _measure(url: str, folder: Path, many: int) -> bool:
    settings = Settings(
        database_url=url, data=folder / "data", payments="test", rate_limits=False, log_level="error"
    )
    shop = await open_shop(settings, url, connections=4)
    try:
        (shelf,) = await goods.fill_database(url, "pages", 1, many, shop.tokens)
        seller, buyer = Seller(shelf.seller_id), await _buyer(shop)
        await shop.db.execute(_ORDERS, buyer.id, seller.id, many)
        offer_id = await shop.db.value("select min(id) from offers where section = 3 and status = 1")
        for start in range(0, many, 1000):
            await shop.keys.add(seller, offer_id, [f"K-{number}" for number in range(start, start + 1000)])
        await shop.db.execute("vacuum analyze")
        cookies = "; ".join(
            [
                f"vitrina-session-sellers={(await shop.sessions.begin('sellers', seller.id)).secret}",
                f"vitrina-session-buyers={(await shop.sessions.begin('buyers', buyer.id)).secret}",
            ]
        )
    finally:
        await shop.close()
    return await _pages(settings, cookies, _paths(offer_id, many))


def _paths(offer_id: int, many: int) -> list[str]:
    """The list pages of storefront and cabinet, the deep ones too."""
    keys = f"/cabinet/offers/{offer_id}/keys"
    return [
        *(
            "/",
            "/search",
            "/search?section=1",
            "/search?sort=cheap&most=450",
            "/search?q=акварель",
            "/search?page=40",
        ),
        *("/search/suggestions?q=курс", "/orders", "/library", f"/library?page={many // 24}"),
        *("/cabinet", "/cabinet/offers", "/cabinet/offers?q=выпуск+77", f"/cabinet/offers?page={many // 30}"),
        *("/cabinet/works", keys, f"{keys}?page={many // 50 - 1}", "/cabinet/sales", "/cabinet/balance"),
        "/cabinet/tokens",
    ]


async def _buyer(shop: Shop) -> Buyer:
    return Buyer((await shop.accounts.register("pages@bench.example", "Buyer", "a long password")).id)


async def _pages(settings: Settings, cookies: str, paths: list[str]) -> bool:
    """Print the table; whether a goal was missed."""
    serve = build(settings, set_up_logs(settings))
    table = Table("page", "queries", "in queries, ms", "besides, ms", "bytes", "")
    missed = False
    with _watched_queries() as spent:
        async with _running(serve):
            for path in paths:
                found = [await _ask(serve, path, cookies, spent) for _ in range(CALLS + 3)][3:]
                over = statistics.median(one.over for one in found)
                fine = over <= MOST_MS and found[0].size <= MOST_BYTES
                missed = missed or not fine
                table.add_row(
                    path,
                    str(found[0].queries),
                    f"{statistics.median(one.in_queries for one in found):.1f}",
                    f"{over:.1f}",
                    f"{found[0].size:,}",
                    "" if fine else "missed",
                )
    _out.print(table)
    _out.print(
        f"Goals: at most {MOST_MS} ms besides the queries, at most {MOST_BYTES:,} bytes without pictures."
    )
    return missed


@contextmanager
def _watched_queries() -> Iterator[list[float]]:
    """Milliseconds of every query that is made while the block runs. For a bench only: nothing else looks inside."""
    spent: list[float] = []

    def timed(query: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def run(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return await query(*arguments)
            finally:
                spent.append((time.perf_counter() - began) * 1000)

        return run

    kept = {name: getattr(Database, name) for name in ("fetch", "row", "value", "execute")}
    for name, query in kept.items():
        setattr(Database, name, timed(query))
    try:
        yield spent
    finally:
        for name, query in kept.items():
            setattr(Database, name, query)


@asynccontextmanager
async def _running(serve: Any) -> AsyncIterator[None]:
    """The application between its start and its end, as a server runs it."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    said: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(serve(scope, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    assert (await said.get())["type"] == "lifespan.startup.complete"
    yield
    await told.put({"type": "lifespan.shutdown"})
    await task


async def _ask(serve: Any, path: str, cookies: str, spent: list[float]) -> Page:
    plain, _, query = path.partition("?")
    headers = [(b"host", b"shop.example"), (b"cookie", cookies.encode()), (b"accept-language", b"ru")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": plain, "raw_path": plain.encode(), "query_string": quote(query, safe="=&+").encode(), "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("shop.example", 80), "state": {},
    }  # fmt: skip
    page = Page()
    spent.clear()
    began = time.perf_counter()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            page.first_byte = (time.perf_counter() - began) * 1000
            page.in_queries, page.queries = sum(spent), len(spent)
            assert message["status"] == 200, f"{path}: {message['status']}"
        else:
            page.size += len(message.get("body", b""))

    await serve(scope, receive, send)
    return page


if __name__ == "__main__":
    app()
