"""Statistics of a group: test copies, licences and transfers, from totals that are kept on write."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

from ..store.statistics import Counts, MemberCounts, MemberDay, Slot, StatisticsStore
from .access import MemberRef

BY_HOUR = timedelta(hours=48)
ROWS_AT_ONCE = 1000


class Statistics:
    """Reads what members did."""

    def __init__(self, store: StatisticsStore) -> None:
        self._store = store

    async def by_member(
        self, member: MemberRef, member_ids: list[int], since: datetime | None, until: datetime | None
    ) -> dict[int, Counts]:
        """Sums of members of the caller's group over whole days."""
        return await self._store.by_member(member.group_id, member_ids, since, until)

    async def dates(
        self,
        member: MemberRef,
        member_id: int | None,
        since: datetime,
        until: datetime,
        skip: int,
        take: int,
    ) -> tuple[list[Slot], int]:
        """Hours of a span up to 48 hours, days of a longer one; those without anything are left out."""
        by_hour = until - since <= BY_HOUR
        return await self._store.slots(
            member.group_id, member_id, since, until, by_hour=by_hour, skip=skip, take=take
        )

    async def total(
        self, member: MemberRef, member_id: int | None, since: datetime, until: datetime
    ) -> Counts:
        """Sums over a span."""
        return await self._store.total(member.group_id, member_id, since, until)

    async def items(
        self, member_id: int, since: datetime, until: datetime, skip: int, take: int
    ) -> tuple[list[tuple[int, Counts]], int]:
        """What a member did item by item, the busiest item first, and how many items."""
        return await self._store.items(member_id, since, until, skip, take)

    async def days(self, member: MemberRef, since: date, until: date) -> dict[date, Counts]:
        """Days (UTC) on which the group did anything, from `since` to and with `until`."""
        return await self._store.days(member.group_id, since, until)

    async def busiest(self, member: MemberRef, since: date, until: date, most: int) -> list[MemberCounts]:
        """What members of the group did from `since` to and with `until`; those who licensed most first."""
        return await self._store.busiest(member.group_id, since, until, most)

    async def all(self, member: MemberRef, since: date, until: date) -> AsyncIterator[list[MemberDay]]:
        """Every day of every member on which they did anything, some at a time."""
        after = (since, 0)
        while rows := await self._store.days_behind(member.group_id, since, until, after, ROWS_AT_ONCE):
            yield rows
            after = (rows[-1].day, rows[-1].member_id)
