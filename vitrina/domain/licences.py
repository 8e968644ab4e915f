"""Licences: what a group buys for an item, a size and extended options; and the licence types that price them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec

from ..store.database import Database
from ..store.groups import Group
from ..store.licences import Fields, Licence, LicenceStore, LicenceType, LicenceTypeStore, NewLicence, Sought
from ..store.statistics import StatisticsStore
from .access import THE_SHOP, MemberRef, MemberRight
from .clock import Clock
from .events import Events, change
from .groups import Groups, account_of, debt_of
from .ledger import COMMISSION, Ledger
from .problems import (
    BalanceTooLow,
    ItemNotFound,
    LicenceNotFound,
    LicenceTypeNotFound,
    Problem,
    SizeNotOpen,
    invalid,
)

OPTIONS = {
    1: "unlimited print",
    2: "multi-seat",
    4: "extra legal warranty",
    8: "product for resale and free distribution",
    16: "transfer rights",
}
TRANSFER = 16
FIELDS = ("project", "client", "purchase_order", "isbn", "other")
PRODUCT_TYPES = ("image", "vector", "video", "audio")
MOST_ITEMS = 500  # in one call
MOST_FIELD = 500  # characters
ROWS_AT_ONCE = 1000
MOST_PRICE = 10_000_000_00  # minor units


class Sellable(msgspec.Struct, frozen=True):
    """An item as far as licensing goes: its sizes are those that can be rendered."""

    id: int
    type: str
    seller_id: int
    sizes: frozenset[str]


FindItems = Callable[[list[int]], Awaitable[dict[int, Sellable]]]
"""Those of the items that are on sale, by id."""


class Wanted(msgspec.Struct, frozen=True):
    """One licence that is wanted; `options` is a sum out of OPTIONS."""

    item_id: int
    licence_type_id: int
    size: str
    options: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """What became of one that was wanted: a licence's id, or the problem."""

    wanted: Wanted
    licence_id: int | None
    problem: Problem | None


class Priced(msgspec.Struct, frozen=True):
    """What one would cost in minor units, or the problem; licences that the group holds for the item already."""

    wanted: Wanted
    price: int | None
    problem: Problem | None
    held: list[Licence]


class Quote(msgspec.Struct, frozen=True):
    """What a call would cost, and the balance after it (None: the group pays by invoice); whether that may be spent."""

    rows: list[Priced]
    total: int
    balance_after: int | None
    covered: bool = True


class LicenceTypes:
    """What operators offer to groups."""

    def __init__(
        self, db: Database, store: LicenceTypeStore, groups: Groups, events: Events, clock: Clock
    ) -> None:
        self._db = db
        self._store = store
        self._groups = groups
        self._events = events
        self._clock = clock

    async def add(
        self,
        group_id: int,
        name: str,
        product_type: str,
        sizes: dict[str, int],
        options: dict[int, int],
        *,
        fields: tuple[str, ...] = FIELDS,
        transfer_needs_option: bool = False,
        actor: str = THE_SHOP,
    ) -> int:
        """A new licence type of a group, prices in minor units; raises GroupNotFound, Invalid."""
        _check_prices(product_type, sizes, options)
        if not name.strip() or len(name) > 200:
            raise invalid("name", "give 1 to 200 characters")
        if unknown := sorted(set(fields) - set(FIELDS)):
            raise invalid("fields", f"there is no field {unknown[0]}; there are: {', '.join(FIELDS)}")
        async with self._db.transaction():
            await self._groups.lock(group_id)
            now = self._clock()
            row = (group_id, name.strip(), product_type, list(fields), transfer_needs_option, now)
            id = await self._store.add(*row)
            await self._store.set_prices(id, sizes, options)
            kind = "licence_type.created"
            await self._events.add(kind, actor, id, group=group_id, sizes=sizes, options=options)
        return id

    async def set_prices(
        self, group_id: int, id: int, sizes: dict[str, int], options: dict[int, int], *, actor: str = THE_SHOP
    ) -> None:
        """Replace all prices; licences that were issued keep theirs."""
        async with self._db.transaction():
            await self._groups.lock(group_id)
            found = await self.get(group_id, id)
            _check_prices(found.product_type, sizes, options)
            before = {"sizes": found.sizes, "options": found.options}
            if told := change(before, {"sizes": sizes, "options": options}):
                await self._store.set_prices(id, sizes, options)
                await self._events.add("licence_type.changed", actor, id, group=group_id, **told)

    async def close(self, group_id: int, id: int, *, actor: str = THE_SHOP) -> None:
        """Nothing more is licensed of this type."""
        async with self._db.transaction():
            if not await self._store.close(group_id, id, self._clock()):
                raise LicenceTypeNotFound
            await self._events.add("licence_type.closed", actor, id, group=group_id)

    async def of_group(self, group_id: int) -> list[LicenceType]:
        """The open ones."""
        return await self._store.of_group(group_id)

    async def of_ids(self, group_id: int, ids: set[int]) -> dict[int, LicenceType]:
        """Those of the group's among these by id, closed ones too."""
        return {found.id: found for found in await self._store.of_ids(group_id, list(ids))}

    async def get(self, group_id: int, id: int) -> LicenceType:
        """One of the group's, closed ones too; raises LicenceTypeNotFound."""
        found = await self._store.get(group_id, id)
        if found is None:
            raise LicenceTypeNotFound(f"there is no licence {id} for your group")
        return found


