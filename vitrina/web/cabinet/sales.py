"""Sales and views: figures and plots of a period, by day and by offer, and all of it as CSV."""

from collections.abc import AsyncIterator

from ...store.totals import DayTotals
from ..periods import PERIODS, Period
from ..plots import bars, columns
from ..tables import Cell, table_answer
from ..visit import Answer, Visit

MOST_OFFERS = 10
_COLUMNS = ("day", "offer", "title", "views", "sold", "revenue", "earned", "refunded")


async def page(visit: Visit) -> Answer:
    period = Period.read(visit.query, visit.shop.clock().date())
    totals, seller = visit.shop.totals, visit.seller
    found = {day.day: day for day in await totals.by_day(seller, period.since, period.until)}
    days = [found.get(day) or DayTotals(day, 0, 0, 0, 0, 0) for day in period.each()]
    offers = await totals.by_offer(seller, period.since, period.until, MOST_OFFERS)
    return visit.page(
        "cabinet/sales.html",
        period=period,
        periods=PERIODS,
        days=days,
        busy=[day for day in reversed(days) if day.day in found],
        offers=offers,
        sold=sum(day.sold for day in days),
        views=sum(day.views for day in days),
        earned=sum(day.earned for day in days),
        refunded=sum(day.refunded for day in days),
        earned_plot=columns([day.earned for day in days], unit=100),
        views_plot=columns([day.views for day in days]),
        offers_plot=bars([offer.earned for offer in offers]),
    )


async def table(visit: Visit) -> Answer:
    """Every day of every offer in the period as CSV."""
    period = Period.read(visit.query, visit.shop.clock().date())
    words = visit.words

    async def rows() -> AsyncIterator[list[list[Cell]]]:
        yield [[words.of("sale_columns", name) for name in _COLUMNS]]
        async for days in visit.shop.totals.all(visit.seller, period.since, period.until):
            yield [
                [
                    *(day.day, day.offer_id, day.title, day.views, day.sold),
                    *(day.revenue / 100, day.earned / 100, day.refunded / 100),
                ]
                for day in days
            ]

    return await table_answer(visit, f"sales-{period.since}-{period.until}", rows())
