"""Whatever many members do at once, in whatever order, the books of their groups are right."""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.domain.conftest import OpenShop, Wall
from tests.domain.licensing import (
    ITEMS,
    MEMBERS,
    Action,
    BillMonths,
    Cancel,
    Invoice,
    License,
    PassOn,
    Pay,
    Refill,
    TakeCopy,
    World,
    attempt,
    new_world,
)
from vitrina.domain.shop import Shop

WHO = st.integers(0, MEMBERS - 1)
PICK = st.integers(0, 40)
PICKS = st.lists(PICK, min_size=1, max_size=4).map(tuple)
ITEM = st.integers(0, ITEMS - 1)
SIZE = st.sampled_from(["s-2015", "s-2015", "xl-2015", "m-2015"])  # the last has no price
OPTIONS = st.sampled_from([0, 0, 1, 3, 19, 8])  # so has the last
KEY = st.sampled_from(["", "", "first", "second", "third"])
WANTED = st.lists(st.tuples(ITEM, SIZE, OPTIONS), min_size=1, max_size=4).map(tuple)
LICENSE = st.builds(License, WHO, WANTED, KEY)
ACTION = st.one_of(
    LICENSE,
    LICENSE,
    st.builds(PassOn, WHO, PICKS),
    st.builds(Invoice, WHO, PICKS),
    st.builds(Invoice, WHO, PICKS),
    st.builds(TakeCopy, WHO, ITEM),
    st.builds(Refill, st.integers(1, 6_000), st.booleans()),
    st.builds(Pay, PICK),
    st.builds(Cancel, PICK),
    st.builds(BillMonths),
)
AT_ONCE = st.lists(ACTION, min_size=1, max_size=10)


NO_SHRINKING = set(Phase) - {Phase.shrink}  # with a real database it takes longer than a test may
ROUNDS = st.lists(st.tuples(AT_ONCE, st.integers(0, 20)), min_size=1, max_size=6)  # with the days after each


@pytest.fixture
async def busy(open_more: OpenShop) -> Shop:
    """A shop that does many things at once."""
    return await open_more(connections=12)


@given(rounds=ROUNDS, balance=st.integers(0, 20_000))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
async def test_the_books_are_right(
    busy: Shop, clock: Wall, rounds: list[tuple[list[Action], int]], balance: int
) -> None:
    """Refills, licences, test copies, transfers, invoices, payments, cancellations and monthly bills at once."""
    world = await new_world(busy, balance)
    for actions, days in rounds:
        await asyncio.gather(*(attempt(action, world) for action in actions))
        clock.forward(days=days)
    assert await world.broken() == []
    assert await untrue(world) == []
    clock.forward(days=40)
    await asyncio.gather(*(busy.invoices.bill_months() for _ in range(2)))
    assert await world.broken() == []
    assert await not_billed(world) == []


async def untrue(world: World) -> list[str]:
    """What is not as members were told."""
    groups = list(world.types)
    rows = await world.shop.db.fetch("select id, transfer_id from licences where group_id = any($1)", groups)
    wrong = []
    if Counter(world.licensed) != Counter(row["id"] for row in rows):
        wrong.append(f"licensed are {len(rows)}, members were told of {len(world.licensed)}")
    if Counter(world.passed_on) != Counter(row["id"] for row in rows if row["transfer_id"] is not None):
        wrong.append(f"passed on, as members were told: {world.passed_on}")
    if differing := [key for key, answers in world.answers.items() if len(answers) > 1]:
        wrong.append(f"keys with more than one answer: {differing}")
    rows = await world.shop.db.fetch(
        "select id from invoices where group_id = any($1) and state <> 'cancelled'", groups
    )
    living = {row["id"] for row in rows}
    on = Counter(id for invoice, ids in world.invoiced if invoice in living for id in set(ids))
    if twice := [id for id, count in on.items() if count > 1]:
        wrong.append(f"licences on two living invoices: {twice}")
    return wrong


async def not_billed(world: World) -> list[int]:
    """Licences of the postpaid group that stand on no living invoice after the end of their month."""
    rows = await world.shop.db.fetch(
        "select l.id from licences l left join invoices i on i.id = l.invoice_id and i.state <> 'cancelled'"
        " where l.group_id = any($1) and not l.prepaid and i.id is null",
        list(world.types),
    )
    return [row["id"] for row in rows]
