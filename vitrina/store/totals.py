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


class OfferTotals(msgspec.Struct, frozen=True):
    """What some days brought of one offer."""

    offer_id: int
    title: str
    views: int
    sold: int
    revenue: int
    earned: int
    refunded: int


class OfferDay(msgspec.Struct, frozen=True):
    """One day of one offer."""

    day: date
    offer_id: int
    title: str
    views: int
    sold: int
    revenue: int
    earned: int
    refunded: int


_SUMS = (
    "sum(views)::bigint, sum(sold)::bigint, sum(revenue)::bigint, sum(earned)::bigint, sum(refunded)::bigint"
)


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

    async def by_offer(self, seller_id: int, since: date, until: date, most: int) -> list[OfferTotals]:
        """What each offer brought from `since` to before `until`; those that earned most first, then the most seen."""
        rows = await self._db.fetch(
            # Summed before titles are joined: a busy seller's year has very many days of offers.
            "select offer_id, o.title, views, sold, revenue, earned, refunded from ("
            "  select offer_id, sum(views)::bigint as views, sum(sold)::bigint as sold,"
            "   sum(revenue)::bigint as revenue, sum(earned)::bigint as earned, sum(refunded)::bigint as refunded"
            "  from daily_totals where seller_id = $1 and day >= $2 and day < $3 group by offer_id"
            "  order by sum(earned) desc, sum(views) desc, offer_id limit $4"
            " ) d join offers o on o.id = d.offer_id order by earned desc, views desc, offer_id",
            seller_id,
            since,
            until,
            most,
        )
        return [OfferTotals(*row) for row in rows]

    async def days_behind(
        self, seller_id: int, since: date, until: date, after: tuple[date, int], most: int
    ) -> list[OfferDay]:
        """Days of single offers behind (day, offer), in that order: a report of any length can be read in steps."""
        rows = await self._db.fetch(
            f"select d.day, d.offer_id, o.title, {_SUMS} from daily_totals d join offers o on o.id = d.offer_id"
            " where d.seller_id = $1 and d.day >= $2 and d.day < $3 and (d.day, d.offer_id) > ($4, $5)"
            " group by d.day, d.offer_id, o.title order by d.day, d.offer_id limit $6",
            seller_id,
            since,
            until,
            *after,
            most,
        )
        return [OfferDay(*row) for row in rows]
