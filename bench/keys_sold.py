"""Keys sold, each exactly once, 32 buyers at a time."""

import asyncio
import time

import msgspec
import uvloop

from vitrina.domain.access import Buyer, Seller
from vitrina.domain.catalog import Section
from vitrina.domain.offers import Draft
from vitrina.domain.orders import Wanted
from vitrina.domain.shop import Shop

from . import pgbench
from .context import Context
from .in_process import with_shop
from .result import BenchFailed, Figure, Result, at_least

NAME = "keys_sold"
RATE = at_least(0.5)
GOAL = f"transactions/s {RATE.text}"

BUYERS, KEYS = pgbench.CLIENTS, 60_000
WRITES = 5  # transactions of a sale: reserve, open the payment, note the intent, the bank's own, deliver

_BUYERS = """
insert into buyers (email, name, password_hash, created_at)
select 'sales-' || n || '@bench.example', 'Buyer', 'nobody logs in', now() from generate_series(1, $1::int) n
returning id
"""


class Goods(msgspec.Struct, frozen=True):
    """One offer with many keys, and who buys them."""

    seller: Seller
    offer_id: int
    buyers: list[Buyer]


class Sold(msgspec.Struct, frozen=True):
    """One measurement: sales a second and the 99th percentile of a sale in ms."""

    rate: float
    p99: float


def run(context: Context) -> Result:
    """All buyers want the same offer: the worst case for counters, and each sale is an order paid at the test bank."""
    vitrina = context.vitrina
    bench = pgbench.prepare(vitrina)
    goods = uvloop.run(with_shop(vitrina, _fill))
    ours: list[Sold] = []
    theirs: list[float] = []
    for place in range(context.rounds):
        context.say(f"round {place + 1} of {context.rounds}")
        ours.append(uvloop.run(with_shop(vitrina, lambda shop: _sell(shop, goods, context.seconds))))
        uvloop.run(with_shop(vitrina, _mailed))
        theirs.append(pgbench.simple_update(bench, context.seconds))
    uvloop.run(with_shop(vitrina, lambda shop: _check(shop, goods)))
    return Result(
        "Keys sold, each exactly once, 32 buyers at a time",
        "`pgbench -N` on the same PostgreSQL",
        f"{BUYERS} buyers in one process all want the same offer; a sale is an order, a payment and its delivery,"
        f" {WRITES} writing transactions, and its receipt is mailed between the rounds; pgbench has {BUYERS} clients,"
        f" scale {pgbench.SCALE}, and one transaction of two writes",
        [
            Figure("transactions/s", [WRITES * one.rate for one in ours], theirs, RATE),
            Figure("sales/s against transactions/s", [one.rate for one in ours], theirs),
            Figure("p99 of a sale, ms, against the mean of a transaction", [one.p99 for one in ours],
                   [1000 * BUYERS / rate for rate in theirs]),
        ],
    )  # fmt: skip


async def _fill(shop: Shop) -> Goods:
    seller = Seller(await shop.accounts.add("sellers", "sales@bench.example", "Sales", "a long password"))
    draft = Draft(
        title="Ключ", description="", tags=["игра"], section=Section.KEYS, catalog_path=[20], age_rating=0,
        price=50_000, keys=["first"], meta={"key_instruction": "Введите ключ."}, publish=True,
    )  # fmt: skip
    offer_id = (await shop.offers.create(seller, draft)).offer.id
    for start in range(0, KEYS, 1000):
        await shop.keys.add(seller, offer_id, [f"K-{number}" for number in range(start, start + 1000)])
    buyers = [Buyer(row["id"]) for row in await shop.db.fetch(_BUYERS, BUYERS)]
    await shop.db.execute("vacuum analyze keys, key_counts, buyers, offers")
    return Goods(seller, offer_id, buyers)


async def _sell(shop: Shop, goods: Goods, seconds: int) -> Sold:
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def buy(buyer: Buyer) -> None:
        while (began := time.perf_counter()) < end:
            order = await shop.orders.place(buyer, [Wanted(goods.offer_id)], None, b"")
            payment = await shop.payments.begin(buyer, order.row.id, "")
            assert payment
            assert payment.intent
            await shop.bank_page.decide(payment.intent, "succeeds")
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(buy(buyer) for buyer in goods.buyers))
    spent = time.perf_counter() - began
    took.sort()
    return Sold(len(took) / spent, 1000 * took[int(len(took) * 0.99)])


async def _mailed(shop: Shop) -> None:
    """Wait until the worker has mailed the round's receipts: neither pgbench nor the next round shares its core."""
    await shop.mails.follow()
    waiting = "select exists (select from pgqueuer where entrypoint = 'TellPerson')"
    while await shop.db.value(waiting):  # noqa: ASYNC110 - nothing tells of an empty queue but asking
        await asyncio.sleep(0.5)


async def _check(shop: Shop, goods: Goods) -> None:
    counts = await shop.keys.counts(goods.seller, goods.offer_id)
    paid = await shop.db.value("select count(*) from orders where status = 1")
    if (counts.sold, counts.reserved) != (paid, 0):
        raise BenchFailed(f"{paid} orders were paid, but the keys stand as {counts}")
