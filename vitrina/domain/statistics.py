"""Statistics of a group: test copies, licences and transfers, from totals that are kept on write."""

from datetime import datetime, timedelta

from ..store.statistics import Counts, Slot, StatisticsStore
from .access import MemberRef

BY_HOUR = timedelta(hours=48)


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
