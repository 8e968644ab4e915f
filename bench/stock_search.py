"""Enterprise `search` over a million items, with filters and the exact count."""

import http.client
import os
import random
import time
import urllib.parse
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import msgspec
import tantivy
import uvloop

from vitrina.adapters.search import IndexFolder, Wanted
from vitrina.adapters.search.queries import Queries
from vitrina.adapters.search.schema import ID, KEYS, new_schema, prepare
from vitrina.adapters.search.words import read
from vitrina.assembly import open_shop
from vitrina.domain.groups import NewGroup
from vitrina.domain.search import Query
from vitrina.domain.search_feed import WRITER
from vitrina.domain.shop import Shop
from vitrina.settings import Settings

from . import processes, stock_goods
from .context import Context
from .result import BenchFailed, Figure, Result, at_most_more
from .vitrina_server import VitrinaServer

T = TypeVar("T")

NAME = "stock_search"
LATE = at_most_more(10, "ms")
GOAL = f"p99 {LATE.text}"

ITEMS = int(os.environ.get("BENCH_ITEMS", "1000000"))
SEARCHES = 1000  # different ones
PAGE = 100

# The parameters of the wire, what they mean to the index, and to the domain.
_FILTERS: list[tuple[dict[str, str], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {}),
    ({"dp_search_categories": "3 7"}, {"categories": [3, 7]}, {"categories": [3, 7]}),
    ({"dp_search_color": "5"}, {"color": 5}, {"color": 5}),
    ({"dp_search_orientation": "vertical"}, {"orientation": "vertical"}, {"orientation": "vertical"}),
    ({"dp_search_editorial": "0"}, {"editorial": False}, {"editorial": False}),
    ({"dp_search_imagesize": "l"}, {"least_side": 2000}, {"image_size": "l"}),
    ({"dp_search_width": "1500"}, {"widths": (1500, None)}, {"least_width": 1500}),
    ({"dp_search_quantity": "2"}, {"people": 2}, {"people": 2}),
    ({"dp_search_sort": "5"}, {"sort": "newest"}, {"sort": 5}),
    ({"dp_search_sort": "6"}, {"sort": "undiscovered"}, {"sort": 6}),
]


class Case(msgspec.Struct, frozen=True):
    """One search: as it is sent, as the index and as the domain understand it."""

    body: str
    wanted: Wanted
    query: Query


class Taken(msgspec.Struct, frozen=True):
    """Milliseconds: median and 99th percentile."""

    p50: float
    p99: float


def run(context: Context) -> Result:
    """One client at a time: what counts is how much longer than the index alone a search takes."""
    with VitrinaServer(context.folder / "stock", VITRINA_RATE_LIMITS="off") as server:
        context.say(f"writing {ITEMS:,} items")
        # Else the worker follows the items one by one, beside the building.
        with IndexFolder(server.data / "search").only(WRITER):
            key = uvloop.run(_with_shop(server, _fill))
            context.say("building the index")
            began = time.perf_counter()
            uvloop.run(_with_shop(server, lambda shop: shop.search_feed.build()))
        context.say(
            f"built in {time.perf_counter() - began:.0f} s, {_megabytes(server.data / 'search'):,.0f} MB"
        )
        cases, shop = _cases(key), processes.shop_of(server.process.pid)
        ours, within, theirs = [], [], []
        for place in range(context.rounds):
            context.say(f"round {place + 1} of {context.rounds}")
            theirs.append(_timed(_bare(server.data / "search"), cases, context))
            within.append(uvloop.run(_with_shop(server, lambda shop: _in_process(shop, cases, context))))
            ours.append(_timed(_over_http(server), cases, context))
        http, worker = processes.peak([shop["HTTP process 1"]]), processes.peak([shop["worker"]])
        own = shop["HTTP process 1"].memory_full_info().uss / processes.MB
        context.say(
            f"most memory: HTTP process {http:,.0f} MB (its own now: {own:,.0f}), worker {worker:,.0f} MB"
        )
    return Result(
        f"Enterprise `search` over {ITEMS:,} items, filters, exact count, over HTTP",
        "the bare Tantivy query",
        f"{SEARCHES} searches of one or two words in English or Russian, as often as the words are used, half of them"
        f" with a filter; pages of {PAGE}; one client; both sides read the same index",
        [
            Figure("p99, ms", [one.p99 for one in ours], [one.p99 for one in theirs], LATE),
            Figure("median, ms", [one.p50 for one in ours], [one.p50 for one in theirs]),
            Figure(
                "p99 without HTTP and items, ms", [one.p99 for one in within], [one.p99 for one in theirs]
            ),
        ],
    )


