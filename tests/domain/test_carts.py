"""Carts: what keeps a line from being licensed, bounds, and two presses at the same moment."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.domain import stock
from tests.domain.conftest import done_during
from vitrina.domain.access import MemberRight
from vitrina.domain.carts import MOST_LINES, sight_of
from vitrina.domain.problems import (
    BalanceTooLow,
    CartChanged,
    CartFull,
    LicenceTypeNotFound,
    MemberRightMissing,
    SizeNotOpen,
)
from vitrina.domain.shop import Shop
from vitrina.store.licences import Fields


async def test_two_windows_charge_once(shop: Shop) -> None:
    """Whoever presses in two windows at once, each with its own key, licenses what was in the cart one time."""
    member, type, item = await stock.terms(shop)
    await shop.carts.put(member, stock.wanted(item, type))
    quote = await shop.carts.quote(member)
    assert quote
    pressed = [shop.carts.license(member, sight_of(quote), Fields(), key) for key in ("one", "other")]
    done = await asyncio.gather(*pressed, return_exceptions=True)
    assert sorted(one.__class__.__name__ for one in done) == ["CartChanged", "list"]
    assert len((await shop.licences.held(member, [item]))[item]) == 1
    assert quote.balance_after == 100_000 - 1000


async def test_a_cart_is_charged_as_confirmed_or_not_at_all(shop: Shop) -> None:
    """Though a colleague spends the group's money, and an operator raises a price, at the very same moment."""
    member, type, item = await stock.terms(shop)
    colleague = await stock.member(shop, member.group_id)
    lines = [stock.wanted(one, type) for one in (item, await stock.item(shop, await stock.author(shop)))]
    for line in lines:
        await shop.carts.put(member, line)

    async def pressed_during(change: Coroutine[Any, Any, object]) -> None:
        quote = await shop.carts.quote(member)
        assert quote
        await done_during(shop, change, shop.carts.license(member, sight_of(quote), Fields(), "key"))

    open_type = await shop.licence_types.get(member.group_id, type)
    dearer = {size: price + 1 for size, price in open_type.sizes.items()}
    raised = shop.licence_types.set_prices(member.group_id, type, dearer, open_type.options)
    with pytest.raises(CartChanged):
        await pressed_during(raised)
    much = [lines[0]] * (100_000 // dearer["s-2015"] - 1)  # what is left is enough for one line, not for two
    with pytest.raises(BalanceTooLow):
        await pressed_during(shop.licences.issue(colleague, much, Fields()))
    assert len(await shop.carts.lines(member)) == 2
    held = await shop.licences.held(member, [line.item_id for line in lines])
    assert {licence.member_id for some in held.values() for licence in some} == {colleague.id}


async def test_a_repeated_key_answers_the_same(shop: Shop) -> None:
    """The first answer again, also after the cart was filled anew; nobody else gets it."""
    member, type, item = await stock.terms(shop)
    colleague = await stock.member(shop, member.group_id)
    await shop.carts.put(member, stock.wanted(item, type))
    quote = await shop.carts.quote(member)
    assert quote
    first = await shop.carts.license(member, sight_of(quote), Fields(), "key")
    await shop.carts.put(member, stock.wanted(item, type))
    assert await shop.carts.license(member, sight_of(quote), Fields(), "key") == first
    assert await shop.carts.licensed(member, "key") == first
    assert await shop.carts.licensed(colleague, "key") is None
    assert len(await shop.carts.lines(member)) == 1


async def test_what_cannot_be_licensed_stays(shop: Shop) -> None:
    """A line whose licence type was closed, or whose item left the shop, is told and stands in nobody's way."""
    member, type, item = await stock.terms(shop)
    other_type = await stock.licence_type(shop, member.group_id)
    author = await stock.author(shop)
    gone, closed = await stock.item(shop, author), await stock.item(shop, author)
    for line in (
        stock.wanted(gone, type),
        stock.wanted(closed, other_type),
        stock.wanted(item, type, "xl-2015", 3),
    ):
        await shop.carts.put(member, line)
    await shop.db.execute("update items set status = 'inactive' where id = $1", gone)
    await shop.licence_types.close(member.group_id, other_type)
    quote = await shop.carts.quote(member)
    assert quote
    problems = {row.wanted.item_id: row.problem.code if row.problem else None for row in quote.rows}
    assert problems == {gone: "item_not_found", closed: "licence_type_not_found", item: None}
    assert quote.total == 4000 + 500 + 700
    done = await shop.carts.license(member, sight_of(quote), Fields(project="Atlas"), "key")
    assert [one.wanted.item_id for one in done] == [item]
    assert {line.item_id for line in await shop.carts.lines(member)} == {gone, closed}
    with pytest.raises(CartChanged):
        await shop.carts.license(member, sight_of(quote), Fields(), "another key")


async def test_only_what_can_be_had_gets_in(shop: Shop) -> None:
    """A line is checked when it is put in; a cart has an end; one of an item takes the other's place."""
    member, type, item = await stock.terms(shop)
    viewer = await stock.member(shop, member.group_id, MemberRight.LOG_IN)
    with pytest.raises(MemberRightMissing):
        await shop.carts.put(viewer, stock.wanted(item, type))
    with pytest.raises(SizeNotOpen):
        await shop.carts.put(member, stock.wanted(item, type, "l-2015"))
    with pytest.raises(LicenceTypeNotFound):
        await shop.carts.put(member, stock.wanted(item, type + 1000))
    author = await stock.author(shop)
    for _ in range(MOST_LINES):
        some = await stock.item(shop, author)
        row = (member.id, some, type)
        await shop.db.execute("insert into cart_lines values ($1, $2, $3, 's-2015', 0, now())", *row)
    with pytest.raises(CartFull):
        await shop.carts.put(member, stock.wanted(item, type))
    await shop.carts.put(member, stock.wanted(some, type, "xl-2015"))
    assert [line.size for line in await shop.carts.lines(member) if line.item_id == some] == ["xl-2015"]
    assert len(await shop.carts.lines(member)) == MOST_LINES
