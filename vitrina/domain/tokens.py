"""Seller tokens: JWTs that are shown once and can be revoked; the shop keeps only their ids."""

import asyncio
import time
import uuid
from contextlib import suppress
from datetime import datetime, timedelta

import jwt
import msgspec

from ..store.database import Database
from ..store.tokens import TokenRow, TokenStore
from .access import THE_SHOP, Right, Seller
from .clock import Clock
from .events import Events
from .problems import NotAuthenticated, NotFound, invalid
from .secrets import Seal

_ALGORITHM = "HS256"
MOST_DAYS = 3650
USE_NOTED_EVERY = timedelta(hours=1)


class IssuedToken(msgspec.Struct, frozen=True):
    """A new token; `secret` is shown this once."""

    secret: str
    id: uuid.UUID
    expires_at: datetime


class TokenNotFound(NotFound):
    """There is no such token."""


class _Known(msgspec.Struct):
    id: uuid.UUID
    seller: Seller
    expires: float
    checked: float
    refreshing: asyncio.Task[None] | None = None


def _plain(label: str) -> str:
    return "".join(letter for letter in label if letter.isprintable())[:100]


class Tokens:
    """Issues, checks, lists and revokes tokens."""

    # A revoked token is refused, and a granted right felt, at most TRUSTED_SECONDS later in every process.
    # Who calls all the time is looked up anew in the background before that, so that no request waits for it.
    TRUSTED_SECONDS = 4.0
    _FRESH_SECONDS = 2.0
    _MOST_KNOWN = 10_000

    def __init__(
        self, db: Database, store: TokenStore, seal: Seal, events: Events, clock: Clock, days: int
    ) -> None:
        self._db = db
        self._store = store
        self._events = events
        self._key = seal.token_key
        self._clock = clock
        self._days = days
        self._known: dict[str, _Known] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def issue(
        self, seller_id: int, label: str = "", days: int | None = None, *, actor: str = THE_SHOP
    ) -> IssuedToken:
        """A new token of the seller, valid for `days` (else as set by VITRINA_TOKEN_DAYS)."""
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise invalid("days", f"a token is valid for 1 to {MOST_DAYS} days")
        now = self._clock()
        expires = now + timedelta(days=self._days if days is None else days)
        row = TokenRow(uuid.uuid4(), seller_id, _plain(label), now, expires, None)
        async with self._db.transaction():
            await self._store.add(row)
            told = {"token": str(row.id), "label": row.label}
            await self._events.add("token.issued", actor, seller_id, seller_id=seller_id, **told)
        claims = {"sub": str(seller_id), "jti": str(row.id), "iat": now, "exp": expires}
        return IssuedToken(jwt.encode(claims, self._key, _ALGORITHM), row.id, expires)

    async def check(self, token: str) -> Seller:
        """Whose token this is; raises NotAuthenticated if it is forged, expired or revoked."""
        known = self._known.get(token)
        age = time.monotonic() - known.checked if known else self.TRUSTED_SECONDS
        if known and age < self.TRUSTED_SECONDS:
            if self._clock().timestamp() >= known.expires:
                raise NotAuthenticated("this token has expired; get a new one")
            if age > self._FRESH_SECONDS and known.refreshing is None:
                known.refreshing = asyncio.create_task(self._refresh(token, known))
            return known.seller
        claims = self._read(token)
        if len(self._known) >= self._MOST_KNOWN:
            self._known.clear()
        return await self._look_up(token, uuid.UUID(claims["jti"]), float(claims["exp"]))

    async def _look_up(self, token: str, id: uuid.UUID, expires: float) -> Seller:
        moment = time.monotonic()
        holder = await self._store.holder(id, self._clock())
        if holder is None:
            self._known.pop(token, None)
            raise NotAuthenticated("this token was revoked, or its seller is gone or shut out; get a new one")
        if holder.last_used_at is None or holder.last_used_at <= self._clock() - USE_NOTED_EVERY:
            self._note_use(id)
        seller = Seller(holder.seller_id, frozenset(Right(word) for word in holder.rights))
        self._known[token] = _Known(id, seller, expires, moment)
        return seller

    def _note_use(self, id: uuid.UUID) -> None:
        """Write down that a token is in use, a moment later: no request waits for it, and none fails by it."""
        now = self._clock()

        async def note() -> None:
            with suppress(Exception):
                await self._store.note_use(id, now, now - USE_NOTED_EVERY)

        task = asyncio.create_task(note())
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _refresh(self, token: str, known: _Known) -> None:
        # If it fails, the token's trust runs out and the next request learns why.
        with suppress(Exception):
            await self._look_up(token, known.id, known.expires)
        known.refreshing = None

    def _read(self, token: str) -> dict[str, str]:
        try:
            claims: dict[str, str] = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                options={"require": ["sub", "jti", "exp"], "verify_exp": False, "verify_iat": False},
            )
            uuid.UUID(claims["jti"])
            expires = float(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise NotAuthenticated("this token is not one of this shop's") from None
        # Expiry is held against the shop's clock, which the sandbox may have moved.
        if expires <= self._clock().timestamp():
            raise NotAuthenticated("this token has expired; get a new one")
        return claims

    async def of_seller(self, seller_id: int) -> list[TokenRow]:
        """All tokens of a seller, newest first."""
        return await self._store.of_seller(seller_id)

    async def close(self) -> None:
        if self._noting:
            await asyncio.wait(self._noting, timeout=5)

    async def revoke(self, seller_id: int, token_id: uuid.UUID, *, actor: str = THE_SHOP) -> None:
        """End a token; revoking twice is no error. Raises TokenNotFound."""
        async with self._db.transaction():
            if not await self._store.revoke(seller_id, token_id, self._clock()):
                raise TokenNotFound(f"seller {seller_id} has no token {token_id}")
            told = {"token": str(token_id)}
            await self._events.add("token.revoked", actor, seller_id, seller_id=seller_id, **told)