async def _with_shop(server: VitrinaServer, action: Callable[[Shop], Awaitable[T]]) -> T:
    shop = await open_shop(Settings(data=server.data), server.database_url, connections=8)
    try:
        return await action(shop)
    finally:
        await shop.close()


async def _fill(shop: Shop) -> str:
    """The stock, and a group's API key."""
    seller = await shop.accounts.add("sellers", "stock@bench.example", "Stock", "a long password")
    async with shop.db.pool.acquire() as connection:
        plain: asyncpg.Connection = connection
        async with plain.transaction():
            await stock_goods.fill(plain, seller, ITEMS)
    group = await shop.groups.add(NewGroup(company="Bench"))
    return await shop.groups.issue_key(group.id)


def _cases(key: str) -> list[Case]:
    vocabulary, pick = stock_goods.Vocabulary(), random.Random(11)
    cases = []
    for place in range(SEARCHES):
        language = "ru" if place % 3 == 0 else "en"
        text = " ".join(vocabulary.words(language, pick.choice((1, 1, 2))))
        sent, wanted, query = pick.choice(_FILTERS) if place % 2 else _FILTERS[0]
        body = {
            "dp_command": "search",
            "dp_apikey": key,
            "dp_search_query": text,
            "dp_search_correction": "0",
        }
        of_index: dict[str, Any] = {"text": text, "types": ["image", "vector"], "nudity": False}
        of_domain: dict[str, Any] = {"text": text, "correct": False}
        cases.append(
            Case(
                urllib.parse.urlencode(body | sent),
                Wanted(**(of_index | wanted)),
                Query(**(of_domain | query)),
            )
        )
    return cases


def _bare(folder: Path) -> Callable[[Case], object]:
    """Tantivy alone: the query is made beforehand, the ids are read."""
    path = IndexFolder(folder).current()
    assert path
    index = prepare(tantivy.Index.open(str(path)))
    searcher, queries = index.searcher(), Queries(new_schema())
    made: dict[str, Any] = {}

    def search(case: Case) -> object:
        query = made.get(case.body)
        if query is None:
            query = made[case.body] = queries.of(case.wanted, read(case.wanted.text))
            return None
        found = searcher.search(query, PAGE, order_by_field=KEYS[case.wanted.sort])
        return searcher.fast_field_values(ID, [place for _, place in found.hits])

    return search


def _over_http(server: VitrinaServer) -> Callable[[Case], object]:
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def search(case: Case) -> object:
        connection.request("POST", "/", case.body, headers)
        response = connection.getresponse()
        answer = response.read()
        if not answer.endswith(b'"type":"success"}'):
            raise BenchFailed(f"search failed: {response.status} {answer[:500]!r}")
        return answer

    return search


def _timed(search: Callable[[Case], object], cases: list[Case], context: Context) -> Taken:
    """Each search once to warm up, then all of them again until the time is over."""
    for case in cases:
        search(case)
    took: list[float] = []
    end = time.perf_counter() + context.seconds
    while (began := time.perf_counter()) < end or len(took) < len(cases):
        search(cases[len(took) % len(cases)])
        took.append(1000 * (time.perf_counter() - began))
    return _taken(took)


async def _in_process(shop: Shop, cases: list[Case], context: Context) -> Taken:
    took: list[float] = []
    end = time.perf_counter() + context.seconds
    while (began := time.perf_counter()) < end or len(took) < len(cases):
        await shop.search.find(cases[len(took) % len(cases)].query, 0, PAGE)
        took.append(1000 * (time.perf_counter() - began))
    return _taken(took)


def _taken(took: list[float]) -> Taken:
    cuts = quantiles(took, n=100)
    return Taken(cuts[49], cuts[98])


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