class Licences:
    """Issues licences and reads them."""

    def __init__(
        self,
        db: Database,
        store: LicenceStore,
        types: LicenceTypes,
        groups: Groups,
        ledger: Ledger,
        statistics: StatisticsStore,
        find_items: FindItems,
        events: Events,
        clock: Clock,
        fee: int,
    ) -> None:
        self._db = db
        self._store = store
        self._types = types
        self._groups = groups
        self._ledger = ledger
        self._statistics = statistics
        self._find_items = find_items
        self._events = events
        self._clock = clock
        self._fee = fee  # the shop's commission in 1/10,000

    # --- issuing -----------------------------------------------------------------------------------------

    async def issue(self, member: MemberRef, wanted: list[Wanted], fields: Fields) -> list[Outcome]:
        """License what can be, each with its own outcome, in one transaction with the money.

        Raises MemberRightMissing, LicenceTypeNotFound (of any), Invalid.
        """
        member.must(MemberRight.LICENSE)
        _check_wanted(wanted, fields)
        priced = await self._price(member.group_id, wanted)
        async with self._db.transaction():
            group = await self._groups.lock(member.group_id)
            left = None if group.postpaid else (await self._groups.money(group)).available
            chosen: list[NewLicence] = []
            outcomes: list[tuple[Wanted, Problem | None]] = []
            for one, found in priced:
                problem: Problem | None = None
                if isinstance(found, Problem):
                    problem = found
                elif left is not None and found.price > left:
                    problem = BalanceTooLow()
                else:
                    left = None if left is None else left - found.price
                    chosen.append(found)
                outcomes.append((one, problem))
            ids = iter(await self._write(group, member, fields, chosen))
        return [Outcome(one, next(ids) if problem is None else None, problem) for one, problem in outcomes]

    async def _write(
        self, group: Group, member: MemberRef, fields: Fields, new: list[NewLicence]
    ) -> list[int]:
        if not new:
            return []
        now = self._clock()
        row = (group.id, member.id, group.currency, not group.postpaid, fields, new, now)
        ids = await self._store.add(*row)
        payer = debt_of(group.id) if group.postpaid else account_of(group.id)
        amounts: dict[str, int] = {}
        for one in new:
            fee = self._fee_of(one)
            for account, amount in (
                (payer, one.price),
                (f"seller:{one.seller_id}", fee - one.price),
                (COMMISSION, -fee),
            ):
                amounts[account] = amounts.get(account, 0) + amount
        await self._ledger.post(amounts, "licence", currency=group.currency)
        await self._statistics.count("licensed", group.id, member.id, [one.item_id for one in new], now)
        told: list[tuple[int | None, int, dict[str, Any]]] = [
            (
                one.seller_id,
                id,
                {
                    "group": group.id,
                    "item": one.item_id,
                    "size": one.size,
                    "price": one.price,
                    "fee": self._fee_of(one),
                },
            )
            for id, one in zip(ids, new, strict=True)
        ]
        await self._events.add_many("licence.issued", member.actor, told)
        return ids

    def _fee_of(self, one: NewLicence) -> int:
        """The shop's commission on it."""
        return one.price * self._fee // 10_000

    async def quote(self, member: MemberRef, wanted: list[Wanted]) -> Quote:
        """What `issue` would cost now, and which licences the group holds for these items already."""
        _check_wanted(wanted, Fields())
        priced = await self._price(member.group_id, wanted)
        held = await self._store.held(member.group_id, [one.item_id for one in wanted])
        rows = []
        for one, found in priced:
            mine = [licence for licence in held if licence.item_id == one.item_id]
            if isinstance(found, Problem):
                rows.append(Priced(one, None, found, mine))
            else:
                rows.append(Priced(one, found.price, None, mine))
        total = sum(row.price or 0 for row in rows)
        group = await self._groups.get(member.group_id)
        if group.postpaid:
            return Quote(rows, total, None)
        money = await self._groups.money(group)
        return Quote(rows, total, money.balance - total, total <= money.available)

    async def _price(self, group_id: int, wanted: list[Wanted]) -> list[tuple[Wanted, NewLicence | Problem]]:
        """What each would be; a licence type that is not the group's fails the whole call."""
        types = {found.id: found for found in await self._types.of_group(group_id)}
        for one in wanted:
            if one.licence_type_id not in types:
                raise LicenceTypeNotFound(f"there is no licence {one.licence_type_id} for your group")
        found = await self._find_items(list({one.item_id for one in wanted}))
        barred = await self._groups.barred(group_id)
        items = {id: item for id, item in found.items() if item.seller_id not in barred}
        return [(one, _new(one, types[one.licence_type_id], items.get(one.item_id))) for one in wanted]

    # --- reading -----------------------------------------------------------------------------------------

    async def get(self, member: MemberRef, id: int) -> Licence:
        """One of the group's; raises LicenceNotFound."""
        found = await self._store.get(member.group_id, id)
        if found is None:
            raise LicenceNotFound(f"there is no transaction {id} of your group")
        return found

    async def page(self, member: MemberRef, **wanted: Any) -> tuple[list[Licence], int]:
        """A page of the group's licences, and how many match; filters and order as LicenceStore.page has them."""
        return await self._store.page(member.group_id, **wanted)

    async def held(self, member: MemberRef, item_ids: list[int]) -> dict[int, list[Licence]]:
        """The licences that the group holds for these items, by item; for those without any an empty list."""
        found: dict[int, list[Licence]] = {id: [] for id in item_ids}
        for licence in await self._store.held(member.group_id, item_ids) if item_ids else []:
            found[licence.item_id].append(licence)
        return found

    async def newest(self, member: MemberRef, sought: Sought, behind: int | None, most: int) -> list[Licence]:
        """Those of the group's that are sought, newest first, behind a licence if one is named; not counted."""
        last = await self.get(member, behind) if behind is not None else None
        after = (last.created_at, last.id) if last else None
        return await self._store.behind(member.group_id, sought, after, most)

    async def all(self, member: MemberRef, sought: Sought) -> AsyncIterator[list[Licence]]:
        """All that are sought, newest first, some at a time."""
        after = None
        while rows := await self._store.behind(member.group_id, sought, after, ROWS_AT_ONCE):
            yield rows
            after = (rows[-1].created_at, rows[-1].id)

    async def on_no_invoice(self, member: MemberRef, most: int) -> list[Licence]:
        """The newest of the group's that an invoice can be made of."""
        return await self._store.on_no_invoice(member.group_id, most)

    async def chosen(self, member: MemberRef, ids: list[int]) -> list[Licence]:
        """All of these; raises LicenceNotFound if one is not the group's."""
        found = await self._store.of_ids(member.group_id, ids)
        if missing := set(ids) - {licence.id for licence in found}:
            raise LicenceNotFound(f"there is no transaction {min(missing)} of your group")
        return found

    async def holds(self, group_id: int, item_id: int, size: str) -> bool:
        """Whether the group may download this size of an item."""
        held = await self._store.held(group_id, [item_id])
        return any(licence.size == size for licence in held)


