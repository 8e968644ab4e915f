"""Test copies: full-size files that members take free of charge, to try them in a layout."""

from datetime import datetime

from ..store.comps import Comp, CompStore
from ..store.database import Database
from ..store.statistics import StatisticsStore
from .access import MemberRef, MemberRight
from .clock import Clock
from .events import Events
from .groups import Groups
from .items import Items, sizes_of
from .problems import ItemNotFound, SizeNotOpen


class Copies:
    """Notes test copies; the file itself comes by a link."""

    def __init__(
        self,
        db: Database,
        store: CompStore,
        items: Items,
        groups: Groups,
        statistics: StatisticsStore,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._items = items
        self._groups = groups
        self._statistics = statistics
        self._events = events
        self._clock = clock

    async def take(self, member: MemberRef, item_id: int, size: str) -> int:
        """A test copy of an item; its number. Raises MemberRightMissing, ItemNotFound, SizeNotOpen."""
        member.must(MemberRight.TEST_COPIES)
        item = await self._items.get(item_id)
        if item.seller_id in await self._groups.barred(member.group_id):
            raise ItemNotFound(f"item {item_id} not found")
        if size not in sizes_of(item):
            raise SizeNotOpen(f"item {item_id} has no size {size}")
        async with self._db.transaction():
            now = self._clock()
            row = (member.group_id, member.id, item_id, item.type, size, now)
            id = await self._store.add(*row)
            await self._statistics.count("comps", member.group_id, member.id, [item_id], now)
            told = {"group": member.group_id, "item": item_id, "size": size}
            await self._events.add("comp.taken", member.actor, id, seller_id=item.seller_id, **told)
        return id

    async def page(
        self,
        member: MemberRef,
        *,
        since: datetime | None,
        until: datetime | None,
        member_id: int | None,
        types: list[str] | None,
        skip: int,
        take: int,
    ) -> tuple[list[Comp], int]:
        """A page of the group's test copies, newest first, and how many match."""
        return await self._store.page(
            member.group_id,
            since=since,
            until=until,
            member_id=member_id,
            types=types,
            skip=skip,
            take=take,
        )
