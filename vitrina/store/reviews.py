"""Reviews of buyers, and the mean of them that each offer carries."""

from datetime import datetime

import msgspec

from .database import Database


class Review(msgspec.Struct, frozen=True):
    """What a buyer says of a purchase: 1 to 5 stars, and words if they like. `buyer` is empty if they gave no name."""

    id: int
    offer_id: int
    buyer: str
    rating: int
    text: str
    created_at: datetime
    updated_at: datetime
    hidden_reason: str | None


# Everybody reads it, so an address that stands for a name is none.
_REVIEW = """
select r.id, r.offer_id, case when lower(b.name) = lower(b.email) then '' else b.name end, r.rating, r.text,
    r.created_at, r.updated_at, r.hidden_reason
from reviews r join buyers b on b.id = r.buyer_id
"""


class ReviewStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, offer_id: int, before: int | None, take: int) -> list[Review]:
        """Reviews of an offer, newest first, with ids below `before`."""
        rows = await self._db.fetch(
            f"{_REVIEW} where r.offer_id = $1 and r.hidden_at is null and ($2::bigint is null or r.id < $2)"
            " order by r.id desc limit $3",
            offer_id,
            before,
            take,
        )
        return [Review(*row) for row in rows]

    async def of_purchase(self, buyer_id: int, entitlement_id: int) -> Review | None:
        row = await self._db.row(
            f"{_REVIEW} where r.buyer_id = $1 and r.entitlement_id = $2", buyer_id, entitlement_id
        )
        return Review(*row) if row else None

    async def write(
        self, buyer_id: int, entitlement_id: int, offer_id: int, rating: int, text: str, now: datetime
    ) -> tuple[int, int | None, bool]:
        """(id, rating that stood there before, None if there was none, whether it is hidden) of a purchase's review."""
        before = await self._db.row(
            "select rating, hidden_at is not null from reviews where entitlement_id = $1 for update",
            entitlement_id,
        )
        id: int = await self._db.value(
            "insert into reviews (entitlement_id, offer_id, buyer_id, rating, text, created_at, updated_at,"
            " unseen_since) values ($2, $3, $1, $4, $5, $6, $6, $6) on conflict (entitlement_id) do update set"
            " rating = excluded.rating, text = excluded.text, updated_at = excluded.updated_at,"
            " unseen_since = coalesce(reviews.unseen_since, excluded.unseen_since) returning id",
            buyer_id,
            entitlement_id,
            offer_id,
            rating,
            text,
            now,
        )
        return (id, before[0], before[1]) if before else (id, None, False)

    async def count(self, offer_id: int, reviews: int, stars: int) -> None:
        """Add to an offer's reviews and stars; its rating is their mean, to a hundredth, and 0 where there are none."""
        await self._db.execute(
            "update offers set review_count = review_count + $2, review_sum = review_sum + $3,"
            " rating = coalesce(round((review_sum + $3)::numeric / nullif(review_count + $2, 0), 2), 0)"
            " where id = $1",
            offer_id,
            reviews,
            stars,
        )