def _new(one: Wanted, type: LicenceType, item: Sellable | None) -> NewLicence | Problem:
    if item is None:
        return ItemNotFound(f"item {one.item_id} not found")
    if item.type == "audio":  # the contract names no size for a sound
        return SizeNotOpen(f"item {item.id} is a sound; sounds are shown and heard, but not licensed")
    if item.type != type.product_type:
        return SizeNotOpen(f"licence {type.id} is for {type.product_type}, item {item.id} is {item.type}")
    if one.size not in type.sizes or one.size not in item.sizes:
        return SizeNotOpen(f"size {one.size} is not open to your group or this item")
    options = [(option, type.options.get(option, -1)) for option in OPTIONS if one.options & option]
    if closed := [option for option, price in options if price < 0]:
        return SizeNotOpen(
            f"the extended option {closed[0]} ({OPTIONS[closed[0]]}) is not open to your group"
        )
    price = type.sizes[one.size] + sum(price for _, price in options)
    return NewLicence(type.id, item.id, item.type, item.seller_id, one.size, price, options)


def _check_wanted(wanted: list[Wanted], fields: Fields) -> None:
    if not 1 <= len(wanted) <= MOST_ITEMS:
        raise invalid("licensing", f"license 1 to {MOST_ITEMS} items at a time")
    for one in wanted:
        if not 0 <= one.options <= sum(OPTIONS):
            raise invalid("options", f"{one.options} is not a sum of {', '.join(map(str, OPTIONS))}")
    for name, text in msgspec.structs.asdict(fields).items():
        if text is not None and len(text) > MOST_FIELD:
            raise invalid(name, f"give at most {MOST_FIELD} characters")


def _check_prices(product_type: str, sizes: dict[str, int], options: dict[int, int]) -> None:
    if product_type not in PRODUCT_TYPES:
        raise invalid("product_type", f"{product_type!r} is not one of: {', '.join(PRODUCT_TYPES)}")
    if not sizes:
        raise invalid("sizes", "give at least one size with its price")
    if unknown := sorted(set(options) - set(OPTIONS)):
        raise invalid("options", f"there is no extended option {unknown[0]}")
    for price in (*sizes.values(), *options.values()):
        if not 0 <= price <= MOST_PRICE:
            raise invalid("price", f"a price is from 0 to {MOST_PRICE} minor units")
