"""Looks: each time an operator opens somebody's personal data, the log says who looked at whose."""

from datetime import timedelta
from typing import Literal

from ..store.database import Database
from .access import Operator
from .events import Events

Look = Literal[
    "buyer.seen",
    "seller.seen",
    "group.seen",
    "member.seen",
    "order.seen",
    "licence.seen",
    "invoice.seen",
]
AGAIN = timedelta(hours=1)  # who looks twice within this time looked once


class Looks:
    """Writes looks into the event log."""

    def __init__(self, db: Database, events: Events) -> None:
        self._db = db
        self._events = events

    async def note(self, operator: Operator, look: Look, *subject_ids: int) -> None:
        """The operator was shown these subjects; one that they saw within the hour is not noted again."""
        async with self._db.transaction():
            new = await self._events.not_lately(look, operator.actor, subject_ids, AGAIN)
            if new:
                await self._events.add_many(look, operator.actor, [(None, id, {}) for id in new])
