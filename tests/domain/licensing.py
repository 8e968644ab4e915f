"""What members of working groups and operators do, to be done in any order and all at once."""

from dataclasses import dataclass, field

import msgspec

from tests.books import BOOKS
from tests.builders import word
from tests.domain import stock
from vitrina.domain.access import MemberRef, MemberRight
from vitrina.domain.licences import Wanted
from vitrina.domain.problems import Problem
from vitrina.domain.shop import Shop
from vitrina.store.licences import Fields

PARTY: dict[str, str | None] = {"company": "Harbour Tours"}
MEMBERS = 4  # two of a prepaid group, then two of a postpaid one
ITEMS = 3  # the last is not on sale


@dataclass
class World:
    """Two groups, with two members each, and what they were told."""

    shop: Shop
    members: list[MemberRef]
    types: dict[int, int]
    items: list[int]
    answers: dict[tuple[int, str], set[bytes]] = field(default_factory=dict)
    licensed: list[int] = field(default_factory=list)
    invoiced: list[tuple[int, list[int]]] = field(default_factory=list)
    passed_on: list[int] = field(default_factory=list)

    @property
    def prepaid(self) -> int:
        return self.members[0].group_id

    async def licences(self, group_id: int, picks: list[int]) -> list[int]:
        """Some licences of a group, by any numbers; none there are."""
        rows = await self.shop.db.fetch("select id from licences where group_id = $1 order by id", group_id)
        return [rows[pick % len(rows)]["id"] for pick in picks] if rows else picks

    async def invoice(self, pick: int) -> int:
        """Some invoice of any of the groups."""
        ids = list(self.types)
        rows = await self.shop.db.fetch("select id from invoices where group_id = any($1) order by id", ids)
        return int(rows[pick % len(rows)]["id"]) if rows else pick

    async def broken(self) -> list[str]:
        """The books' sentences that do not hold for these groups."""
        wrong = []
        for sentence, sql in BOOKS.items():
            rows = [dict(row) for row in await self.shop.db.fetch(sql)]
            if rows := [row for row in rows if row["group_id"] in (None, *self.types)]:
                wrong.append(f"not so: {sentence}: {rows[:3]}")
        return wrong


async def new_world(shop: Shop, balance: int) -> World:
    """A prepaid and a postpaid group, with VAT, and items."""
    groups = [
        await stock.group(shop, balance, vat_enabled=True, vat_rate=1900),
        await stock.group(shop, postpaid=True, vat_enabled=True, vat_rate=725, time_zone="Asia/Tokyo"),
    ]
    author = await stock.author(shop)
    items = [await stock.item(shop, author) for _ in range(ITEMS - 1)]
    members = [await _member(shop, id) for id in groups for _ in range(MEMBERS // 2)]
    return World(shop, members, {id: await stock.licence_type(shop, id) for id in groups}, [*items, 10**15])


async def _member(shop: Shop, group_id: int) -> MemberRef:
    """A member with every right, whose password nobody knows: hashing real ones takes longer than the rest."""
    id = await shop.db.value(
        "insert into members (group_id, username, email, password_hash, rights, created_at)"
        " values ($1, $2, $2 || '@example.com', '', $3, now()) returning id",
        group_id,
        word("m"),
        [right.value for right in MemberRight],
    )
    return MemberRef(id, group_id, frozenset(MemberRight))


@dataclass(frozen=True)
class License:
    """Items of which some may not be licensed, perhaps with an Idempotency-Key that others use, too."""

    who: int
    wanted: tuple[tuple[int, str, int], ...]
    key: str

    async def run(self, world: World) -> None:
        member = world.members[self.who]
        type_id = world.types[member.group_id]
        wanted = [Wanted(world.items[item], type_id, size, options) for item, size, options in self.wanted]

        async def buy() -> bytes:
            outcomes = await world.shop.licences.issue(member, wanted, Fields(project="Spring"))
            return msgspec.json.encode([one.licence_id for one in outcomes])

        if not self.key:
            answer = await buy()
        else:
            once = world.shop.group_idempotency.once
            answer = await once(member.group_id, self.key, repr(self.wanted).encode(), buy) or b""
            first = world.answers.setdefault((member.group_id, self.key), set())
            if answer in first:
                return
            first.add(answer)
        world.licensed += [id for id in msgspec.json.decode(answer) if id is not None]


@dataclass(frozen=True)
class TakeCopy:
    who: int
    item: int

    async def run(self, world: World) -> None:
        await world.shop.copies.take(world.members[self.who], world.items[self.item], "s-2015")


@dataclass(frozen=True)
class PassOn:
    who: int
    picks: tuple[int, ...]

    async def run(self, world: World) -> None:
        member = world.members[self.who]
        ids = await world.licences(member.group_id, list(self.picks))
        await world.shop.transfers.make(member, ids, PARTY, PARTY)
        world.passed_on += set(ids)


@dataclass(frozen=True)
class Invoice:
    who: int
    picks: tuple[int, ...]

    async def run(self, world: World) -> None:
        member = world.members[self.who]
        ids = await world.licences(member.group_id, list(self.picks))
        made = await world.shop.invoices.create(member, ids, None)
        world.invoiced.append((made.id, ids))


@dataclass(frozen=True)
class Refill:
    amount: int
    paid: bool

    async def run(self, world: World) -> None:
        await world.shop.invoices.refill(world.prepaid, self.amount, paid=self.paid)


@dataclass(frozen=True)
class Pay:
    pick: int

    async def run(self, world: World) -> None:
        await world.shop.invoices.note_payment(await world.invoice(self.pick))


@dataclass(frozen=True)
class Cancel:
    pick: int

    async def run(self, world: World) -> None:
        await world.shop.invoices.cancel(await world.invoice(self.pick))


@dataclass(frozen=True)
class BillMonths:
    async def run(self, world: World) -> None:
        await world.shop.invoices.bill_months()


Action = License | TakeCopy | PassOn | Invoice | Refill | Pay | Cancel | BillMonths


async def attempt(action: Action, world: World) -> None:
    """Do it, or be refused with a reason; anything else is a fault."""
    try:
        await action.run(world)
    except Problem:
        pass
