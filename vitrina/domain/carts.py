"""Carts of members: what they mean to license, there again on whatever machine they log in; licensed in one go."""

from hashlib import sha256

import msgspec

from ..store.carts import CartLine, CartStore
from ..store.database import Database
from ..store.licences import Fields
from .access import MemberRef, MemberRight
from .clock import Clock
from .groups import Groups
from .idempotency import Idempotency
from .licences import Licences, LicenceTypes, Priced, Quote, Wanted
from .problems import BalanceTooLow, CartChanged, CartFull, LicenceTypeNotFound

MOST_LINES = 100


class Licensed(msgspec.Struct, frozen=True):
    """What became of a line: a licence's id, or the sentence of a problem."""

    wanted: Wanted
    licence_id: int | None
    problem: str | None


class Carts:
    """Fills carts and licenses what is in them."""

    def __init__(
        self,
        db: Database,
        store: CartStore,
        types: LicenceTypes,
        licences: Licences,
        groups: Groups,
        idempotency: Idempotency,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._types = types
        self._licences = licences
        self._groups = groups
        self._idempotency = idempotency
        self._clock = clock

    async def put(self, member: MemberRef, wanted: Wanted) -> None:
        """Add an item, or change what is wanted of it.

        Raises MemberRightMissing, CartFull, and whatever keeps it from being licensed.
        """
        member.must(MemberRight.LICENSE)
        (row,) = (await self._licences.quote(member, [wanted])).rows
        if row.problem is not None:
            raise row.problem
        lines = await self.lines(member)
        if len(lines) >= MOST_LINES and wanted.item_id not in {line.item_id for line in lines}:
            raise CartFull
        line = CartLine(wanted.item_id, wanted.licence_type_id, wanted.size, wanted.options)
        await self._store.put(member.id, line, self._clock())

    async def remove(self, member: MemberRef, item_ids: list[int]) -> None:
        """Take items out; what is not in it is passed over."""
        await self._store.remove(member.id, item_ids)

    async def lines(self, member: MemberRef) -> list[CartLine]:
        """What is in the cart, the oldest first."""
        return await self._store.lines(member.id)

    async def quote(self, member: MemberRef) -> Quote | None:
        """What the cart would cost now, each line with its price or problem; None if it is empty."""
        return await self._quote(member, await self._store.lines(member.id))

    async def _quote(self, member: MemberRef, lines: list[CartLine]) -> Quote | None:
        if not lines:
            return None
        wanted = [Wanted(*msgspec.structs.astuple(line)) for line in lines]
        open_types = {type.id for type in await self._types.of_group(member.group_id)}
        living = [one for one in wanted if one.licence_type_id in open_types]
        if not living:
            rows = {}
            quote = Quote([], 0, None)
        else:
            quote = await self._licences.quote(member, living)
            rows = {row.wanted.item_id: row for row in quote.rows}
        shut = LicenceTypeNotFound()
        return msgspec.structs.replace(
            quote, rows=[rows.get(one.item_id, Priced(one, None, shut, [])) for one in wanted]
        )

    async def license(self, member: MemberRef, seen: str, fields: Fields, key: str) -> list[Licensed]:
        """License all lines that can be, if the cart still is what was `seen`; what is licensed leaves it.

        Sent again with the same key it charges nothing and answers the same. Raises MemberRightMissing, CartChanged,
        BalanceTooLow, Invalid; then nothing was charged.
        """
        member.must(MemberRight.LICENSE)
        digest = sha256(msgspec.json.encode((seen, fields))).digest()

        async def buy() -> bytes:
            # Held before anything is looked at: prices and money stay what they were until it is charged.
            await self._groups.lock(member.group_id)
            quote = await self._quote(member, await self._store.lines(member.id, hold=True))
            if quote is None or sight_of(quote) != seen:
                raise CartChanged
            if not quote.covered:
                raise BalanceTooLow
            wanted = [row.wanted for row in quote.rows if row.problem is None]
            outcomes = await self._licences.issue(member, wanted, fields)
            done = [one.wanted.item_id for one in outcomes if one.problem is None]
            await self._store.remove(member.id, done)
            return msgspec.json.encode(
                [
                    Licensed(one.wanted, one.licence_id, one.problem.message if one.problem else None)
                    for one in outcomes
                ]
            )

        answer = await self._idempotency.once(member.group_id, _named(member, key), digest, buy)
        return msgspec.json.decode(answer or b"[]", type=list[Licensed])

    async def licensed(self, member: MemberRef, key: str) -> list[Licensed] | None:
        """What came of licensing with this key; None if there is none, or it was long ago."""
        answer = await self._idempotency.first(member.group_id, _named(member, key))
        return msgspec.json.decode(answer, type=list[Licensed]) if answer else None


def sight_of(quote: Quote) -> str:
    """Names what somebody sees in a cart: every licence that can be had, and its price."""
    told = [(row.wanted, row.price) for row in quote.rows if row.problem is None]
    return sha256(msgspec.json.encode(told)).hexdigest()[:32]


def _named(member: MemberRef, key: str) -> str:
    """Apart from the keys that programs of the group choose."""
    return f"cart:{member.id}:{key}"
