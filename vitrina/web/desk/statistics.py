"""Statistics of the whole shop: figures and plots of a period, what sold best, and every day as CSV."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from ...store.turnover import Turnover
from ..periods import PERIODS, Period
from ..plots import bars, columns
from ..tables import Cell, table_answer
from ..visit import Answer, Visit

BEST = 10
SHOP_CURRENCY = "RUB"
_COLUMNS = (
    *("day", "currency", "orders", "revenue", "refunds", "commission", "buyers", "licences", "licensed"),
)
_SUMS = ("orders", "revenue", "refunds", "commission", "buyers", "licences", "licensed")


async def page(visit: Visit) -> Answer:
    period = Period.read(visit.query, visit.shop.clock().date())
    turnover = visit.shop.turnover
    found = await turnover.by_day(period.since, period.until)
    offers, sellers = await turnover.best(period.since, period.until, BEST)
    return visit.page(
        "desk/statistics.html",
        period=period,
        periods=PERIODS,
        totals=totals_of(found),
        days=_table(found),
        plots=[_plot(found, period, currency, name) for currency, name in _plotted(found)],
        offers=offers,
        offer_bars=bars([offer.revenue for offer in offers]),
        sellers=sellers,
        seller_bars=bars([seller.revenue for seller in sellers]),
        counted_at=await turnover.counted_at(),
        shop_currency=SHOP_CURRENCY,
    )


def totals_of(found: list[Turnover]) -> dict[str, dict[str, int]]:
    """Sums by currency, that of the shop first."""
    currencies = sorted(
        {day.currency for day in found} | {SHOP_CURRENCY}, key=lambda one: one != SHOP_CURRENCY
    )
    return {
        currency: {
            name: sum(getattr(day, name) for day in found if day.currency == currency) for name in _SUMS
        }
        for currency in currencies
    }


def plot_of(found: list[Turnover], days: list[date], currency: str, name: str) -> dict[str, Any]:
    """A plot with what its title and its bars say."""
    by_day = {day.day: getattr(day, name) for day in found if day.currency == currency}
    values = [by_day.get(day, 0) for day in days]
    money = name in ("revenue", "licensed")
    drawn = columns([max(0, value) for value in values], unit=100 if money else 1)
    told = list(zip(days, values, strict=True))
    return {"drawn": drawn, "name": name, "currency": currency, "money": money, "told": told}


def _plot(found: list[Turnover], period: Period, currency: str, name: str) -> dict[str, Any]:
    return plot_of(found, period.each(), currency, name)


def _plotted(found: list[Turnover]) -> list[tuple[str, str]]:
    licensed = sorted({day.currency for day in found if day.licences})
    return [
        (SHOP_CURRENCY, "revenue"),
        (SHOP_CURRENCY, "orders"),
        (SHOP_CURRENCY, "buyers"),
        *((currency, "licensed") for currency in licensed),
    ]


def _table(found: list[Turnover]) -> list[Turnover]:
    return list(reversed(found))


async def table(visit: Visit) -> Answer:
    """Every day in every currency as CSV."""
    period = Period.read(visit.query, visit.shop.clock().date())
    words = visit.words

    async def rows() -> AsyncIterator[list[list[Cell]]]:
        yield [[words.of("turnover", name) for name in _COLUMNS]]
        yield [
            [
                *(day.day, day.currency, day.orders, day.revenue / 100, day.refunds / 100),
                *(day.commission / 100, day.buyers, day.licences, day.licensed / 100),
            ]
            for day in await visit.shop.turnover.by_day(period.since, period.until)
        ]

    return await table_answer(visit, f"statistics-{period.since}-{period.until}", rows())
