"""`python -m bench.statistics`: how fast the pages of desk, console and cabinet open over a thousand and a million."""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import cyclopts
import httpx
import uvloop
from rich.console import Console

from vitrina.assembly import open_shop
from vitrina.settings import Settings

from .vitrina_server import VitrinaServer

OPENED = 15  # times each page; the median counts
COOKIE = "vitrina-session-{}"
# Who opens it, and what: {offer} is one with a history, {buyer} somebody who bought.
PAGES = [
    ("operators", "/desk"),
    ("operators", "/desk/statistics"),
    ("operators", "/desk/statistics?days=365"),
    ("operators", "/desk/moderation"),
    ("operators", "/desk/jobs"),
    ("operators", "/desk/log"),
    ("operators", "/desk/log?kind=order.paid"),
    ("operators", "/desk/log?who=buyer:{buyer}"),
    ("operators", "/desk/log?about=offer&id={offer}"),
    ("operators", "/desk/log?about=offer&id={offer}&kind=offer.changed"),
    ("operators", "/desk/orders"),
    ("operators", "/desk/buyers"),
    ("sellers", "/cabinet"),
    ("sellers", "/cabinet/sales"),
    ("sellers", "/cabinet/sales?days=365"),
    ("sellers", "/cabinet/balance"),
    ("members", "/console"),
    ("members", "/console/licences"),
    ("members", "/console/statistics"),
]
_SQL = Path(__file__).with_suffix(".sql")
_ONE_OF_EACH = {
    "operators": "select max(id) from operators",
    "sellers": "select min(id) from sellers",
    "members": "select min(id) from members",
}
_out = Console(highlight=False)
app = cyclopts.App(name="statistics", help="Opens pages over few and many sales.", version_flags=[])


@app.default
def measure(few: int = 1000, many: int = 1_000_000) -> None:
    """Fill two shops, open their pages, and print how long each took.

    Parameters
    ----------
    few
        Orders and licences of the small shop.
    many
        Orders and licences of the large one.
    """
    small, large = _opened(few), _opened(many)
    _out.print(f"{'milliseconds (median)':58}{few:>10,}{many:>12,}")
    for who, path in PAGES:
        took = [f"{found[path] * 1000:.1f}" if path in found else "no page" for found in (small, large)]
        _out.print(f"{who + ' ' + path:58}{took[0]:>10}{took[1]:>12}")


def _opened(size: int) -> dict[str, float]:
    """Seconds that each page took over so many orders and licences; pages that are not there are left out."""
    with TemporaryDirectory(prefix="vitrina-statistics-") as folder:
        with VitrinaServer(Path(folder) / "data", VITRINA_RATE_LIMITS="off") as vitrina:
            began = time.monotonic()
            sessions, named = uvloop.run(_fill(vitrina, size))
            _out.print(f"{size:,} orders and licences written in {time.monotonic() - began:.0f} s")
            found = {}
            for who, path in PAGES:
                cookies = {COOKIE.format(who): sessions[who]}
                with httpx.Client(base_url=vitrina.base_url, cookies=cookies, timeout=120) as client:
                    if (took := _time(client, path.format(**named))) is not None:
                        found[path] = took
            return found


def _time(client: httpx.Client, path: str) -> float | None:
    took = []
    for _ in range(OPENED):
        began = time.perf_counter()
        answer = client.get(path)
        took.append(time.perf_counter() - began)
        if answer.status_code != 200:
            _out.print(f"{path} answers {answer.status_code}")
            return None
    return statistics.median(took)


async def _fill(vitrina: VitrinaServer, size: int) -> tuple[dict[str, str], dict[str, int]]:
    """(a session's secret by role, ids that paths name) of a shop filled with so many."""
    connection = await asyncpg.connect(vitrina.database_url)
    try:
        for statement in _SQL.read_text().replace("$N", str(size)).split(";\n"):
            if statement.strip():
                await connection.execute(statement)
        named = {
            "offer": await connection.fetchval("select min(id) from offers"),
            "buyer": await connection.fetchval("select min(id) from buyers"),
        }
        ids = {role: await connection.fetchval(query) for role, query in _ONE_OF_EACH.items()}
    finally:
        await connection.close()
    shop = await open_shop(Settings(data=vitrina.data), vitrina.database_url, connections=4)
    try:
        await shop.turnover.follow()
        await shop.totals.sum_up()
        await shop.db.execute("vacuum analyze")
        sessions = {role: (await shop.sessions.begin(role, id)).secret for role, id in ids.items()}
    finally:
        await shop.close()
    return sessions, named


if __name__ == "__main__":
    app()
