"""Working groups: companies that license stock items, prepaid or on account. Their API keys and their money."""

import hashlib
import secrets
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ..store.database import LARGEST_ID, Database
from ..store.groups import ApiKey, Group, GroupStore
from .access import THE_SHOP
from .clock import Clock
from .events import Events, change
from .ledger import Ledger
from .problems import ApiKeyUnknown, Cause, GroupNotFound, Invalid, invalid

LEGAL = (
    *("company", "full_name", "address", "city", "state", "zip", "email", "phone", "country", "website"),
    *("ein", "vat", "tax_id", "country_name"),
)
"""What is known of a company or a person that is a party to a licence or an invoice."""

CURRENCIES = ("USD", "EUR")
MOST_CREDIT = 1_000_000_000_00  # minor units
MOST_TEXT = 500
MOST_BARRED = 500  # each search of the group has to leave all of them out
MOST_KEYS = 100


class NewGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group to be made. `credit_line` in minor units, `vat_rate` in hundredths of a per cent."""

    company: str
    postpaid: bool = False
    currency: str = "USD"
    credit_line: int = 0
    vat_enabled: bool = False
    vat_rate: int = 0
    time_zone: str = "UTC"
    legal: dict[str, str | None] = {}


class Money(msgspec.Struct, frozen=True):
    """How a group stands, in minor units: `balance` is prepaid money, `available` with the credit line."""

    balance: int
    available: int


def account_of(group_id: int) -> str:
    """The ledger account of a group's prepaid balance."""
    return f"group:{group_id}"


def debt_of(group_id: int) -> str:
    """The ledger account of what a postpaid group owes."""
    return f"receivable:{group_id}"


