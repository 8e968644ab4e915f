"""`python -m bench.growth`: what each action costs as offers and keys become many; writes docs/growth.md."""

import statistics
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cyclopts
import uvloop
from rich.console import Console

from vitrina.assembly import open_shop
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.filters import Filter
from vitrina.domain.orders import Wanted
from vitrina.domain.shop import Shop
from vitrina.settings import Settings
from vitrina.store.embedded import EmbeddedPostgres
from vitrina.store.migrate import migrate_now
from vitrina.store.storefront import Filter as Shown

from . import goods

PAGE = Path(__file__).resolve().parents[1] / "docs" / "growth.md"
CALLS = 25  # of each action at each size; the median counts
MANY = 1000  # sellers, when the offers are not one seller's

_KEYS = """
insert into keys (offer_id, seller_id, sealed, fingerprint, created_at)
select $1, $2, sha256(n::text::bytea), substr(sha256(n::text::bytea), 1, 16), now()
from generate_series($3::bigint + 1, $4::bigint) n
"""
_COUNTED = """
insert into key_counts (offer_id, slot, available) values ($1, 0, $2)
on conflict (offer_id, slot) do update set available = $2
"""

app = cyclopts.App(name="growth", help="Measures how cost grows with size.", version_flags=[])
_out = Console(stderr=True, highlight=False)
Rows = dict[str, list[float]]


@app.default
def measure(offers: int = 1_000_000, keys: int = 10_000_000) -> None:
    """Measure at 10³, 10⁴ … and write docs/growth.md.

    Parameters
    ----------
    offers
        The greatest number of offers.
    keys
        The greatest number of keys of one offer.
    """
    with TemporaryDirectory(prefix="vitrina-growth-") as folder:
        embedded = EmbeddedPostgres(Path(folder) / "database")
        url = embedded.start()
        try:
            migrate_now(url)
            tables = uvloop.run(_measure(url, Path(folder), offers, keys))
        finally:
            embedded.stop()
    PAGE.write_text(_page(tables), encoding="utf-8")
    _out.print(f"Written: {PAGE}")


async def _measure(url: str, folder: Path, offers: int, keys: int) -> list[tuple[str, list[int], Rows]]:
    settings = Settings(data=folder / "data", payments="test")
    shop = await open_shop(settings, url, connections=8)
    try:
        sizes = [10**power for power in range(3, 10)]
        return [
            await _one_seller(shop, url, [size for size in sizes if size <= offers]),
            await _many_sellers(shop, url, [size for size in sizes if MANY <= size <= offers]),
            await _keys(shop, url, [size for size in sizes if size <= keys]),
        ]
    finally:
        await shop.close()


async def _one_seller(shop: Shop, url: str, sizes: list[int]) -> tuple[str, list[int], Rows]:
    rows: Rows = {}
    for size in sizes:
        await _empty(shop)
        (shelf,) = await goods.fill_database(url, f"one-{size}", 1, size, shop.tokens)
        await _offer_actions(shop, Seller(shelf.seller_id), size, rows)
    return "Offers, all of one seller", sizes, rows


