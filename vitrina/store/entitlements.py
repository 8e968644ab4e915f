"""Entitlements: who may have what, since when; the works and keys that belong to each."""

from datetime import datetime

import msgspec

from .database import Database


class Entitlement(msgspec.Struct, frozen=True):
    """What a buyer may have: an offer as it was bought. Closed from `ended_at` on."""

    id: int
    buyer_id: int
    offer_id: int
    seller_id: int
    order_id: int
    order_line_id: int
    title: str
    section: int
    quantity: int
    since: datetime
    until: datetime | None
    ended_at: datetime | None
    cover: list[str]
    meta: str | None


class OwnedContent(msgspec.Struct, frozen=True):
    """A work that was bought; `found` and `files` are JSON."""

    entitlement_id: int
    id: int
    kind: int
    media_type: str
    title: str
    uri: str
    size: int
    playlist: str
    declared: str | None
    found: str | None
    files: str


class OwnedKey(msgspec.Struct, frozen=True):
    """A key that was bought, sealed to its offer."""

    id: int
    offer_id: int
    sealed: bytes


class Delivery(msgspec.Struct, frozen=True):
    """What became of a line of an order: `seen` of its `keys` were looked at."""

    order_line_id: int
    since: datetime
    ended_at: datetime | None
    keys: int
    seen: int


_ENTITLEMENT = """
select e.id, e.buyer_id, e.offer_id, e.seller_id, l.order_id, e.order_line_id, l.title, l.section, l.quantity,
    e.since, e.until, e.ended_at, o.cover, o.meta
from entitlements e join order_lines l on l.id = e.order_line_id join offers o on o.id = e.offer_id
"""
# A deleted content is found, too: whoever bought it keeps it.
_CONTENTS = """
select e.id, c.id, c.kind, c.media_type, c.title, c.uri, c.size, c.playlist,
    c.declared, c.found, c.files
from entitlements e join order_line_contents w on w.order_line_id = e.order_line_id
join contents c on c.id = w.content_id
"""
_OPEN = "e.buyer_id = $1 and e.ended_at is null and (e.until is null or e.until > $2)"


class EntitlementStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, buyer_id: int, id: int) -> Entitlement | None:
        row = await self._db.row(f"{_ENTITLEMENT} where e.buyer_id = $1 and e.id = $2", buyer_id, id)
        return Entitlement(*row) if row else None

    async def of_offer(self, buyer_id: int, offer_id: int, now: datetime) -> int | None:
        """The newest open one that a buyer has of an offer."""
        id: int | None = await self._db.value(
            f"select max(e.id) from entitlements e where {_OPEN} and e.offer_id = $3", buyer_id, now, offer_id
        )
        return id

    async def page(self, buyer_id: int, now: datetime, skip: int, take: int) -> tuple[list[Entitlement], int]:
        """A page of what a buyer may have at this moment, newest first, and how many there are."""
        rows = await self.some(buyer_id, now, skip, take)
        total: int = await self._db.value(f"select count(*) from entitlements e where {_OPEN}", buyer_id, now)
        return rows, total

    async def some(self, buyer_id: int, now: datetime, skip: int, take: int) -> list[Entitlement]:
        """What a buyer may have at this moment, newest first."""
        # Those that are passed over are not looked up in the other tables.
        wanted = f"select e.id from entitlements e where {_OPEN} order by e.id desc offset $3 limit $4"
        rows = await self._db.fetch(
            f"{_ENTITLEMENT} where e.id = any(array({wanted})) order by e.id desc",
            buyer_id,
            now,
            skip,
            take,
        )
        return [Entitlement(*row) for row in rows]

    async def contents(self, ids: list[int]) -> list[OwnedContent]:
        rows = await self._db.fetch(f"{_CONTENTS} where e.id = any($1) order by e.id, w.position", ids)
        return [OwnedContent(*row) for row in rows]

    async def living_content(self, id: int, content_id: int, now: datetime) -> OwnedContent | None:
        """A work, if the entitlement to it is open at this moment."""
        row = await self._db.row(
            f"{_CONTENTS} where e.id = $1 and w.content_id = $2"
            " and e.ended_at is null and (e.until is null or e.until > $3)",
            id,
            content_id,
            now,
        )
        return OwnedContent(*row) if row else None

    async def keys(self, order_line_id: int) -> list[OwnedKey]:
        rows = await self._db.fetch(
            "select id, offer_id, sealed from keys where order_line_id = $1 and status = 2 order by id",
            order_line_id,
        )
        return [OwnedKey(*row) for row in rows]

    async def hold_open(self, buyer_id: int, id: int, now: datetime) -> bool:
        """Whether it is open, and keep it so until the transaction ends."""
        found = await self._db.value(
            "select true from entitlements where buyer_id = $1 and id = $2"
            " and ended_at is null and (until is null or until > $3) for share",
            buyer_id,
            id,
            now,
        )
        return bool(found)

    async def hold_alone(self, buyer_id: int, id: int, now: datetime) -> tuple[int, int] | None:
        """(offer, seller) of an open one, kept from others until the transaction ends."""
        row = await self._db.row(
            "select offer_id, seller_id from entitlements where buyer_id = $1 and id = $2"
            " and ended_at is null and (until is null or until > $3) for no key update",
            buyer_id,
            id,
            now,
        )
        return (row[0], row[1]) if row else None

    async def note_reveals(self, id: int, key_ids: list[int], address: str, now: datetime) -> None:
        await self._db.execute(
            "insert into key_reveals (key_id, entitlement_id, at, address)"
            " select key_id, $2, $3, $4 from unnest($1::bigint[]) as given (key_id)",
            key_ids,
            id,
            now,
            address,
        )

    async def end(self, order_id: int, now: datetime) -> None:
        """Close all that came with an order."""
        await self._db.execute(
            "update entitlements e set ended_at = $2 from order_lines l"
            " where l.order_id = $1 and e.order_line_id = l.id and e.ended_at is null",
            order_id,
            now,
        )

    async def reopen(self, order_id: int) -> None:
        await self._db.execute(
            "update entitlements e set ended_at = null from order_lines l"
            " where l.order_id = $1 and e.order_line_id = l.id",
            order_id,
        )

    async def ordered(self, content_id: int) -> bool:
        """Whether anybody ever ordered this work or could license it, and may have it or pay for it yet."""
        found = await self._db.value(
            "select exists (select from order_line_contents where content_id = $1)"
            " or exists (select from items where content_id = $1 and published_at is not null)",
            content_id,
        )
        return bool(found)

    async def of_order(self, order_id: int) -> list[Delivery]:
        """What the lines of an order brought, for operators."""
        rows = await self._db.fetch(
            "select l.id, e.since, e.ended_at, count(k.id), count(k.id) filter (where exists"
            "  (select from key_reveals r where r.key_id = k.id))"
            " from order_lines l join entitlements e on e.order_line_id = l.id"
            " left join keys k on k.order_line_id = l.id where l.order_id = $1"
            " group by l.id, e.id order by l.position",
            order_id,
        )
        return [Delivery(*row) for row in rows]
