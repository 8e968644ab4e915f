"""Sales and views: figures and plots of a period, by day and by offer, and all of it as CSV."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import msgspec

from ...store.totals import DayTotals
from ..forms import Form
from ..plots import bars, columns
from ..tables import Cell, table_answer
from ..visit import Answer, Visit

PERIODS = (7, 30, 90, 365)
MOST_DAYS = 366
MOST_OFFERS = 10
_COLUMNS = ("day", "offer", "title", "views", "sold", "revenue", "earned", "refunded")


class Period(msgspec.Struct, frozen=True):
    """Days (UTC), both ends with it; `days` where it is one of those that can be chosen by a press."""

    since: date
    until: date
    days: int | None

    @classmethod
    def read(cls, query: Form, today: date) -> "Period":
        """The period that the address asks for; what cannot be read is the last 30 days."""
        since, until = _day(query.get("since")), _day(query.get("until"))
        if since or until:
            last = until or today
            first = since or last - timedelta(days=29)
            if first > last:
                first, last = last, first
            return cls(max(first, last - timedelta(days=MOST_DAYS - 1)), last, None)
        days = next((days for days in PERIODS if query.get("days") == str(days)), 30)
        return cls(today - timedelta(days=days - 1), today, days)

    def each(self) -> list[date]:
        return [self.since + timedelta(days=step) for step in range((self.until - self.since).days + 1)]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2200, 1, 1) else None


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
