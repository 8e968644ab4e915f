"""Transfers: licences that a group passed on, each under a transfer of its own."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database, from_json, to_json


class Transfer(msgspec.Struct, frozen=True):
    """A licence passed on: by which member, from whom to whom, as they were named."""

    id: int
    member_id: int
    created_at: datetime
    sender: dict[str, str | None]
    recipient: dict[str, str | None]


class TransferStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        group_id: int,
        member_id: int,
        licence_ids: list[int],
        sender: dict[str, str | None],
        recipient: dict[str, str | None],
        now: datetime,
    ) -> list[int]:
        """Pass licences on; the transfers' ids in the order of the licences."""
        rows = await self._db.fetch(
            "with given as (select id, place, nextval(pg_get_serial_sequence('transfers', 'id')) as transfer_id"
            "  from unnest($3::bigint[]) with ordinality as g (id, place)),"
            " written as (insert into transfers (id, group_id, member_id, sender, recipient, created_at)"
            "  select transfer_id, $1, $2, $4, $5, $6 from given),"
            " passed as (update licences l set transfer_id = given.transfer_id from given where l.id = given.id)"
            " select transfer_id from given order by place",
            group_id,
            member_id,
            licence_ids,
            to_json(sender),
            to_json(recipient),
            now,
        )
        return [row["transfer_id"] for row in rows]

    async def of_ids(self, group_id: int, ids: list[int]) -> dict[int, Transfer]:
        """The group's transfers among these, by id."""
        rows = await self._db.fetch(
            "select id, member_id, created_at, sender, recipient from transfers"
            " where group_id = $1 and id = any($2)",
            group_id,
            ids,
        )
        return {row["id"]: _transfer(row) for row in rows}


def _transfer(row: Any) -> Transfer:
    return Transfer(*(*row[:3], from_json(row[3]), from_json(row[4])))
