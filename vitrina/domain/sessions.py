"""Sessions: a person who logged in shows a secret until it expires or they log out."""

import hashlib
import secrets
from datetime import datetime, timedelta

import msgspec

from ..store.sellers import Holder
from ..store.sessions import OpenSession, Person, SessionStore
from .clock import Clock
from .problems import NotAuthenticated, WrongPassword

LIFETIMES: dict[Holder, timedelta] = {
    "sellers": timedelta(days=30),
    "buyers": timedelta(days=30),
    "operators": timedelta(hours=12),
    "members": timedelta(hours=12),
}
IDLE: dict[Holder, timedelta] = {
    "sellers": timedelta(days=7),
    "buyers": timedelta(days=30),
    "operators": timedelta(hours=1),
    "members": timedelta(hours=1),
}
"""For how long a session of a browser may rest; the longest that NIST SP 800-63B-4 lets those with much power."""

_NOTED = 20  # times in that while, its use is written down
MOST_SHOWN = 100


class Session(msgspec.Struct, frozen=True):
    """A new session; the secret is shown this once."""

    secret: str
    expires_at: datetime


class Sessions:
    """Begins, checks and ends sessions, for sellers, buyers, operators and members alike."""

    def __init__(self, store: SessionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(
        self, role: Holder, account_id: int, address: str | None = None, password_hash: str | None = None
    ) -> Session:
        """A new session for who came from this network address.

        After a password was checked, with its hash: raises WrongPassword if it was replaced meanwhile.
        """
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        expires = now + LIFETIMES[role]
        row = (digest_of(secret), role, account_id, address, password_hash, now, expires)
        if not await self._store.add(*row):
            raise WrongPassword
        return Session(secret, expires)

    async def check(self, role: Holder, secret: str) -> int:
        """Whose session it is; raises NotAuthenticated."""
        found = await self._store.holder(digest_of(secret), role, *self._living(role))
        if found is None:
            raise NotAuthenticated("you are not logged in, or your session is over; log in again")
        id, seen_at = found
        await self._note_use(role, secret, seen_at)
        return id

    async def person(self, role: Holder, secret: str) -> Person | None:
        """Who is logged in with this secret, with their name and rights; None if nobody is."""
        person = await self._store.person(digest_of(secret), role, *self._living(role))
        if person:
            await self._note_use(role, secret, person.seen_at)
        return person

    def _living(self, role: Holder) -> tuple[datetime, datetime]:
        """What a session must expire after, and have been used after."""
        now = self._clock()
        return now, now - IDLE[role]

    async def _note_use(self, role: Holder, secret: str, seen_at: datetime) -> None:
        """Now and then: a write for each request would be too dear."""
        now = self._clock()
        if now - seen_at > IDLE[role] / _NOTED:
            await self._store.touch(digest_of(secret), now)

    async def open_ones(self, role: Holder, account_id: int) -> list[OpenSession]:
        """Somebody's living sessions, the one used last first."""
        return await self._store.open_ones(role, account_id, *self._living(role), MOST_SHOWN)

    async def end(self, secret: str) -> None:
        """Log out; twice is no error."""
        await self._store.end(digest_of(secret))

    async def forget(self) -> int:
        """Drop sessions that are over; run by schedule."""
        return await self._store.forget(self._clock())


def digest_of(secret: str) -> bytes:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
