"""Totals kept on write: how often an offer was seen and bought, and what each day brought its seller."""

from datetime import date, datetime

import msgspec

from .database import Database


class DayTotals(msgspec.Struct, frozen=True):
    """One day (UTC) of a seller, or of one offer. Money in kopecks."""

    day: date
    views: int
    sold: int
    revenue: int
    earned: int
    refunded: int


class TotalsStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add_views(self, views: list[tuple[int, int, int]], now: datetime) -> None:
        """Count (seller_id, offer_id, views)."""
        ordered = sorted(views)
        await self._db.execute(
            "with seen as (select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as s (seller, offer, n)),"
            " days as (insert into daily_totals (seller_id, day, offer_id, slot, views)"
            "  select seller, ($4::timestamptz at time zone 'UTC')::date, offer, slot(), n from seen"
            "  on conflict (seller_id, day, offer_id, slot)"
            "  do update set views = daily_totals.views + excluded.views)"
            " insert into offer_totals (offer_id, slot, views) select offer, slot(), n from seen"
            " on conflict (offer_id, slot) do update set views = offer_totals.views + excluded.views",
            *([row[place] for row in ordered] for place in range(3)),
            now,
        )

    async def by_day(self, seller_id: int, offer_id: int | None, since: date, until: date) -> list[DayTotals]:
        """Days with anything in them, from `since` to before `until`, oldest first."""
        rows = await self._db.fetch(
            "select day, sum(views)::bigint, sum(sold)::bigint, sum(revenue)::bigint, sum(earned)::bigint,"
            " sum(refunded)::bigint from daily_totals where seller_id = $1 and day >= $2 and day < $3"
            " and ($4::bigint is null or offer_id = $4) group by day order by day",
            seller_id,
            since,
            until,
            offer_id,
        )
        return [DayTotals(*row) for row in rows]
