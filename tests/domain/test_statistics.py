"""Statistics: sums over any span are those of its hours, however they are put together."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.domain import stock
from vitrina.domain.shop import Shop
from vitrina.store.statistics import StatisticsStore

BEGIN = datetime(2026, 2, 27, 22, 30, tzinfo=UTC)
EVERY = timedelta(hours=5, minutes=10)
TIMES = [BEGIN + EVERY * n for n in range(30)]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (timedelta(0), timedelta(days=9)),
        (timedelta(hours=1, minutes=30), timedelta(days=3, hours=1)),  # from midnight
        (timedelta(hours=2), timedelta(days=3, hours=1, minutes=30)),  # to midnight
        (timedelta(hours=3), timedelta(hours=20)),  # within a day
        (timedelta(hours=12), timedelta(hours=36)),  # over midnight, but no whole day
        (timedelta(days=-3), timedelta(days=400)),
        (timedelta(days=2), timedelta(days=2)),
        (timedelta(days=3), timedelta(days=1)),
    ],
)
async def test_totals_of_spans(shop: Shop, since: timedelta, until: timedelta) -> None:
    """Each hour that begins within the span counts, the one that the span begins in too; members apart."""
    member = await stock.member(shop, await stock.group(shop))
    other = await stock.member(shop, member.group_id)
    item_id = await stock.item(shop, await stock.author(shop))
    store = StatisticsStore(shop.db)
    for at in TIMES:
        await store.count("comps", member.group_id, member.id, [item_id], at)
    await store.count("licensed", member.group_id, other.id, [item_id, item_id], TIMES[9])
    start = (BEGIN + since).replace(minute=0)
    expected = sum(start <= at.replace(minute=0) <= BEGIN + until for at in TIMES)
    moscow = timezone(timedelta(hours=3))
    counts = await shop.statistics.total(
        member, member.id, (BEGIN + since).astimezone(moscow), (BEGIN + until).astimezone(moscow)
    )
    assert (counts.comps, counts.licensed) == (expected, 0)
    of_all = await shop.statistics.total(member, None, BEGIN + since, BEGIN + until)
    inside = start <= TIMES[9].replace(minute=0) <= BEGIN + until
    assert (of_all.comps, of_all.licensed) == (expected, 2 * inside)


async def test_a_list_of_hours_begins_with_the_one_that_is_asked_from(shop: Shop) -> None:
    """Whoever asks from the middle of an hour sees it whole, as in the total."""
    member = await stock.member(shop, await stock.group(shop))
    item_id = await stock.item(shop, await stock.author(shop))
    at = datetime(2026, 2, 27, 9, 45, tzinfo=UTC)
    await StatisticsStore(shop.db).count("licensed", member.group_id, member.id, [item_id], at)
    since, until = at.replace(minute=30), at + timedelta(hours=1)
    slots, count = await shop.statistics.dates(member, None, since, until, 0, 10)
    assert ([slot.start for slot in slots], count) == ([at.replace(minute=0)], 1)
    assert (await shop.statistics.total(member, None, since, until)).licensed == 1