class Groups:
    """Makes and changes groups for operators, finds them for members."""

    def __init__(self, db: Database, store: GroupStore, ledger: Ledger, events: Events, clock: Clock) -> None:
        self._db = db
        self._store = store
        self._ledger = ledger
        self._events = events
        self._clock = clock

    async def add(self, new: NewGroup, *, actor: str = THE_SHOP) -> Group:
        """A new group; raises Invalid with all causes."""
        columns = msgspec.structs.asdict(new) | {
            "legal": _given(new.legal | {"company": new.company.strip()})
        }
        del columns["company"]
        if causes := _problems(columns):
            raise Invalid(*causes)
        async with self._db.transaction():
            group = await self._store.add(columns, self._clock())
            await self._events.add("group.created", actor, group.id)
        return group

    async def get(self, group_id: int) -> Group:
        """A group; raises GroupNotFound."""
        group = await self._store.get(group_id)
        if group is None:
            raise GroupNotFound(f"there is no group {group_id}")
        return group

    async def all(self, after: int = 0, most: int = 1000) -> list[Group]:
        return await self._store.all(after, most)

    async def page(self, words: str, before: int | None, take: int) -> list[Group]:
        """Groups with this in the company's name, newest first, with ids below `before`."""
        return await self._store.page(words, before or LARGEST_ID, take)

    async def lock(self, group_id: int) -> Group:
        """The group, held until the transaction ends; raises GroupNotFound."""
        group = await self._store.lock(group_id)
        if group is None:
            raise GroupNotFound(f"there is no group {group_id}")
        return group

    async def change(self, group_id: int, *, actor: str = THE_SHOP, **changes: Any) -> Group:
        """Change what is given, for an operator; `legal` names what of it. Raises GroupNotFound, Invalid."""
        async with self._db.transaction():
            group = await self.lock(group_id)
            if "legal" in changes:
                changes["legal"] = _given(group.legal | changes["legal"])
            before = msgspec.structs.asdict(group)
            causes = _problems(before | changes)
            if "currency" in changes and changes["currency"] != group.currency and await self._moved(group):
                causes.append(Cause("currency", "money has moved already, so the currency stays"))
            if causes:
                raise Invalid(*causes)
            differ = {name: value for name, value in changes.items() if before[name] != value}
            if differ:
                await self._store.change(group_id, differ)
                terms = {name: value for name, value in differ.items() if name != "legal"}
                told = {"fields": sorted(differ), **change(before, terms)}
                await self._events.add("group.changed", actor, group_id, **told)
            return await self.get(group_id)

    async def _moved(self, group: Group) -> bool:
        accounts = (account_of(group.id), debt_of(group.id))
        return any([await self._ledger.moved(account) for account in accounts])

    async def money(self, group: Group) -> Money:
        """Balance and what may be spent now; exact while the group is held."""
        balance = -await self._ledger.balance(account_of(group.id), group.currency)
        return Money(balance, balance + group.credit_line)

    async def balances(self, groups: list[Group]) -> dict[int, int]:
        """The prepaid balances of groups by id."""
        found = await self._ledger.balances([account_of(group.id) for group in groups])
        return {group.id: -found.get((account_of(group.id), group.currency), 0) for group in groups}

    async def debt(self, group: Group) -> int:
        """What the group owes for licences that it did not pay beforehand."""
        return await self._ledger.balance(debt_of(group.id), group.currency)

    # --- API keys ----------------------------------------------------------------------------------------

    async def issue_key(self, group_id: int, label: str = "", *, actor: str = THE_SHOP) -> str:
        """A new API key of the group; it is shown this once. Raises GroupNotFound, Invalid."""
        secret = secrets.token_hex(20)
        async with self._db.transaction():
            await self.lock(group_id)
            living = [key for key in await self._store.keys(group_id) if key.revoked_at is None]
            if len(living) >= MOST_KEYS:
                raise invalid("label", f"a group has at most {MOST_KEYS} API keys; revoke one first")
            key_id = await self._store.add_key(group_id, _digest(secret), label[:100], self._clock())
            await self._events.add("group.key_issued", actor, group_id, key=key_id, label=label[:100])
        return secret

    async def keys(self, group_id: int) -> list[ApiKey]:
        """All that are in force, and the latest of those that were revoked; the newest first."""
        return await self._store.keys(group_id)

    async def revoke_key(self, group_id: int, key_id: int, *, actor: str = THE_SHOP) -> None:
        """End a key; its sessions end with it. Twice is no error."""
        async with self._db.transaction():
            if not await self._store.revoke_key(group_id, key_id, self._clock()):
                raise invalid("key", f"group {group_id} has no API key {key_id}")
            await self._events.add("group.key_revoked", actor, group_id, key=key_id)

    async def check_key(self, secret: str) -> ApiKey:
        """The living key; raises ApiKeyUnknown."""
        key = await self._store.key(_digest(secret)) if 0 < len(secret) <= 200 else None
        if key is None:
            raise ApiKeyUnknown
        return key

    # --- authors -----------------------------------------------------------------------------------------

    async def bar(self, group_id: int, seller_id: int, *, actor: str = THE_SHOP) -> None:
        """Close an author's items to a group; licences that were issued stay good.

        Barring twice is no error. Raises GroupNotFound, Invalid.
        """
        async with self._db.transaction():
            await self.lock(group_id)
            if len(await self._store.barred(group_id)) >= MOST_BARRED:
                raise invalid("seller", f"at most {MOST_BARRED} authors can be barred for a group")
            if await self._store.bar(group_id, seller_id, self._clock()):
                await self._events.add("group.author_barred", actor, group_id, seller=seller_id)

    async def allow(self, group_id: int, seller_id: int, *, actor: str = THE_SHOP) -> None:
        """Open an author's items to the group again; twice is no error."""
        async with self._db.transaction():
            if await self._store.allow(group_id, seller_id):
                await self._events.add("group.author_allowed", actor, group_id, seller=seller_id)

    async def barred(self, group_id: int) -> list[int]:
        """The sellers whose items the group may not license."""
        return await self._store.barred(group_id)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _given(legal: dict[str, str | None]) -> dict[str, str | None]:
    """Without what is not known: no change is told where nothing changed."""
    return {name: text for name, text in legal.items() if text}


def _problems(columns: dict[str, Any]) -> list[Cause]:
    """All that is wrong with a group of these columns."""
    causes = []
    if columns["currency"] not in CURRENCIES:
        reason = f"{columns['currency']!r} is not one of: {', '.join(CURRENCIES)}"
        causes.append(Cause("currency", reason))
    if not 0 <= columns["vat_rate"] <= 10_000:
        causes.append(Cause("vat_rate", "give hundredths of a per cent from 0 to 10000"))
    if columns["credit_line"] < 0:
        causes.append(Cause("credit_line", "a credit line cannot be negative"))
    if columns["credit_line"] > MOST_CREDIT:
        causes.append(Cause("credit_line", f"a credit line is at most {MOST_CREDIT // 100}"))
    try:
        ZoneInfo(columns["time_zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reason = f"there is no time zone {columns['time_zone']!r}; write it as Europe/Berlin"
        causes.append(Cause("time_zone", reason))
    return causes + _legal_problems(columns["legal"])


def _legal_problems(legal: dict[str, str | None]) -> list[Cause]:
    causes = []
    if unknown := sorted(set(legal) - set(LEGAL)):
        causes.append(Cause("legal", f"there is no {', '.join(unknown)}; there are: {', '.join(LEGAL)}"))
    if not (legal.get("company") or "").strip():
        causes.append(Cause("company", "name the company"))
    return causes + [
        Cause(name, f"give at most {MOST_TEXT} characters")
        for name, text in legal.items()
        if len(text or "") > MOST_TEXT
    ]
