"""The operator's desk's first page: what needs somebody, and how the shop does."""

from datetime import timedelta

from ..visit import Answer, Visit
from .health import LITTLE, free_room
from .statistics import SHOP_CURRENCY, plot_of, totals_of

MOST_COUNTED = 1000
DAYS = 30


async def home(visit: Visit) -> Answer:
    shop, today = visit.shop, visit.shop.clock().date()
    since = today - timedelta(days=DAYS - 1)
    found = await shop.turnover.by_day(since, today)
    failed_jobs, failed_works = await shop.queue.failed_count(MOST_COUNTED)
    free, _ = free_room(visit.settings)
    days = [since + timedelta(days=step) for step in range(DAYS)]
    return visit.page(
        "desk/home.html",
        waiting=sum((await shop.moderation.counts(MOST_COUNTED)).values()),
        failed_jobs=failed_jobs,
        failed_works=failed_works,
        unpaid=await shop.attention.unpaid_invoices(MOST_COUNTED),
        refused=await shop.attention.refused_refunds(MOST_COUNTED),
        free=free if free < LITTLE else None,
        states=await shop.health.states(),
        today=totals_of([day for day in found if day.day == today]),
        month=totals_of(found),
        shop_currency=SHOP_CURRENCY,
        plot=plot_of(found, days, SHOP_CURRENCY, "revenue"),
        counted_at=await shop.turnover.counted_at(),
        most_counted=MOST_COUNTED,
    )
