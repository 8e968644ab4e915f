"""Sellers: accounts with a password and rights, made and granted by an operator."""

import asyncio
import re
from functools import cached_property

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ..adapters.limits import Limits
from ..adapters.mail import Language
from ..store.database import Database
from ..store.sellers import Account, AccountStore, Holder, Role, SellerRow, SellerStore
from ..store.sessions import SessionStore
from .access import THE_SHOP, Buyer, Right
from .clock import Clock
from .events import Events
from .passwords import password_causes
from .problems import (
    EmailTaken,
    Invalid,
    NotAuthenticated,
    SellerNotFound,
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

    async def add(self, role: Role, email: str, name: str, password: str) -> int:
        """The new account's id; raises Invalid or EmailTaken."""
        self._check(email, name, password)
        return await self._add(role, email, name, await self.hash(password))

    async def _add(self, role: Role, email: str, name: str, hashed: str) -> int:
        id = await self._store.add(role, email.strip(), name.strip(), hashed, self._clock())
        if id is None:
            raise EmailTaken(f"an account with the address {email} exists already")
        return id

    async def register(
        self, email: str, name: str, password: str, language: Language | None = None
    ) -> Account:
        """A new buyer's account, who is written to in `language`; raises Invalid or EmailTaken."""
        self._check(email, name, password)
        hashed = await self.hash(password)  # before the transaction: it takes a tenth of a second
        async with self._db.transaction():
            id = await self._add("buyers", email, name or email, hashed)
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

    async def set_password(self, role: Role, email: str, password: str) -> None:
        """Replace a password, as an operator, and end the sessions that the old one began."""
        account = await self.find(role, email)
        self._check(email, account.name, password)
        hashed = await self.hash(password)
        async with self._db.transaction():
            await self.replace_password(role, account.id, hashed)
            await self._events.add(f"{role.removesuffix('s')}.password_set", THE_SHOP, account.id)

    async def hash_new(self, password: str, account: Account) -> str:
        """The hash of a password that somebody has chosen; raises Invalid."""
        self._check(account.email, account.name, password)
        return await self.hash(password)

    async def replace_password(self, role: Holder, id: int, hashed: str) -> None:
        """Replace a password, and end the sessions that the old one began."""
        async with self._db.transaction():
            await self._store.set_password(role, id, hashed)
            await self._sessions.end_all(role, id)

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
    """Finds sellers and grants them rights."""

    def __init__(self, db: Database, store: SellerStore, events: Events) -> None:
        self._db = db
        self._store = store
        self._events = events

    async def all(self, after: int = 0, most: int = 1000) -> list[SellerRow]:
        return await self._store.all(after, most)

    async def find(self, who: str) -> SellerRow:
        """A seller by id or e-mail address; raises SellerNotFound."""
        number = who.isascii() and who.isdigit() and len(who) < 19
        row = await (self._store.get(int(who)) if number else self._store.by_email(who))
        if row is None:
            raise SellerNotFound(f"there is no seller {who}; `vitrina seller list` shows all")
        return row

    async def grant(self, who: str, right: Right) -> SellerRow:
        """Give a right; taking effect in every process within seconds."""
        row = await self.find(who)
        return await self._set_rights(row, {*row.rights, right.value})

    async def withdraw(self, who: str, right: Right) -> SellerRow:
        row = await self.find(who)
        return await self._set_rights(row, set(row.rights) - {right.value})

    async def _set_rights(self, row: SellerRow, rights: set[str]) -> SellerRow:
        if rights != set(row.rights):
            async with self._db.transaction():
                await self._store.set_rights(row.id, sorted(rights))
                told = {"rights": sorted(rights)}
                await self._events.add("seller.rights_changed", THE_SHOP, row.id, seller_id=row.id, **told)
        return await self.find(str(row.id))
