"""Offers as buyers see them: on sale, of all sellers."""

from typing import Any

import msgspec

from .database import Database
from .offers import LISTED, Listed, like_pattern, listed


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which offers, in which order. Prices in kopecks; rows counted from 0."""

    search: str | None = None
    section: int | None = None
    subcategory: int | None = None
    seller_id: int | None = None
    least_price: int | None = None
    most_price: int | None = None
    age: int | None = None
    sort: str = "new"
    skip: int = 0
    take: int = 20


class OnSale(msgspec.Struct, frozen=True):
    """An offer with its seller's name, keys on the shelf (None: it carries none), and how many reviewed it."""

    listed: Listed
    seller: str
    available: int | None
    reviews: int


_PRICE = "coalesce(o.discount_price, o.price)"
_ORDERS = {
    "new": "o.created_at desc, o.id desc",
    "cheap": f"{_PRICE}, o.id",
    "dear": f"{_PRICE} desc, o.id desc",
    "rated": "o.rating desc, o.id desc",
}
_MATCHES = "o.words @@ websearch_to_tsquery('russian', $1)"
MOST_COUNTED = 1_000
LOOKED_THROUGH = 5_000  # offers in the order that is wanted, before words are looked up


def most_counted(wanted: Filter) -> int:
    """How far a narrowed list is counted: all would take the longer the more match. Whether more follow is known."""
    return max(MOST_COUNTED, wanted.skip + wanted.take + 1)


_ON_SALE = f"""
select {LISTED}, (select name from sellers where id = o.seller_id),
    case when o.section in (3, 12, 13) then coalesce((select sum(available) from key_counts
        where offer_id = o.id), 0)::bigint end, o.review_count
"""


def _on_sale(row: Any) -> OnSale:
    return OnSale(listed(row[0]), row[1], row[2], row[3])


class StorefrontStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, offer_id: int) -> OnSale | None:
        row = await self._db.row(
            f"{_ON_SALE} from offers o where o.id = $1 and o.status = 1 and o.deleted_at is null", offer_id
        )
        return _on_sale(row) if row else None

    async def some(self, offer_ids: list[int]) -> list[OnSale]:
        """Those of the offers that are on sale."""
        rows = await self._db.fetch(
            f"{_ON_SALE} from offers o where o.id = any($1) and o.status = 1 and o.deleted_at is null",
            offer_ids,
        )
        return [_on_sale(row) for row in rows]

    async def titles(self, part: str, most: int) -> list[tuple[int, str]]:
        """(id, title) of offers on sale with this in their title: those that begin with it, then the best rated."""
        pattern = like_pattern(part)
        rows = await self._db.fetch(
            "select id, title from (select id, title, title_folded, rating from offers"
            " where title_folded like $1 and status = 1 and deleted_at is null limit 1000) o"
            " order by title_folded like $2 desc, rating desc, id desc limit $3",
            pattern,
            pattern[1:],
            most,
        )
        return [(row[0], row[1]) for row in rows]

    async def page(self, wanted: Filter) -> tuple[list[OnSale], int]:
        """One page, and how many there are in all (narrowed: at most `most_counted`)."""
        if wanted.search is not None:
            return await self._search(wanted, wanted.search)
        on_sale = f"offers o where {_where(wanted)}"
        rows = await self._rows(on_sale, wanted, wanted.take)
        if _is_last(wanted, rows):
            return rows, wanted.skip + len(rows)
        whole = Filter(section=wanted.section, sort=wanted.sort, skip=wanted.skip, take=wanted.take)
        if wanted == whole:
            of_section = "" if wanted.section is None else f" and section = {int(wanted.section)}"
            total = await self._db.value(
                f"select coalesce(sum(total), 0)::bigint from offer_counts where status = 1{of_section}"
            )
        else:
            total = await self._count(on_sale, most_counted(wanted))
        return rows, total

    async def _search(self, wanted: Filter, words: str) -> tuple[list[OnSale], int]:
        """Words of many offers are soon met among the first in the order, words of few are found by their index.

        The planner cannot tell which they are: for either kind it would now and then read all offers there are.
        """
        on_sale, enough = f"offers o where {_where(wanted)}", most_counted(wanted)
        far = max(LOOKED_THROUGH, 10 * (wanted.skip + wanted.take))
        first = f"(select o.* from {on_sale} order by {_ORDERS[wanted.sort]} limit {far}) o where {_MATCHES}"
        by_words = f"{on_sale} and {_MATCHES}"
        rows = await self._rows(first, wanted, wanted.take, words)
        if len(rows) < wanted.take:
            rows = await self._rows(by_words, wanted, _hidden(wanted.take), words)
            if _is_last(wanted, rows):
                return rows, wanted.skip + len(rows)
        total = await self._count(first, enough, words)
        if total < enough:
            total = await self._count(by_words, _hidden(enough), words)
        return rows, total

    async def _rows(self, source: str, wanted: Filter, limit: int | str, *values: Any) -> list[OnSale]:
        """A page out of a source; what is shown of an offer is read for those on the page only."""
        order = _ORDERS[wanted.sort]
        rows = await self._db.fetch(
            f"{_ON_SALE} from (select o.* from {source} order by {order} offset {wanted.skip} limit {limit}) o"
            f" order by {order}",
            *values,
        )
        return [_on_sale(row) for row in rows]

    async def _count(self, source: str, limit: int | str, *values: Any) -> int:
        total: int = await self._db.value(
            f"select count(*) from (select from {source} limit {limit}) matching", *values
        )
        return total


def _is_last(wanted: Filter, rows: list[OnSale]) -> bool:
    """Whether nothing follows this page; an empty one may lie far behind the last."""
    return len(rows) < wanted.take and bool(rows or not wanted.skip)


def _hidden(limit: int) -> str:
    """A limit that the planner does not see: for a few rows it would rather read all offers in their order."""
    return f"(select {limit})"


def _where(wanted: Filter) -> str:
    """What is on sale and wanted, words aside."""
    # Numbers stand in the text: the planner chooses between an order and a filter by how common they are.
    numbers = {
        "o.section = {}": wanted.section,
        "o.catalog_path @> array[{}::bigint]": wanted.subcategory,
        "o.seller_id = {}": wanted.seller_id,
        _PRICE + " >= {}": wanted.least_price,
        _PRICE + " <= {}": wanted.most_price,
        "o.age_rating <= {}": wanted.age,
    }
    where = ["o.status = 1", "o.deleted_at is null"]
    where += [condition.format(int(value)) for condition, value in numbers.items() if value is not None]
    return " and ".join(where)
