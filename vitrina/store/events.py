"""The event log: what happened, appended in the transaction in which it happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from .database import Database, from_json, to_json


class Event(msgspec.Struct, frozen=True):
    """One thing that happened. `actor` is `role:id`; `seller_id` is whom it concerns, if a seller."""

    id: int
    at: datetime
    kind: str
    actor: str
    seller_id: int | None
    subject_id: int
    data: dict[str, Any]


_COLUMNS = ", ".join(Event.__struct_fields__)


def _event(row: Any) -> Event:
    return Event(*(*row[:-1], from_json(row[-1])))


class EventStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        at: datetime,
        kind: str,
        actor: str,
        seller_id: int | None,
        subject_id: int,
        data: dict[str, Any],
    ) -> None:
        await self.add_many(at, kind, actor, [(seller_id, subject_id, data)])

    async def add_many(
        self, at: datetime, kind: str, actor: str, rows: list[tuple[int | None, int, dict[str, Any]]]
    ) -> None:
        """Events of one kind: (seller, subject, data) of each."""
        await self._db.execute(
            "insert into events (at, kind, actor, seller_id, subject_id, data)"
            " select $1, $2, $3, seller_id, subject_id, data::jsonb"
            " from unnest($4::bigint[], $5::bigint[], $6::text[]) with ordinality"
            " as given (seller_id, subject_id, data, place) order by place",
            at,
            kind,
            actor,
            [row[0] for row in rows],
            [row[1] for row in rows],
            [to_json(row[2]) for row in rows],
        )

    async def not_since(
        self, kind: str, actor: str, subject_ids: Sequence[int], since: datetime
    ) -> list[int]:
        """Subjects without such an event by the actor since then; one transaction at a time asks for an actor."""
        await self._db.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{kind} {actor}")
        rows = await self._db.fetch(
            "select distinct id from unnest($3::bigint[]) as subject (id) where not exists (select from events"
            " where kind = $1 and actor = $2 and subject_id = subject.id and at > $4) order by id",
            kind,
            actor,
            subject_ids,
            since,
        )
        return [row[0] for row in rows]

    async def of_seller(self, seller_id: int, after: int, kinds: list[str] | None, most: int) -> list[Event]:
        """A seller's events behind the event `after`, in the order in which a reader misses none."""
        rows = await self._db.fetch(
            f"select {_COLUMNS} from events where seller_id = $1 and (transaction, id) >"
            " (coalesce((select transaction from events where id = $2), '0'::xid8), $2)"
            " and transaction < pg_snapshot_xmin(pg_current_snapshot())"
            " and ($3::text[] is null or kind = any($3)) order by transaction, id limit $4",
            seller_id,
            after,
            kinds,
            most,
        )
        return [_event(row) for row in rows]

    async def get(self, event_id: int) -> Event | None:
        row = await self._db.row(f"select {_COLUMNS} from events where id = $1", event_id)
        return _event(row) if row else None

    async def feed(self, after: tuple[int, int], most: int) -> list[tuple[tuple[int, int], Event]]:
        """Events behind a place, with their own places, in the order in which a reader misses none.

        A place is (transaction, id). Events of transactions that may still be running wait for the next time.
        """
        rows = await self._db.fetch(
            f"select transaction::text::bigint, {_COLUMNS} from events"
            " where (transaction, id) > ($1::bigint::text::xid8, $2)"
            " and transaction < pg_snapshot_xmin(pg_current_snapshot())"
            # `events.transaction`: without its table's name it would be the number that is selected, in no index.
            " order by events.transaction, id limit $3",
            *after,
            most,
        )
        return [((row[0], row[1]), _event(row[1:])) for row in rows]
