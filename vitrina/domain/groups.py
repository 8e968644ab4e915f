"""Working groups: companies that license stock items, prepaid or on account. Their API keys and their money."""

import hashlib
import secrets
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ..store.database import Database
from ..store.groups import ApiKey, Group, GroupStore
from .access import THE_SHOP
from .clock import Clock
from .events import Events
from .ledger import Ledger
from .problems import ApiKeyUnknown, Cause, GroupNotFound, Invalid, invalid

LEGAL = (
    *("company", "full_name", "address", "city", "state", "zip", "email", "phone", "country", "website"),
    *("ein", "vat", "tax_id", "country_name"),
)
"""What is known of a company or a person that is a party to a licence or an invoice."""

CURRENCIES = ("USD", "EUR")
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

    async def add(self, new: NewGroup) -> Group:
        """A new group; raises Invalid with all causes."""
        causes = _problems(new.currency, new.vat_rate, new.time_zone, new.credit_line)
        if not new.company.strip():
            causes.append(Cause("company", "name the company"))
        if unknown := sorted(set(new.legal) - set(LEGAL)):
            causes.append(Cause("legal", f"there is no {', '.join(unknown)}; there are: {', '.join(LEGAL)}"))
        if causes:
            raise Invalid(*causes)
        columns = msgspec.structs.asdict(new) | {"legal": new.legal | {"company": new.company.strip()}}
        del columns["company"]
        async with self._db.transaction():
            group = await self._store.add(columns, self._clock())
            await self._events.add("group.created", THE_SHOP, group.id)
        return group

    async def get(self, group_id: int) -> Group:
        """A group; raises GroupNotFound."""
        group = await self._store.get(group_id)
        if group is None:
            raise GroupNotFound(f"there is no group {group_id}")
        return group

    async def all(self, after: int = 0, most: int = 1000) -> list[Group]:
        return await self._store.all(after, most)

    async def lock(self, group_id: int) -> Group:
        """The group, held until the transaction ends; raises GroupNotFound."""
        group = await self._store.lock(group_id)
        if group is None:
            raise GroupNotFound(f"there is no group {group_id}")
        return group

    async def change(self, group_id: int, **changes: object) -> Group:
        """Change what is given, for an operator; raises GroupNotFound, Invalid."""
        async with self._db.transaction():
            group = await self.lock(group_id)
            now = msgspec.structs.asdict(group) | changes
            causes = _problems(now["currency"], now["vat_rate"], now["time_zone"], now["credit_line"])
            if "currency" in changes and changes["currency"] != group.currency and await self._moved(group):
                causes.append(Cause("currency", "money has moved already, so the currency stays"))
            if causes:
                raise Invalid(*causes)
            await self._store.change(group_id, changes)
            await self._events.add("group.changed", THE_SHOP, group_id, fields=sorted(changes))
            return await self.get(group_id)

    async def _moved(self, group: Group) -> bool:
        accounts = (account_of(group.id), debt_of(group.id))
        return any([await self._ledger.moved(account) for account in accounts])

    async def money(self, group: Group) -> Money:
        """Balance and what may be spent now; exact while the group is held."""
        balance = -await self._ledger.balance(account_of(group.id), group.currency)
        return Money(balance, balance + group.credit_line)

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


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _problems(currency: object, vat_rate: object, time_zone: object, credit_line: object) -> list[Cause]:
    causes = []
    if currency not in CURRENCIES:
        causes.append(Cause("currency", f"{currency!r} is not one of: {', '.join(CURRENCIES)}"))
    if not isinstance(vat_rate, int) or not 0 <= vat_rate <= 10_000:
        causes.append(Cause("vat_rate", "give hundredths of a per cent from 0 to 10000"))
    if not isinstance(credit_line, int) or credit_line < 0:
        causes.append(Cause("credit_line", "a credit line cannot be negative"))
    try:
        ZoneInfo(str(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        causes.append(Cause("time_zone", f"there is no time zone {time_zone!r}; write it as Europe/Berlin"))
    return causes
