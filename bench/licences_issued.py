"""Licences issued to members of prepaid groups, 32 at a time."""

import asyncio
import time

import asyncpg
import msgspec
import uvloop

from vitrina.domain.access import MemberRef, MemberRight
from vitrina.domain.groups import NewGroup
from vitrina.domain.licences import Wanted
from vitrina.domain.shop import Shop
from vitrina.store.licences import Fields

from . import pgbench, stock_goods
from .context import Context
from .in_process import with_shop
from .result import BenchFailed, Figure, Result, at_least

NAME = "licences_issued"
RATE = at_least(0.25)
GOAL = f"licences/s {RATE.text}"

MEMBERS, GROUPS, ITEMS = pgbench.CLIENTS, 8, 2000
BALANCE = 10_000_000_00  # minor units of each group
PRICE = 100


class Licensee(msgspec.Struct, frozen=True):
    """A member, and a licence type of the group."""

    member: MemberRef
    licence_type_id: int


def run(context: Context) -> Result:
    """Members of a few groups, so that most of them wait for their group's balance now and then."""
    vitrina = context.vitrina
    bench = pgbench.prepare(vitrina)
    licensees, items = uvloop.run(with_shop(vitrina, _fill))
    ours: list[float] = []
    theirs: list[float] = []
    for place in range(context.rounds):
        context.say(f"round {place + 1} of {context.rounds}")
        ours.append(
            uvloop.run(with_shop(vitrina, lambda shop: _license(shop, licensees, items, context.seconds)))
        )
        theirs.append(pgbench.simple_update(bench, context.seconds))
    uvloop.run(with_shop(vitrina, lambda shop: _check(shop, licensees)))
    return Result(
        "Licences issued, 32 members at a time",
        "`pgbench -N` on the same PostgreSQL",
        f"{MEMBERS} members of {GROUPS} prepaid groups in one process, one item a call: licence, ledger, statistics"
        f" and events in one transaction; pgbench has {pgbench.CLIENTS} clients, scale {pgbench.SCALE}, and one"
        " transaction of two writes",
        [Figure("licences/s against transactions/s", ours, theirs, RATE)],
    )


async def _fill(shop: Shop) -> tuple[list[Licensee], list[int]]:
    seller = await shop.accounts.add("sellers", "licences@bench.example", "Stock", "a long password")
    async with shop.db.pool.acquire() as connection:
        plain: asyncpg.Connection = connection
        async with plain.transaction():
            await stock_goods.fill(plain, seller, ITEMS)
    rows = await shop.db.fetch(
        "select id from items where type = 'image' and width >= 3000 and collection <> 'premium'"
    )
    licensees = []
    for place in range(GROUPS):
        group = await shop.groups.add(NewGroup(company=f"Bench {place}"))
        await shop.invoices.refill(group.id, BALANCE)
        type_id = await shop.licence_types.add(group.id, "Standard", "image", {"s-2015": PRICE}, {})
        for number in range(MEMBERS // GROUPS):
            login, rights = f"bench-{place}-{number}", set(MemberRight)
            email = f"{login}@bench.example"
            id = await shop.members.add(group.id, login, email, "a long password", {}, rights)
            licensees.append(Licensee(MemberRef(id, group.id, frozenset(rights)), type_id))
    await shop.db.execute("vacuum analyze")
    return licensees, [row["id"] for row in rows]


async def _license(shop: Shop, licensees: list[Licensee], items: list[int], seconds: int) -> float:
    issued = 0
    began = time.perf_counter()
    end = began + seconds

    async def go_on(place: int, who: Licensee) -> None:
        nonlocal issued
        while time.perf_counter() < end:
            place = (place + 7) % len(items)
            wanted = Wanted(items[place], who.licence_type_id, "s-2015")
            [outcome] = await shop.licences.issue(who.member, [wanted], Fields())
            if outcome.licence_id is None:
                raise BenchFailed(f"nothing was licensed: {outcome.problem}")
            issued += 1

    await asyncio.gather(*(go_on(97 * place, who) for place, who in enumerate(licensees)))
    return issued / (time.perf_counter() - began)


async def _check(shop: Shop, licensees: list[Licensee]) -> None:
    for group_id in {who.member.group_id for who in licensees}:
        group = await shop.groups.get(group_id)
        issued = await shop.db.value("select count(*) from licences where group_id = $1", group_id)
        left = (await shop.groups.money(group)).available
        if left != BALANCE - issued * PRICE:
            raise BenchFailed(f"group {group_id} has {issued} licences, but a balance of {left}")
