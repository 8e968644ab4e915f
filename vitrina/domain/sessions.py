"""Sessions: a person who logged in shows a secret until it expires or they log out."""

import hashlib
import secrets
from datetime import datetime, timedelta

import msgspec

from ..store.sellers import Holder
from ..store.sessions import Person, SessionStore
from .clock import Clock
from .problems import NotAuthenticated

LIFETIMES: dict[Holder, timedelta] = {
    "sellers": timedelta(days=30),
    "buyers": timedelta(days=30),
    "operators": timedelta(hours=12),
    "members": timedelta(hours=12),
}


class Session(msgspec.Struct, frozen=True):
    """A new session; the secret is shown this once."""

    secret: str
    expires_at: datetime


class Sessions:
    """Begins, checks and ends sessions, for sellers, buyers, operators and members alike."""

    def __init__(self, store: SessionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, role: Holder, account_id: int) -> Session:
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        expires = now + LIFETIMES[role]
        await self._store.add(digest_of(secret), role, account_id, now, expires)
        return Session(secret, expires)

    async def check(self, role: Holder, secret: str) -> int:
        """Whose session it is; raises NotAuthenticated."""
        id = await self._store.holder(digest_of(secret), role, self._clock())
        if id is None:
            raise NotAuthenticated("you are not logged in, or your session is over; log in again")
        return id

    async def person(self, role: Holder, secret: str) -> Person | None:
        """Who is logged in with this secret, with their name and rights; None if nobody is."""
        return await self._store.person(digest_of(secret), role, self._clock())

    async def end(self, secret: str) -> None:
        """Log out; twice is no error."""
        await self._store.end(digest_of(secret))

    async def forget(self) -> int:
        """Drop sessions that are over; run by schedule."""
        return await self._store.forget(self._clock())


def digest_of(secret: str) -> bytes:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
