"""Totals of a seller: views and sales by day. Sales are counted as they happen, views a moment later, in bulk."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta

import structlog

from ..store.database import Database
from ..store.totals import DayTotals, OfferDay, OfferTotals, TotalsStore
from .access import Seller
from .clock import Clock
from .problems import invalid

MOST_DAYS = 1000
LATE = timedelta(hours=1)  # a day is over when nothing that began on it can still be under way
ROWS_AT_ONCE = 1000
_log = structlog.get_logger(__name__)


class Totals:
    """Counts views and reads what the days brought."""

    def __init__(self, db: Database, store: TotalsStore, clock: Clock) -> None:
        self._db = db
        self._store = store
        self._clock = clock
        self._seen: dict[tuple[int, int], int] = {}
        self._writing: asyncio.Task[None] | None = None

    def saw(self, seller_id: int, offer_id: int) -> None:
        """Somebody looked at an offer. Written at once if nothing is being written, else with the next lot."""
        place = (seller_id, offer_id)
        self._seen[place] = self._seen.get(place, 0) + 1
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._seen:
                seen, self._seen = self._seen, {}
                views = [(seller, offer, count) for (seller, offer), count in seen.items()]
                await self._store.add_views(views, self._clock())
        except Exception as error:  # a view that is not counted is no reason to fail anything
            _log.warning("views were not counted", exc_info=error)
        finally:
            self._writing = None

    async def by_day(
        self, seller: Seller, since: date | None, until: date | None, offer_id: int | None = None
    ) -> list[DayTotals]:
        """Days (UTC) on which anything happened, from `since` to and with `until`; the last 30 if not said."""
        last = until or self._clock().date()
        first = since or date.fromordinal(max(1, last.toordinal() - 29))
        if (last - first).days >= MOST_DAYS:
            raise invalid("since", f"ask for at most {MOST_DAYS} days at a time")
        return await self._store.by_day(seller.id, offer_id, first, day_after(last))

    async def by_offer(self, seller: Seller, since: date, until: date, most: int) -> list[OfferTotals]:
        """What each offer brought from `since` to and with `until`; the best first."""
        return await self._store.by_offer(seller.id, since, day_after(until), most)

    async def all(self, seller: Seller, since: date, until: date) -> AsyncIterator[list[OfferDay]]:
        """Every day of every offer on which anything happened, some at a time."""
        after = (since, 0)
        while rows := await self._store.days_behind(seller.id, since, day_after(until), after, ROWS_AT_ONCE):
            yield rows
            after = (rows[-1].day, rows[-1].offer_id)

    async def sum_up(self) -> int:
        """Sum the days and months that are over; how many days of sellers. Run by schedule."""
        async with self._db.transaction():
            return await self._store.sum_up((self._clock() - LATE).date())

    async def close(self) -> None:
        if self._writing:
            await asyncio.wait([self._writing], timeout=5)


def day_after(day: date) -> date:
    """The next one, if there is one."""
    return day if day == date.max else day + timedelta(days=1)
