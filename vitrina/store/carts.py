"""Carts of members: one line for each item that they mean to license."""

from datetime import datetime

import msgspec

from .database import Database


class CartLine(msgspec.Struct, frozen=True):
    """A licence that is wanted for an item; `options` is the sum of its extended options."""

    item_id: int
    licence_type_id: int
    size: str
    options: int


_LINE = ", ".join(CartLine.__struct_fields__)


class CartStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, member_id: int, line: CartLine, now: datetime) -> None:
        """Add a line, or change the one of its item, which keeps its place."""
        await self._db.execute(
            f"insert into cart_lines (member_id, added_at, {_LINE}) values ($1, $2, $3, $4, $5, $6)"
            " on conflict (member_id, item_id) do update"
            " set licence_type_id = excluded.licence_type_id, size = excluded.size, options = excluded.options",
            member_id,
            now,
            *msgspec.structs.astuple(line),
        )

    async def remove(self, member_id: int, item_ids: list[int]) -> None:
        await self._db.execute(
            "delete from cart_lines where member_id = $1 and item_id = any($2)", member_id, item_ids
        )

    async def lines(self, member_id: int, *, hold: bool = False) -> list[CartLine]:
        """All lines, the oldest first; if held, until the transaction ends."""
        rows = await self._db.fetch(
            f"select {_LINE} from cart_lines where member_id = $1 order by added_at, item_id"
            f"{' for update' if hold else ''}",
            member_id,
        )
        return [CartLine(*row) for row in rows]
