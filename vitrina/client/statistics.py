"""Statistics: how many test copies, licences and transfers, along time, by item, in all."""

from datetime import UTC, datetime

import msgspec
from msgspec import field

from .calls import Calls, Moment, moment
from .pages import Page


class Counts(msgspec.Struct, kw_only=True):
    """Test copies, licences and transfers."""

    copies: int = field(name="comps", default=0)
    licences: int = field(name="licensed", default=0)
    transfers: int = field(name="transferred", default=0)


class Slot(Counts, kw_only=True):
    """The counts of an hour, or in longer spans of a day, from `start` on."""

    start: datetime = field(name="title")

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            self.start = self.start.replace(tzinfo=UTC)


class ItemCounts(msgspec.Struct, kw_only=True):
    """The counts of an item."""

    item_id: int = field(name="id")
    title: str = ""
    copies: int = field(name="comps", default=0)
    licences: int = field(name="licenses", default=0)
    transfers: int = 0


class Statistics:
    """Counts what the group did; ends of spans are included. Every method raises CommandRefused, Unreachable."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def total(self, since: Moment, until: Moment, *, member_id: int | None = None) -> Counts:
        """Of a span of time, by one member or all."""
        return self._calls.ask("getEnterpriseStatisticsTotal", Counts, _span(since, until, member_id))

    def by_date(
        self, since: Moment, until: Moment, *, member_id: int | None = None, skip: int = 0, take: int = 100
    ) -> Page[Slot]:
        """Hour by hour, beyond two days day by day."""
        values = _span(since, until, member_id) | {"dp_offset": skip, "dp_limit": take}
        answer = self._calls.ask("getEnterpriseStatisticsDates", _Slots, values)
        return Page(answer.data, answer.count)

    def by_item(
        self, member_id: int, since: Moment, until: Moment, *, skip: int = 0, take: int = 100
    ) -> Page[ItemCounts]:
        """Item by item, of one member."""
        values = _span(since, until, member_id) | {"dp_offset": skip, "dp_limit": take}
        answer = self._calls.ask("getEnterpriseStatisticsItems", _Items, values)
        return Page(answer.data, answer.count)


def _span(since: Moment, until: Moment, member_id: int | None) -> dict[str, object]:
    return {"dp_date_start": moment(since), "dp_date_end": moment(until), "dp_user_id": member_id}


class _Slots(msgspec.Struct):
    data: list[Slot] = []
    count: int = 0


class _Items(msgspec.Struct):
    data: list[ItemCounts] = []
    count: int = 0
