"""Licensing: prices, balances, several items at once, and nothing charged that was not licensed."""

import asyncio
import re

import pytest

from tests.domain.stock import author, group, item, licence_type, member, terms, wanted
from vitrina.domain.access import MemberRight
from vitrina.domain.problems import (
    BalanceTooLow,
    Invalid,
    ItemNotFound,
    LicenceNotFound,
    LicenceTypeNotFound,
    MemberRightMissing,
    SizeNotOpen,
)
from vitrina.domain.shop import Shop
from vitrina.store.licences import Fields


async def balance(shop: Shop, group_id: int) -> int:
    return (await shop.groups.money(await shop.groups.get(group_id))).balance


async def test_a_licence_costs_its_size_and_options(shop: Shop) -> None:
    """The price is that of the size plus that of each chosen option, and the prepaid balance pays it."""
    who, type_id, item_id = await terms(shop, 10_000)
    (done,) = await shop.licences.issue(who, [wanted(item_id, type_id, "s-2015", 1 + 16)], Fields())
    assert done.licence_id
    licence = await shop.licences.get(who, done.licence_id)
    assert (licence.price, licence.options) == (1000 + 500 + 2500, [(1, 500), (16, 2500)])
    assert await balance(shop, who.group_id) == 6_000


async def test_each_item_has_its_own_outcome(shop: Shop) -> None:
    """What cannot be licensed names its reason and costs nothing; the rest is licensed."""
    who, type_id, item_id = await terms(shop)
    video = await item(shop, await author(shop), type="video")
    small = await item(shop, await author(shop), width=300, height=200)
    asked = [
        (item_id, "s-2015"),
        (10**15, "s-2015"),
        (video, "s-2015"),
        (small, "s-2015"),
        (item_id, "xl-2015"),
    ]
    outcomes = await shop.licences.issue(who, [wanted(id, type_id, size) for id, size in asked], Fields())
    assert [type(one.problem) for one in outcomes] == [
        type(None),
        ItemNotFound,
        SizeNotOpen,
        SizeNotOpen,
        type(None),
    ]
    assert await balance(shop, who.group_id) == 100_000 - 1000 - 4000


async def test_the_balance_never_falls_below_nothing(shop: Shop) -> None:
    """Forty calls at once for ten affordable licences: ten succeed, and the balance is exactly spent."""
    who, type_id, item_id = await terms(shop, 10_000)
    calls = [shop.licences.issue(who, [wanted(item_id, type_id)], Fields()) for _ in range(40)]
    outcomes = [one for (one,) in await asyncio.gather(*calls)]
    assert sum(one.licence_id is not None for one in outcomes) == 10
    assert {type(one.problem) for one in outcomes} == {type(None), BalanceTooLow}
    assert await balance(shop, who.group_id) == 0


async def test_one_call_spends_no_more_than_there_is(shop: Shop) -> None:
    """Within one call the first that are affordable are licensed, the others are not."""
    who, type_id, item_id = await terms(shop, 2_500)
    outcomes = await shop.licences.issue(who, [wanted(item_id, type_id)] * 4, Fields())
    assert [one.licence_id is not None for one in outcomes] == [True, True, False, False]


async def test_a_credit_line_goes_below_nothing(shop: Shop) -> None:
    """So far and no further."""
    who, type_id, item_id = await terms(shop, 500, credit_line=1_500)
    outcomes = await shop.licences.issue(who, [wanted(item_id, type_id)] * 3, Fields())
    assert [one.licence_id is not None for one in outcomes] == [True, True, False]
    assert await balance(shop, who.group_id) == -1_500


async def test_a_postpaid_group_owes(shop: Shop) -> None:
    """Nothing is asked of a balance; what is licensed adds to what the group owes."""
    who, type_id, item_id = await terms(shop, postpaid=True)
    await shop.licences.issue(who, [wanted(item_id, type_id)] * 3, Fields())
    assert await shop.ledger.balance(f"receivable:{who.group_id}", "USD") == 3_000


async def test_licensing_needs_the_right(shop: Shop) -> None:
    """A member without it is refused, and nothing happens."""
    who, type_id, item_id = await terms(shop)
    other = await member(shop, who.group_id, MemberRight.LOG_IN)
    with pytest.raises(MemberRightMissing):
        await shop.licences.issue(other, [wanted(item_id, type_id)], Fields())
    assert await balance(shop, who.group_id) == 100_000


async def test_licence_types_are_the_groups_own(shop: Shop) -> None:
    """Another group's, a closed and an unknown one fail the whole call."""
    who, type_id, item_id = await terms(shop)
    strange = await licence_type(shop, await group(shop))
    closed = await licence_type(shop, who.group_id)
    await shop.licence_types.close(who.group_id, closed)
    for id in (strange, closed, 10**12):
        with pytest.raises(LicenceTypeNotFound):
            await shop.licences.issue(who, [wanted(item_id, type_id), wanted(item_id, id)], Fields())
    assert await balance(shop, who.group_id) == 100_000


@pytest.mark.parametrize("options", [-1, 32])
async def test_options_are_a_sum_of_known_ones(shop: Shop, options: int) -> None:
    """Anything else is refused."""
    who, type_id, item_id = await terms(shop)
    with pytest.raises(Invalid):
        await shop.licences.issue(who, [wanted(item_id, type_id, "s-2015", options)], Fields())


async def test_an_option_without_a_price_is_closed(shop: Shop) -> None:
    """The group was not offered it."""
    who, type_id, item_id = await terms(shop)
    (one,) = await shop.licences.issue(who, [wanted(item_id, type_id, "s-2015", 8)], Fields())
    assert re.search("option 8", str(one.problem))


async def test_nobody_sees_another_groups_licences(shop: Shop) -> None:
    """They are not found and not listed."""
    who, type_id, item_id = await terms(shop)
    (done,) = await shop.licences.issue(who, [wanted(item_id, type_id)], Fields())
    stranger = await member(shop, await group(shop))
    with pytest.raises(LicenceNotFound):
        await shop.licences.get(stranger, done.licence_id or 0)
    assert await shop.licences.page(stranger) == ([], 0)


async def test_a_quote_tells_price_balance_and_what_is_held(shop: Shop) -> None:
    """And charges nothing."""
    who, type_id, item_id = await terms(shop, 5_000)
    fields = Fields(project="Spring")
    await shop.licences.issue(who, [wanted(item_id, type_id)], fields)
    quote = await shop.licences.quote(who, [wanted(item_id, type_id, "xl-2015"), wanted(10**15, type_id)])
    assert (quote.total, quote.balance_after) == (4000, 0)
    assert [licence.project for licence in quote.rows[0].held] == ["Spring"]
    assert isinstance(quote.rows[1].problem, ItemNotFound)
    assert await balance(shop, who.group_id) == 4_000


async def test_the_ledger_of_licensing_is_balanced(shop: Shop) -> None:
    """Payer, author and the shop's commission add up to nothing; what members did is counted."""
    who, type_id, item_id = await terms(shop)
    await shop.licences.issue(who, [wanted(item_id, type_id)] * 2, Fields())
    rows = await shop.db.fetch("select transaction_id, sum(amount) as total from ledger_entries group by 1")
    assert {row["total"] for row in rows} == {0}
    stats = await shop.statistics.by_member(who, [who.id], None, None)
    assert stats[who.id].licensed == 2
