"""The audit log: every change and every look at personal data, by whom, for operators."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from ..store.events import Event
from ..store.log import LogStore, Place, Wanted
from .events import KINDS
from .problems import invalid

ROWS_AT_ONCE = 500
ROLES = ("operator", "seller", "buyer", "member")
NOUNS = sorted({kind.partition(".")[0] for kind in KINDS} - {"key", "keys"})
_ACTOR = re.compile(rf"shop|(?:{'|'.join(ROLES)}):\d{{1,18}}")
_ALSO = {"offer": ["keys.loaded"]}
"""Kinds that begin with another noun than the one whose id they carry."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants to read. `who` is an e-mail address, `shop` or `role:id`; days are in UTC."""

    kind: str | None = None
    who: str | None = None
    noun: str | None = None
    subject_id: int | None = None
    since: date | None = None
    until: date | None = None


class Log:
    """Reads the event log."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    async def page(self, question: Question, before: Place | None, take: int) -> list[Event]:
        """What answers the question, newest first, before a place; raises Invalid."""
        return await self._store.page(await self._wanted(question), before, take)

    async def all(self, question: Question) -> AsyncIterator[list[Event]]:
        """All of it, some at a time."""
        wanted, before = await self._wanted(question), None
        while found := await self._store.page(wanted, before, ROWS_AT_ONCE):
            yield found
            before = (found[-1].at, found[-1].id)

    async def names(self, events: list[Event]) -> dict[str, str]:
        """What the sellers and operators who did these are called."""
        return await self._store.names(sorted({event.actor for event in events}))

    async def _wanted(self, question: Question) -> Wanted:
        kinds = None if question.kind is None else [question.kind]
        actors = await self._actors(question.who) if question.who else None
        if question.noun and question.subject_id is not None:
            of_noun = kinds_of(question.noun)
            kinds = [kind for kind in of_noun if kinds is None or kind in kinds]
        elif actors is not None and kinds is None:
            kinds = list(KINDS)
        return Wanted(
            kinds=kinds,
            actors=actors,
            subject_id=question.subject_id if question.noun else None,
            since=_begin(question.since) if question.since else None,
            until=_begin(question.until + timedelta(days=1)) if question.until else None,
        )

    async def _actors(self, who: str) -> list[str]:
        if _ACTOR.fullmatch(who):
            return [who]
        found = await self._store.called(who)
        if not found:
            raise invalid("who", f"nobody here has the address {who}")
        return found


def kinds_of(noun: str) -> list[str]:
    """The kinds whose `subject_id` is of this noun."""
    return [kind for kind in KINDS if kind.partition(".")[0] == noun] + _ALSO.get(noun, [])


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
