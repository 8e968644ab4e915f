"""Totals kept on write: how often an offer was seen and bought, and what each day brought its seller."""

from datetime import date, datetime

import msgspec

from .database import Database
from .turnover import month_from


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
_FIGURES = "views, sold, revenue, earned, refunded"
_SUM_DAYS = f"""
with summed as (
    insert into seller_days (seller_id, day, {_FIGURES})
    select seller_id, day, {_SUMS} from daily_totals
    where day >= (select day from totals_summed) and day < $1 group by seller_id, day order by seller_id, day
    returning 1
), kept as (update totals_summed set day = greatest(day, $1))
select count(*) from summed
"""
# In the order in which they are read.
_SUM_MONTHS = f"""
with summed as (
    insert into offer_months (seller_id, month, offer_id, {_FIGURES})
    select seller_id, date_trunc('month', day)::date as month, offer_id, {_SUMS} from daily_totals
    where day >= (select month from totals_summed) and day < date_trunc('month', $1::date)::date
    group by 1, 2, 3 order by 1, 2, 3
)
update totals_summed set month = greatest(month, date_trunc('month', $1::date)::date)
"""
_BY_DAY = f"""
select day, {_FIGURES} from seller_days
where seller_id = $1 and day >= $2 and day < least($3, (select day from totals_summed))
union all
select day, {_SUMS} from daily_totals
where seller_id = $1 and day >= greatest($2, (select day from totals_summed)) and day < $3 group by day
order by day
"""
# Whole months from $4 to before $5 as far as they are summed, the days before and behind them; titles are joined to
# what is shown only.
_BY_OFFER = f"""
with parts as (
    select offer_id, {_FIGURES} from offer_months
    where seller_id = $1 and month >= $4 and month < least($5, (select month from totals_summed))
    union all
    select offer_id, {_FIGURES} from daily_totals where seller_id = $1 and day >= $2 and day < least($4, $3)
    union all
    select offer_id, {_FIGURES} from daily_totals
    where seller_id = $1 and day >= greatest($4, least($5, (select month from totals_summed))) and day < $3
), best as (
    select offer_id, sum(views)::bigint as views, sum(sold)::bigint as sold, sum(revenue)::bigint as revenue,
        sum(earned)::bigint as earned, sum(refunded)::bigint as refunded
    from parts group by offer_id order by sum(earned) desc, sum(views) desc, offer_id limit $6
)
select best.offer_id, o.title, {_FIGURES} from best join offers o on o.id = best.offer_id
order by earned desc, best.views desc, offer_id
"""


# Rows are taken in the order in which a sale takes them, which store/sales.py explains.
_ADD_VIEWS = """
with seen as (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as s (seller, offer, n)
), days as (
    insert into daily_totals (seller_id, day, offer_id, slot, views)
    select seller, ($4::timestamptz at time zone 'UTC')::date, offer, slot(), n from seen order by seller, offer
    on conflict (seller_id, day, offer_id, slot) do update set views = daily_totals.views + excluded.views
    returning 1
)
insert into offer_totals (offer_id, slot, views)
select offer, slot(), n from seen where (select count(*) from days) > 0 order by offer
on conflict (offer_id, slot) do update set views = offer_totals.views + excluded.views
"""


class TotalsStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add_views(self, views: list[tuple[int, int, int]], now: datetime) -> None:
        """Count (seller_id, offer_id, views)."""
        await self._db.execute(_ADD_VIEWS, *([row[place] for row in views] for place in range(3)), now)

    async def sum_up(self, until: date) -> int:
        """Sum what came before a day and is not summed yet; how many days of sellers. Wants a transaction."""
        if await self._db.value("select 1 from totals_summed for update skip locked") is None:
            return 0  # another worker does it
        days: int = await self._db.value(_SUM_DAYS, until)
        await self._db.execute(_SUM_MONTHS, until)
        return days

    async def by_day(self, seller_id: int, offer_id: int | None, since: date, until: date) -> list[DayTotals]:
        """Days with anything in them, from `since` to before `until`, oldest first."""
        if offer_id is None:
            rows = await self._db.fetch(_BY_DAY, seller_id, since, until)
        else:
            rows = await self._db.fetch(
                f"select day, {_SUMS} from daily_totals where seller_id = $1 and day >= $2 and day < $3"
                " and offer_id = $4 group by day order by day",
                seller_id,
                since,
                until,
                offer_id,
            )
        return [DayTotals(*row) for row in rows]

    async def by_offer(self, seller_id: int, since: date, until: date, most: int) -> list[OfferTotals]:
        """What each offer brought from `since` to before `until`; those that earned most first, then the most seen."""
        months = month_from(since), until.replace(day=1)
        rows = await self._db.fetch(_BY_OFFER, seller_id, since, until, *months, most)
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
