"""How far events were told to buyers by mail, and whom to write to."""

import msgspec

from .database import Database


class Addressee(msgspec.Struct, frozen=True):
    """Somebody as mail finds them; `name` is the address where there is none, `language` None where nobody said."""

    email: str
    name: str
    language: str | None


class MailStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def hold_place(self) -> tuple[int, int] | None:
        """The place in the order of events, held by the transaction; None if another worker holds it."""
        row = await self._db.row("select transaction::text::bigint, id from mail_feed for update skip locked")
        return (row[0], row[1]) if row else None

    async def keep_place(self, place: tuple[int, int]) -> None:
        await self._db.execute("update mail_feed set transaction = $1::bigint::text::xid8, id = $2", *place)

    async def addressee(self, buyer_id: int) -> Addressee | None:
        row = await self._db.row(
            "select email, coalesce(nullif(name, ''), email), language from buyers where id = $1", buyer_id
        )
        return Addressee(*row) if row else None

    async def seller_of(self, offer_id: int) -> tuple[Addressee, str] | None:
        """Whose offer it is, and its title."""
        row = await self._db.row(
            "select s.email, s.name, o.title from offers o join sellers s on s.id = o.seller_id where o.id = $1",
            offer_id,
        )
        return (Addressee(row[0], row[1], None), row[2]) if row else None
