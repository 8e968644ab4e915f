"""Turnover: what the shop sold, licensed and gave back by day, and what sold best; for operators."""

from datetime import date, datetime

from ..store.database import Database
from ..store.turnover import Best, Turnover, TurnoverStore
from .clock import Clock
from .totals import day_after

LOT = 20_000  # events


class ShopTurnover:
    """Follows the event log, so that no sale waits for a sum, and reads what the days brought."""

    def __init__(self, db: Database, store: TurnoverStore, clock: Clock) -> None:
        self._db = db
        self._store = store
        self._clock = clock

    async def follow(self) -> int:
        """Add up what has happened since the last time; how many lots of events. Run by schedule."""
        lots = 0
        while await self._follow_some():
            lots += 1
        return lots

    async def _follow_some(self) -> bool:
        async with self._db.transaction():
            now = self._clock()
            place = await self._store.hold_place()
            if place is None:
                return False
            last = await self._store.next_place(place, LOT)
            if last is not None:
                await self._store.add(place, last)
            await self._store.keep_place(last or place, now)
            return last is not None

    async def by_day(self, since: date, until: date) -> list[Turnover]:
        """Days on which anything happened, by currency, oldest first, both ends included."""
        return await self._store.by_day(since, until)

    async def best(self, since: date, until: date, most: int) -> tuple[list[Best], list[Best]]:
        """Offers that brought most, and sellers whose offers did; both ends included."""
        return await self._store.best(since, day_after(until), most)

    async def counted_at(self) -> datetime | None:
        """Up to when everything is in the sums."""
        return await self._store.counted_at()