async def _many_sellers(shop: Shop, url: str, sizes: list[int]) -> tuple[str, list[int], Rows]:
    rows: Rows = {}
    for size in sizes:
        await _empty(shop)
        shelves = await goods.fill_database(url, f"many-{size}", MANY, size // MANY, shop.tokens)
        await _offer_actions(shop, Seller(shelves[MANY // 2].seller_id), size, rows)
    return f"Offers of {MANY:,} sellers", sizes, rows


async def _empty(shop: Shop) -> None:
    await shop.db.execute("truncate offers, offer_contents, contents, offer_counts, keys, key_counts cascade")


async def _offer_actions(shop: Shop, seller: Seller, size: int, rows: Rows) -> None:
    _out.print(f"{size:,} offers")
    ids = [row["id"] for row in await shop.db.fetch(
        "select id from offers where seller_id = $1 and status = 1 order by id limit 10", seller.id)]  # fmt: skip
    actions: dict[str, Callable[[], Awaitable[Any]]] = {
        "one offer": lambda: shop.offers.get(seller, ids[0]),
        "seller's list": lambda: shop.offers.page(seller, Filter(take=20)),
        "seller's list, one status": lambda: shop.offers.page(seller, Filter(take=20, status=1)),
        "seller's search, rare words": lambda: shop.offers.page(seller, Filter(search="выпуск 7 ", take=20)),
        "shop: newest": lambda: shop.storefront.page(Shown()),
        "shop: one section, newest": lambda: shop.storefront.page(Shown(section=3)),
        "shop: cheapest": lambda: shop.storefront.page(Shown(sort="cheap")),
        "shop: subcategory": lambda: shop.storefront.page(Shown(subcategory=20)),
        "shop: search, rare words": lambda: shop.storefront.page(Shown(search="выпуск 7")),
        "shop: search, words of every offer": lambda: shop.storefront.page(Shown(search="курс акварели")),
    }
    for name, action in actions.items():
        await _note(rows, name, action)


async def _keys(shop: Shop, url: str, sizes: list[int]) -> tuple[str, list[int], Rows]:
    rows: Rows = {}
    await _empty(shop)
    (shelf,) = await goods.fill_database(url, "keys", 1, 10, shop.tokens)
    seller = Seller(shelf.seller_id)
    offer_id = await shop.db.value("update offers set section = 3, status = 1, kinds = '{}' returning id")
    buyer = Buyer((await shop.accounts.register("growth@bench.example", "Buyer", "a long password")).id)
    there = 0
    for size in sizes:
        _out.print(f"{size:,} keys")
        await _fill_keys(shop, offer_id, seller.id, there, size)
        there = size
        loads = count(size)

        async def load(loads: "count[int]" = loads) -> None:
            first = 1000 * next(loads)
            await shop.keys.add(seller, offer_id, [f"K-{number}" for number in range(first, first + 1000)])

        actions: dict[str, Callable[[], Awaitable[Any]]] = {
            "sale: reserve": lambda: shop.orders.place(buyer, [Wanted(offer_id)], None, b""),
            "sale: reserve, pay, deliver": lambda: _sale(shop, buyer, offer_id),
            "load 1,000 keys": load,
            "counts": lambda: shop.keys.counts(seller, offer_id),
        }
        for name, action in actions.items():
            await _note(rows, name, action)
    return "Keys of one offer", sizes, rows


async def _fill_keys(shop: Shop, offer_id: int, seller_id: int, there: int, size: int) -> None:
    async with shop.db.transaction():
        await shop.db.execute("set local session_replication_role = replica")
        for start in range(there, size, 500_000):
            await shop.db.execute(_KEYS, offer_id, seller_id, start, min(size, start + 500_000))
        await shop.db.execute(_COUNTED, offer_id, size)
    await shop.db.execute("analyze keys")


async def _sale(shop: Shop, buyer: Buyer, offer_id: int) -> None:
    order = await shop.orders.place(buyer, [Wanted(offer_id)], None, b"")
    payment = await shop.payments.begin(buyer, order.row.id, "")
    assert payment
    assert payment.intent
    await shop.bank_page.decide(payment.intent, "succeeds")


async def _note(rows: Rows, name: str, action: Callable[[], Awaitable[Any]]) -> None:
    took = []
    for turn in range(CALLS + 5):
        began = time.perf_counter()
        await action()
        if turn >= 5:
            took.append((time.perf_counter() - began) * 1000)
    rows.setdefault(name, []).append(statistics.median(took))


def _page(tables: list[tuple[str, list[int], Rows]]) -> str:
    lines = [
        "# How cost grows",
        "",
        f"Milliseconds of one call, the median of {CALLS}, domain and database together, no HTTP. Written by",
        "`python -m bench.growth`; only the growth along a row means something, not the figures themselves.",
        "",
    ]
    for title, sizes, rows in tables:
        lines += [f"## {title}", "", f"| | {' | '.join(f'{size:,}' for size in sizes)} |"]
        lines.append("|" + " --- |" * (len(sizes) + 1))
        lines += [f"| {name} | {' | '.join(f'{ms:.2f}' for ms in row)} |" for name, row in rows.items()]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    app()
