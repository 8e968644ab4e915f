"""What the group did: licences, test copies and transfers of a period, by day and by member, and all of it as CSV."""

from collections.abc import AsyncIterator

from ...store.statistics import Counts
from ..periods import PERIODS, Period
from ..plots import bars, columns
from ..tables import Cell, table_answer
from ..visit import Answer, Visit

MOST_MEMBERS = 50
KINDS = ("licensed", "comps", "transferred")
_COLUMNS = ("day", "member", *KINDS)


async def page(visit: Visit) -> Answer:
    period = Period.read(visit.query, visit.shop.clock().date())
    statistics = visit.shop.statistics
    found = await statistics.days(visit.member, period.since, period.until)
    days = [(day, found.get(day, Counts())) for day in period.each()]
    members = await statistics.busiest(visit.member, period.since, period.until, MOST_MEMBERS)
    return visit.page(
        "console/statistics.html",
        period=period,
        periods=PERIODS,
        kinds=KINDS,
        sums={kind: sum(getattr(counts, kind) for _, counts in days) for kind in KINDS},
        plots={kind: columns([getattr(counts, kind) for _, counts in days]) for kind in KINDS},
        days=days,
        busy=[(day, counts) for day, counts in reversed(days) if day in found],
        members=members,
        shares=bars([member.counts.licensed for member in members]),
        most=MOST_MEMBERS,
    )


async def table(visit: Visit) -> Answer:
    """Every day of every member in the period as CSV."""
    period = Period.read(visit.query, visit.shop.clock().date())
    words = visit.words

    async def rows() -> AsyncIterator[list[list[Cell]]]:
        yield [[words.of("statistics_columns", name) for name in _COLUMNS]]
        async for days in visit.shop.statistics.all(visit.member, period.since, period.until):
            yield [[day.day, day.username, *(getattr(day.counts, kind) for kind in KINDS)] for day in days]

    return await table_answer(visit, f"statistics-{period.since}-{period.until}", rows())
