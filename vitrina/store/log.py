"""The event log as operators read it: newest first, by kind, by whom, by subject and by day; each way by an index."""

from datetime import datetime
from typing import Any

import msgspec

from .database import Database
from .events import Event, event_of

Place = tuple[datetime, int]
"""(at, id) of the last event that was read."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which events; None does not ask. Days from `since` to before `until`."""

    kinds: list[str] | None = None
    actors: list[str] | None = None
    subject_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


_COLUMNS = ", ".join(Event.__struct_fields__)
_NAMES = """
select 'seller:' || id, name from sellers where 'seller:' || id = any($1) and id = any($2)
union all select 'operator:' || id, email from operators where 'operator:' || id = any($1) and id = any($2)
"""
_CALLED = """
select 'operator:' || id from operators where lower(email) = lower($1)
union all select 'seller:' || id from sellers where lower(email) = lower($1)
union all select 'buyer:' || id from buyers where lower(email) = lower($1)
union all select 'member:' || id from members where lower(email) = lower($1)
"""


class LogStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, wanted: Wanted, before: Place | None, take: int) -> list[Event]:
        """Events, newest first, before a place.

        Those of a subject or of somebody are gathered kind by kind: each is the end of one index, however many
        events of other kinds, subjects or people there are.
        """
        values: list[Any] = [take]

        def given(value: Any) -> str:
            values.append(value)
            return f"${len(values)}"

        where = []
        if wanted.since:
            where.append(f"at >= {given(wanted.since)}")
        if wanted.until:
            where.append(f"at < {given(wanted.until)}")
        if before:
            where.append(f"(at, id) < ({given(before[0])}, {given(before[1])}::bigint)")
        sources = []
        if wanted.kinds is not None:
            where.append("kind = of_kind.name")
            sources.append(f"unnest({given(wanted.kinds)}::text[]) as of_kind (name)")
        if wanted.subject_id is not None:
            where.append(f"subject_id = {given(wanted.subject_id)}")
        if wanted.actors is not None:
            where.append("actor = by_whom.name")
            sources.append(f"unnest({given(wanted.actors)}::text[]) as by_whom (name)")
        condition = f" where {' and '.join(where)}" if where else ""
        newest = f"select {_COLUMNS} from events{condition} order by at desc, id desc limit $1"
        if sources:
            newest = (
                f"select found.* from {' cross join '.join(sources)} cross join lateral ({newest}) found"
                " order by at desc, id desc limit $1"
            )
        return [event_of(row) for row in await self._db.fetch(newest, *values)]

    async def called(self, email: str) -> list[str]:
        """Actors with this address: one person may sell and buy."""
        return [row[0] for row in await self._db.fetch(_CALLED, email)]

    async def names(self, actors: list[str]) -> dict[str, str]:
        """What sellers and operators are called; buyers and members stay numbers."""
        ids = [int(id) for _, _, id in (actor.partition(":") for actor in actors) if id.isdigit()]
        return {row[0]: row[1] for row in await self._db.fetch(_NAMES, actors, ids)}
