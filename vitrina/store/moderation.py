"""What operators look at: offers, items and reviews that are new or changed, and those that they hid."""

from datetime import datetime
from typing import Literal

import msgspec

from .database import Database

Noun = Literal["offer", "item", "review"]
NOUNS: tuple[Noun, ...] = ("offer", "item", "review")


class Subject(msgspec.Struct, frozen=True):
    """One thing to look at. `at` is since when it waits, or is hidden; `changed_at` tells one state from the next.

    `about` is the offer that a review is of; `writer` who wrote it; `price` in kopecks, None where there is none.
    """

    noun: Noun
    id: int
    at: datetime
    changed_at: datetime
    title: str
    text: str
    on_sale: bool
    price: int | None
    kind: str
    pictures: list[str]
    seller_id: int
    seller: str
    about: int | None
    writer: str | None
    rating: int | None
    unseen: bool
    hidden_at: datetime | None
    hidden_reason: str | None


Place = tuple[datetime, int, int]
"""(at, place of the noun in NOUNS, id) of the last one that was read."""

_SELECT: dict[Noun, str] = {
    "offer": """
select 'offer', x.id, {at}, x.updated_at, x.title, x.description, x.status = 1, coalesce(x.discount_price, x.price),
    x.section::text, coalesce(x.cover[1:1], '{{}}') || x.gallery, x.seller_id, s.name, null::bigint, null::text,
    null::integer, x.unseen_since is not null, x.hidden_at, x.hidden_reason
from offers x join sellers s on s.id = x.seller_id where x.deleted_at is null and {where}
""",
    "item": """
select 'item', x.id, {at}, x.updated_at, x.title,
    concat_ws(e'\\n\\n', nullif(x.description, ''), nullif(array_to_string(x.keywords, ', '), '')),
    x.status = 'active', null::bigint, x.type,
    case when x.folder is null then '{{}}'::text[] else array[x.folder || '/neutral/450.jpg'] end, x.seller_id, s.name,
    null::bigint, null::text, null::integer, x.unseen_since is not null, x.hidden_at, x.hidden_reason
from items x join sellers s on s.id = x.seller_id where {where}
""",
    "review": """
select 'review', x.id, {at}, x.updated_at, o.title, x.text, x.hidden_at is null, null::bigint, o.section::text,
    '{{}}'::text[], o.seller_id, s.name, x.offer_id, coalesce(nullif(b.name, ''), b.email), x.rating::integer,
    x.unseen_since is not null, x.hidden_at, x.hidden_reason
from reviews x join offers o on o.id = x.offer_id join sellers s on s.id = o.seller_id
    join buyers b on b.id = x.buyer_id
where {where}
""",
}
_WAITS: dict[Noun, str] = {
    "offer": "x.unseen_since is not null and (x.status = 1 or x.hidden_at is not null)",
    "item": "x.unseen_since is not null and x.status = 'active'",
    "review": "x.unseen_since is not null",
}
_TABLES: dict[Noun, str] = {"offer": "offers", "item": "items", "review": "reviews"}
_FIRST, _LAST = 0, 2**63 - 1


class ModerationStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def waiting(self, nouns: list[Noun], after: Place | None, take: int) -> list[Subject]:
        """What no operator has looked at, oldest first, behind a place."""
        return await self._list(nouns, "unseen_since", _WAITS, after, take)

    async def hidden(self, nouns: list[Noun], after: Place | None, take: int) -> list[Subject]:
        """What operators hid, the first first, behind a place."""
        return await self._list(
            nouns, "hidden_at", dict.fromkeys(NOUNS, "x.hidden_at is not null"), after, take
        )

    async def _list(
        self, nouns: list[Noun], column: str, where: dict[Noun, str], after: Place | None, take: int
    ) -> list[Subject]:
        parts, values = [], [take, after[0] if after else None]
        for noun in nouns:
            # Each noun by its own index, from its own place on.
            place = NOUNS.index(noun)
            values.append(
                _FIRST if not after or place > after[1] else after[2] if place == after[1] else _LAST
            )
            behind = f"(x.{column}, x.id) > (coalesce($2::timestamptz, '-infinity'), ${len(values)}::bigint)"
            select = _SELECT[noun].format(at=f"x.{column} as at", where=f"{where[noun]} and {behind}")
            parts.append(
                f"(select {place} as place, found.* from ({select} order by x.{column}, x.id limit $1) found)"
            )
        rows = await self._db.fetch(f"{' union all '.join(parts)} order by 4, 1, 3 limit $1", *values)
        return [Subject(*row[1:]) for row in rows]

    async def count(self, noun: Noun, most: int) -> int:
        """How many wait, counted no further than `most`."""
        counted: int = await self._db.value(
            f"select count(*) from (select from {_TABLES[noun]} x where {_WAITS[noun]}"
            f"{' and x.deleted_at is null' if noun == 'offer' else ''} limit $1) waiting",
            most,
        )
        return counted

    async def get(self, noun: Noun, id: int) -> Subject | None:
        row = await self._db.row(
            _SELECT[noun].format(at="coalesce(x.unseen_since, x.updated_at)", where="x.id = $1"), id
        )
        return Subject(*row) if row else None

    async def lock(self, noun: Noun, id: int) -> Subject | None:
        """The same, held until the transaction ends."""
        select = _SELECT[noun].format(at="coalesce(x.unseen_since, x.updated_at)", where="x.id = $1")
        row = await self._db.row(f"{select} for update of x", id)
        return Subject(*row) if row else None

    async def saw(self, noun: Noun, states: list[tuple[int, datetime]]) -> list[tuple[int, int]]:
        """Note (id, changed_at) as looked at, those alone that are still so; (id, seller) of them."""
        seller = "(select seller_id from offers where id = x.offer_id)" if noun == "review" else "x.seller_id"
        rows = await self._db.fetch(
            f"update {_TABLES[noun]} x set unseen_since = null from unnest($1::bigint[], $2::timestamptz[])"
            " as seen (id, changed_at) where x.id = seen.id and x.updated_at = seen.changed_at"
            f" and x.unseen_since is not null returning x.id, {seller}",
            [id for id, _ in states],
            [changed_at for _, changed_at in states],
        )
        return [(row[0], row[1]) for row in rows]

    async def hide(self, noun: Noun, id: int, reason: str, now: datetime) -> None:
        """Note why; an offer is off sale with it, and it is kept whether it was on sale when it was hidden first."""
        of_offer = (
            ", hidden_published = hidden_published or status = 1,"
            " status = case when status = 1 then 2 else status end"
        )
        await self._db.execute(
            f"update {_TABLES[noun]} set hidden_at = $3, hidden_reason = $2, unseen_since = null"
            f"{f'{of_offer}, updated_at = $3' if noun == 'offer' else ''} where id = $1",
            id,
            reason,
            now,
        )

    async def restore(self, noun: Noun, id: int) -> None:
        await self._db.execute(
            f"update {_TABLES[noun]} set hidden_at = null, hidden_reason = null, unseen_since = null"
            f"{', hidden_published = false' if noun == 'offer' else ''} where id = $1",
            id,
        )

    async def was_published(self, offer_id: int) -> bool:
        """Whether the offer was on sale when it was hidden, and is only paused since, its seller not shut out."""
        return bool(
            await self._db.value(
                "select hidden_published and status = 2 and not exists (select from sellers where id = seller_id"
                " and shut_at is not null) from offers where id = $1 for update",
                offer_id,
            )
        )

    async def publish(self, offer_id: int, now: datetime) -> None:
        await self._db.execute("update offers set status = 1, updated_at = $2 where id = $1", offer_id, now)
