"""A page of 20 out of 10,000 offers."""

import asyncio

import msgspec

from . import goods, wrk
from .context import Context
from .result import BenchFailed, Result, at_least
from .vitrina_server import fetch

NAME = "offers_list"
RATE = at_least(2)
GOAL = f"requests/s {RATE.text}"

# So many sellers that none of them asks more than 100 times a second.
SELLERS, OFFERS, TAKE = 100, 10_000, 20


def run(context: Context) -> Result:
    """The first page of 100 sellers in turn, each of whom has 10,000 offers."""
    vitrina, prism = context.vitrina, context.prism
    shelves = asyncio.run(goods.fill(vitrina, NAME, SELLERS, OFFERS))
    path = f"/api/v1/offers/author?take={TAKE}"
    for shelf in shelves[:10]:
        got = msgspec.json.decode(vitrina.get(path, shelf.token))
        titles = [offer["title"] for offer in got["items"]]
        if got["total"] != OFFERS or titles != [f"Курс акварели, выпуск {n}" for n in range(1, TAKE + 1)]:
            raise BenchFailed(f"Vitrina answered {path} with other offers: {got['total']} {titles}")
    if "items" not in msgspec.json.decode(fetch(prism.base_url + path, shelves[0].token)):
        raise BenchFailed("Prism answered with something that is no page of offers.")
    requests = [(path, shelf.token) for shelf in shelves]
    return Result(
        f"`GET /api/v1/offers/author?take={TAKE}` over {OFFERS:,} offers",
        "Prism mocking the same description",
        f"wrk, {wrk.CONNECTIONS} connections; {SELLERS} sellers in turn, {OFFERS:,} offers each;"
        f" Vitrina answers with {TAKE} of them and the total, Prism with its one example",
        wrk.in_turn(context, requests, vitrina.base_url, prism.base_url, RATE),
    )
