"""One offer by id, with token, limits and database."""

import asyncio

import msgspec

from . import goods, wrk
from .context import Context
from .result import BenchFailed, Result, at_least, at_most
from .vitrina_server import fetch

NAME = "offers_get"
RATE, P99 = at_least(3), at_most(0.2)
GOAL = f"requests/s {RATE.text}, p99 {P99.text}"

SELLERS, OFFERS = 300, 100


def run(context: Context) -> Result:
    """Offers of 300 sellers in random order; every second one carries a film, the others keys."""
    vitrina, prism = context.vitrina, context.prism
    shelves = asyncio.run(goods.fill(vitrina, NAME, SELLERS, OFFERS))
    tokens = {shelf.seller_id: shelf.token for shelf in shelves}
    offers = asyncio.run(goods.sample(vitrina, list(tokens), OFFERS))
    requests = [(f"/api/v1/offers/{offer['id']}", tokens[offer["seller_id"]]) for offer in offers]
    for offer, (path, token) in zip(offers[:50], requests, strict=False):
        got = msgspec.json.decode(vitrina.get(path, token))
        if (got["id"], got["title"], len(got["content"])) != (
            offer["id"],
            offer["title"],
            len(offer["kinds"]),
        ):
            raise BenchFailed(f"Vitrina answered {path} with another offer: {got}")
    if "title" not in msgspec.json.decode(fetch(prism.base_url + requests[0][0], requests[0][1])):
        raise BenchFailed("Prism answered with something that is no offer.")
    return Result(
        "`GET /api/v1/offers/{id}`, with token, limits and database",
        "Prism mocking the same description",
        f"wrk, {wrk.CONNECTIONS} connections; {SELLERS} sellers with {OFFERS} offers each, in random order,"
        " every second one with a film in it",
        wrk.in_turn(context, requests, vitrina.base_url, prism.base_url, RATE, P99),
    )
