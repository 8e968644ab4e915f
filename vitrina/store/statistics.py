"""What members of groups did, summed on write: by hour, by day, by day and item."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec

from .database import Database

What = Literal["comps", "licensed", "transferred"]


class Counts(msgspec.Struct, frozen=True):
    comps: int = 0
    licensed: int = 0
    transferred: int = 0


class Slot(msgspec.Struct, frozen=True):
    """An hour or a day, from its start."""

    start: datetime
    counts: Counts


class MemberCounts(msgspec.Struct, frozen=True):
    """What a member did in some days."""

    member_id: int
    username: str
    counts: Counts


class MemberDay(msgspec.Struct, frozen=True):
    """What a member did on one of them."""

    day: date
    member_id: int
    username: str
    counts: Counts


_SUMS = "sum(comps)::bigint, sum(licensed)::bigint, sum(transferred)::bigint"
_COUNT = """
with done as (select item, count(*) as n from unnest($4::bigint[]) as given (item) group by item),
hours as (
    insert into member_hours (group_id, hour, member_id, {what})
    select $1, date_trunc('hour', $3::timestamptz, 'UTC'), $2, cardinality($4::bigint[])
    on conflict (group_id, hour, member_id) do update set {what} = member_hours.{what} + excluded.{what}
), days as (
    insert into member_days (group_id, day, member_id, {what})
    select $1, ($3::timestamptz at time zone 'UTC')::date, $2, cardinality($4::bigint[])
    on conflict (group_id, day, member_id) do update set {what} = member_days.{what} + excluded.{what}
)
insert into member_items (member_id, day, item_id, {what})
select $2, ($3::timestamptz at time zone 'UTC')::date, item, n from done order by item
on conflict (member_id, day, item_id) do update set {what} = member_items.{what} + excluded.{what}
"""
# The hours before the first midnight, whole days up to the last one, and the hours behind it.
_OF_THEM = "group_id = $1 and ($2::bigint is null or member_id = $2)"
_TOTAL = f"""
select {_SUMS} from (
    select comps, licensed, transferred from member_hours where {_OF_THEM} and hour >= $3 and hour < $4
    union all
    select comps, licensed, transferred from member_days
    where {_OF_THEM} and day >= ($4::timestamptz at time zone 'UTC')::date
        and day < ($5::timestamptz at time zone 'UTC')::date
    union all
    select comps, licensed, transferred from member_hours where {_OF_THEM} and hour >= $5 and hour <= $6
) as parts
"""


class StatisticsStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def count(
        self, what: What, group_id: int, member_id: int, item_ids: list[int], now: datetime
    ) -> None:
        """Add one for each item (named twice: two)."""
        await self._db.execute(_COUNT.format(what=what), group_id, member_id, now, item_ids)

    async def slots(
        self,
        group_id: int,
        member_id: int | None,
        since: datetime,
        until: datetime,
        *,
        by_hour: bool,
        skip: int,
        take: int,
    ) -> tuple[list[Slot], int]:
        """Hours or days with anything in them, oldest first, and how many there are."""
        table, column = ("member_hours", "hour") if by_hour else ("member_days", "day")
        where = (
            f"group_id = $1 and ($2::bigint is null or member_id = $2) and {column} >= $3 and {column} <= $4"
        )
        bounds: list[Any] = [_hour_of(since), until] if by_hour else [since.date(), until.date()]
        start = "hour" if by_hour else "day::timestamp at time zone 'UTC'"
        rows = await self._db.fetch(
            f"select {start}, {_SUMS} from {table} where {where} group by {column} order by {column}"
            " offset $5 limit $6",
            group_id,
            member_id,
            *bounds,
            skip,
            take,
        )
        total: int = await self._db.value(
            f"select count(distinct {column}) from {table} where {where}", group_id, member_id, *bounds
        )
        return [Slot(row[0], Counts(*row[1:])) for row in rows], total

    async def total(self, group_id: int, member_id: int | None, since: datetime, until: datetime) -> Counts:
        """Sums over whole hours; years of them by their days."""
        start = _hour_of(since)
        first, last = _midnight(start + timedelta(hours=23)), _midnight(until.astimezone(UTC))
        if first >= last:
            first = last = start
        row = await self._db.row(_TOTAL, group_id, member_id, start, first, last, until)
        return Counts(*(value or 0 for value in row)) if row else Counts()

    async def by_member(
        self, group_id: int, member_ids: list[int], since: datetime | None, until: datetime | None
    ) -> dict[int, Counts]:
        rows = await self._db.fetch(
            f"select member_id, {_SUMS} from member_days where group_id = $1 and member_id = any($2)"
            " and ($3::date is null or day >= $3) and ($4::date is null or day <= $4) group by member_id",
            group_id,
            member_ids,
            since.date() if since else None,
            until.date() if until else None,
        )
        return {row[0]: Counts(*row[1:]) for row in rows}

    async def days(self, group_id: int, since: date, until: date) -> dict[date, Counts]:
        """Days on which the group did anything, from `since` to and with `until`."""
        rows = await self._db.fetch(
            f"select day, {_SUMS} from member_days where group_id = $1 and day >= $2 and day <= $3 group by day",
            group_id,
            since,
            until,
        )
        return {row[0]: Counts(*row[1:]) for row in rows}

    async def busiest(self, group_id: int, since: date, until: date, most: int) -> list[MemberCounts]:
        """What each member did from `since` to and with `until`, those who did most first, also who left."""
        rows = await self._db.fetch(
            f"select d.member_id, m.username, {_SUMS} from member_days d join members m on m.id = d.member_id"
            " where d.group_id = $1 and day >= $2 and day <= $3 group by d.member_id, m.username"
            " order by sum(licensed) desc, sum(comps + transferred) desc, d.member_id limit $4",
            group_id,
            since,
            until,
            most,
        )
        return [MemberCounts(row[0], row[1], Counts(*row[2:])) for row in rows]

    async def days_behind(
        self, group_id: int, since: date, until: date, after: tuple[date, int], most: int
    ) -> list[MemberDay]:
        """Days of single members behind (day, member), in that order: a report can be read in steps."""
        rows = await self._db.fetch(
            "select day, d.member_id, m.username, comps, licensed, transferred"
            " from member_days d join members m on m.id = d.member_id"
            " where d.group_id = $1 and day >= $2 and day <= $3 and (day, d.member_id) > ($4, $5)"
            " order by day, d.member_id limit $6",
            group_id,
            since,
            until,
            *after,
            most,
        )
        return [MemberDay(row[0], row[1], row[2], Counts(*row[3:])) for row in rows]

    async def items(
        self, member_id: int, since: datetime, until: datetime, skip: int, take: int
    ) -> tuple[list[tuple[int, Counts]], int]:
        """Item by item, the busiest first, and how many items."""
        where = "member_id = $1 and day >= $2 and day <= $3"
        bounds = (since.date(), until.date())
        rows = await self._db.fetch(
            f"select item_id, {_SUMS} from member_items where {where} group by item_id"
            " order by sum(comps + licensed + transferred) desc, item_id desc offset $4 limit $5",
            member_id,
            *bounds,
            skip,
            take,
        )
        total: int = await self._db.value(
            f"select count(distinct item_id) from member_items where {where}", member_id, *bounds
        )
        return [(row[0], Counts(*row[1:])) for row in rows], total


def _hour_of(moment: datetime) -> datetime:
    """The full hour that a moment belongs to: whoever asks from the middle of one sees it whole."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _midnight(moment: datetime) -> datetime:
    """The last one up to a moment."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
