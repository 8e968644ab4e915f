"""Sellers: accounts with a password and rights, made, granted and shut by an operator."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ..adapters.jobs import JobQueue
from ..adapters.limits import Limits
from ..adapters.mail import Language
from ..store.database import LARGEST_ID, Database
from ..store.items import ItemStore
from ..store.offers import OfferStore
from ..store.sellers import Account, AccountStore, Holder, Role, SellerRow, SellerStore
from ..store.sessions import SessionStore
from .access import THE_SHOP, Buyer, Right
from .clock import Clock
from .events import Events, change
from .jobs import FollowSeller
from .passwords import password_causes
from .problems import (
    BuyerNotFound,
    EmailTaken,
    Invalid,
    NotAuthenticated,
    SellerNotFound,
    SellerShutOut,
    TooMany,
    WrongPassword,
    invalid,
)

_log = structlog.get_logger(__name__)

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}")
# Attempts to log in at once, and the seconds after which one more is allowed.
_FROM_ONE_ADDRESS = (5, 30)
_FOR_ONE_ACCOUNT = (50, 10)
_OF_ONE_ADDRESS = (50, 2)

MOST_REASON = 300
AT_ONCE = 200
STRAGGLERS = timedelta(seconds=10)  # longer than a token is trusted without being looked up
_PUBLISHED, _PAUSED = 1, 2


def is_email(text: str) -> bool:
    """Whether it looks like an address; mail alone can tell whether it is one."""
    return _EMAIL.fullmatch(text) is not None


class Accounts:
    """Makes accounts and checks passwords, for sellers, buyers and operators alike."""

    def __init__(
        self,
        db: Database,
        store: AccountStore,
        sessions: SessionStore,
        limits: Limits,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._sessions = sessions
        self._events = events
        self._limits = limits
        self._clock = clock
        self._hasher = PasswordHasher()

    async def add(
        self,
        role: Role,
        email: str,
        name: str,
        password: str,
        *,
        must_change: bool = False,
        actor: str = THE_SHOP,
    ) -> int:
        """The new account's id; with `must_change` its owner gets no further with pages than to choose a password.

        Raises Invalid or EmailTaken.
        """
        self._check(email, name, password)
        hashed = await self.hash(password)  # before the transaction: it takes a tenth of a second
        async with self._db.transaction():
            id = await self._add(role, email, name, hashed, must_change)
            await self._tell(role, "created", actor, id)
        return id

    async def _add(self, role: Role, email: str, name: str, hashed: str, must_change: bool = False) -> int:
        id = await self._store.add(role, email.strip(), name.strip(), hashed, must_change, self._clock())
        if id is None:
            raise EmailTaken(f"an account with the address {email} exists already")
        return id

    async def register(
        self, email: str, name: str, password: str, language: Language | None = None
    ) -> Account:
        """A new buyer's account; they need not give a name, and are written to in `language`.

        Raises Invalid or EmailTaken.
        """
        self._check(email, name, password)
        hashed = await self.hash(password)
        async with self._db.transaction():
            id = await self._add("buyers", email, name, hashed)
            if language:
                await self._store.set_language(id, language)
            await self._events.add("buyer.registered", Buyer(id).actor, id)
            return await self.get("buyers", id)

    async def get(self, role: Role, id: int) -> Account:
        """An account by id; raises NotAuthenticated if it is gone."""
        account = await self._store.get(role, id)
        if account is None:
            raise NotAuthenticated("this account is gone")
        return account

    async def buyer(self, id: int) -> Account:
        """A buyer, for operators; raises BuyerNotFound."""
        account = await self._store.get("buyers", id)
        if account is None:
            raise BuyerNotFound(f"there is no buyer {id}")
        return account

    async def buyer_at(self, email: str) -> Account | None:
        """The buyer with this address, for operators."""
        return await self._store.by_email("buyers", email)

    async def log_in(self, role: Role, email: str, password: str, address: str) -> Account:
        """The account; raises WrongPassword, or TooMany after too many guesses (per account and per caller)."""
        email = email.strip()
        if not is_email(email):
            raise WrongPassword
        await self.guard(role, email, address)
        account = await self._store.by_email(role, email)
        if not await self.verify(account.password_hash if account else None, password) or account is None:
            # Not what was typed: it may be a password in the wrong field.
            _log.warning("log-in refused", role=role, account=account and account.id, client=address)
            raise WrongPassword
        if role == "sellers" and (reason := await self._store.shut_reason(account.id)):
            raise SellerShutOut(f"the operator of this shop has shut this account: {reason}")
        _log.info("password accepted", role=role, account=account.id, client=address)
        return account

    async def guard(self, role: str, login: str, address: str, *, times: int = 1) -> None:
        """Slow down who guesses passwords; `times` as many tries at once are let through. Raises TooMany."""
        for guesser, (guesses, seconds) in _guessers(role, login, address).items():
            verdict = await self._limits.take(guesser, 1 / seconds, guesses * times)
            if not verdict.allowed:
                wait = max(1, round(verdict.retry_after))
                raise TooMany(
                    f"too many attempts to log in; wait {wait} s and try again",
                    retry_after=verdict.retry_after,
                )

    async def forgive(self, role: str, login: str, address: str, *, times: int = 1) -> None:
        """What `guard` let through was no guess: it does not count."""
        for guesser, (guesses, seconds) in _guessers(role, login, address).items():
            await self._limits.give_back(guesser, 1 / seconds, guesses * times)

    async def hash(self, password: str) -> str:
        return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password is right; as slow for nobody's (None) as for somebody's."""
        try:
            await asyncio.to_thread(self._compare, hashed, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return hashed is not None

    def _compare(self, hashed: str | None, password: str) -> None:
        self._hasher.verify(hashed or self._nobodys, password)

    @cached_property
    def _nobodys(self) -> str:
        """What is compared where no account has the address; made at the first need, since it takes 0.1 s."""
        return self._hasher.hash("nobody")

    async def find(self, role: Role, email: str) -> Account:
        """An account by its address, for the shop itself; raises SellerNotFound."""
        account = await self._store.by_email(role, email)
        if account is None:
            raise SellerNotFound(f"there is no account with the address {email}")
        return account

    async def remove_operator(self, email: str) -> None:
        """An operator has left: nobody logs in as them again; the log of what they did stays. Raises SellerNotFound."""
        account = await self.find("operators", email)
        async with self._db.transaction():
            await self._sessions.end_all("operators", account.id)
            await self._store.remove_operator(account.id)
            await self._events.add("operator.removed", THE_SHOP, account.id)

    async def set_password(
        self, role: Role, email: str, password: str, *, must_change: bool = False, actor: str = THE_SHOP
    ) -> None:
        """Replace a password, as an operator, and end the sessions that the old one began."""
        account = await self.find(role, email)
        self._check(email, account.name, password)
        hashed = await self.hash(password)
        async with self._db.transaction():
            await self.replace_password(role, account.id, hashed, must_change)
            await self._tell(role, "password_set", actor, account.id)

    async def hash_new(self, password: str, account: Account) -> str:
        """The hash of a password that somebody has chosen; raises Invalid."""
        self._check(account.email, account.name, password)
        return await self.hash(password)

    async def replace_password(self, role: Holder, id: int, hashed: str, must_change: bool = False) -> None:
        """Replace a password, and end the sessions that the old one began."""
        async with self._db.transaction():
            await self._store.set_password(role, id, hashed, must_change)
            await self._sessions.end_all(role, id)

    async def _tell(self, role: Role, what: str, actor: str, id: int) -> None:
        seller = id if role == "sellers" else None
        await self._events.add(f"{role.removesuffix('s')}.{what}", actor, id, seller_id=seller)

    @staticmethod
    def _check(email: str, name: str, password: str) -> None:
        if not is_email(email.strip()):
            raise invalid("email", f"{email!r} is not an e-mail address")
        if causes := password_causes(password, email, name):
            raise Invalid(*causes)


def _guessers(role: str, login: str, address: str) -> dict[str, tuple[int, int]]:
    """Whose attempts are counted together, and how many are let through."""
    return {
        f"login:{role}:{login.lower()[:300]}:{address}": _FROM_ONE_ADDRESS,
        # Guesses from many addresses are slowed, too, but too late to lock the owner out by a few.
        f"login:{role}:{login.lower()[:300]}": _FOR_ONE_ACCOUNT,
        f"login-from:{role}:{address}": _OF_ONE_ADDRESS,
    }


class Sellers:
    """Finds sellers, grants them rights, shuts them out and lets them in again."""

    def __init__(
        self,
        db: Database,
        store: SellerStore,
        sessions: SessionStore,
        offers: OfferStore,
        items: ItemStore,
        jobs: JobQueue,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._sessions = sessions
        self._offers = offers
        self._items = items
        self._jobs = jobs
        self._events = events
        self._clock = clock

    async def all(self, after: int = 0, most: int = 1000) -> list[SellerRow]:
        return await self._store.all(after, most)

    async def page(self, words: str, before: int | None, take: int) -> list[SellerRow]:
        """Sellers with this in their name or address, newest first, with ids below `before`."""
        return await self._store.page(words, before or LARGEST_ID, take)

    async def get(self, id: int) -> SellerRow:
        """A seller; raises SellerNotFound."""
        row = await self._store.get(id)
        if row is None:
            raise SellerNotFound(f"there is no seller {id}")
        return row

    async def of_ids(self, ids: list[int]) -> dict[int, SellerRow]:
        """Sellers by id."""
        return {row.id: row for row in await self._store.of_ids(ids)}

    async def find(self, who: str) -> SellerRow:
        """A seller by id or e-mail address; raises SellerNotFound."""
        number = who.isascii() and who.isdigit() and len(who) < 19
        row = await (self._store.get(int(who)) if number else self._store.by_email(who))
        if row is None:
            raise SellerNotFound(f"there is no seller {who}; `vitrina seller list` shows all")
        return row

    # --- rights ------------------------------------------------------------------------------------------

    async def grant(self, who: str, right: Right, *, actor: str = THE_SHOP) -> SellerRow:
        """Give a right; taking effect in every process within seconds."""
        return await self._set_rights(who, actor, lambda rights: rights | {right.value})

    async def withdraw(self, who: str, right: Right, *, actor: str = THE_SHOP) -> SellerRow:
        return await self._set_rights(who, actor, lambda rights: rights - {right.value})

    async def give_rights(self, id: int, rights: set[Right], *, actor: str = THE_SHOP) -> SellerRow:
        """Replace all rights."""
        return await self._set_rights(str(id), actor, lambda _: {right.value for right in rights})

    async def _set_rights(self, who: str, actor: str, changed: Callable[[set[str]], set[str]]) -> SellerRow:
        async with self._db.transaction():
            row = await self._held((await self.find(who)).id)
            rights = sorted(changed(set(row.rights)))
            if told := change({"rights": row.rights}, {"rights": rights}):
                await self._store.set_rights(row.id, rights)
                await self._events.add("seller.rights_changed", actor, row.id, seller_id=row.id, **told)
        return await self.get(row.id)

    async def _held(self, id: int) -> SellerRow:
        row = await self._store.lock(id)
        if row is None:
            raise SellerNotFound(f"there is no seller {id}")
        return row

    # --- out and in --------------------------------------------------------------------------------------

    async def shut_out(self, id: int, reason: str, *, actor: str = THE_SHOP) -> SellerRow:
        """Let a seller do and sell nothing any more; they read the reason when they try to log in.

        Their sessions end now, their tokens are refused within seconds, and a job pauses their offers and takes
        their items out of search. What was bought stays bought, and what is reserved may be paid.
        """
        reason = " ".join(reason.split())
        if not 1 <= len(reason) <= MOST_REASON:
            raise invalid("reason", f"give a reason of 1 to {MOST_REASON} characters")
        async with self._db.transaction():
            row = await self._held(id)
            if row.shut_at is None:
                await self._store.shut(id, self._clock(), reason)
                await self._sessions.end_all("sellers", id)
                await self._events.add("seller.shut_out", actor, id, seller_id=id, reason=reason)
                await self._jobs.later(self._db.connection, FollowSeller(id))
                # Once more for what a token that was still trusted has put on sale meanwhile.
                await self._jobs.later(self._db.connection, FollowSeller(id), STRAGGLERS)
        return await self.get(id)

    async def let_in(self, id: int, *, actor: str = THE_SHOP) -> SellerRow:
        """Open the account again. Tokens work and items are found again; offers stay paused until put on sale."""
        async with self._db.transaction():
            row = await self._held(id)
            if row.shut_at is not None:
                await self._store.let_in(id)
                await self._events.add("seller.let_in", actor, id, seller_id=id)
                await self._jobs.later(self._db.connection, FollowSeller(id))
        return await self.get(id)

    async def follow(self, id: int) -> None:
        """Pause the offers of a seller who is shut out, and have search look at their items again. A job.

        Some at a time: a seller has as many as they like, and others must not wait for them.
        """
        row = await self._store.get(id)
        while row is not None and row.shut_at is not None and await self._pause_some(row):
            row = await self._store.get(id)
        last: int | None = 0
        while last is not None:
            last = await self._items.look_again(id, last, AT_ONCE, self._clock())

    async def _pause_some(self, row: SellerRow) -> bool:
        async with self._db.transaction():
            paused = await self._offers.pause_some(row.id, AT_ONCE, self._clock())
            told = {"fields": ["status"], "status": _PAUSED, "was": {"status": _PUBLISHED}}
            rows: list[tuple[int | None, int, dict[str, Any]]] = [(row.id, id, told) for id in paused]
            if rows:
                await self._events.add_many("offer.changed", THE_SHOP, rows)
        return len(paused) == AT_ONCE
