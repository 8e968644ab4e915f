"""The ledger: money moves by balanced double entries in minor units, and by nothing else.

Debits are positive: what providers hold for the shop. Credits are negative: what the shop owes and has earned.
"""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from ..store.ledger import Entry, LedgerStore
from .access import Seller
from .clock import Clock

ROUBLES = "RUB"
COMMISSION = "shop:commission"
REFUNDS = "refunds:due"  # what buyers are to get back
ROWS_AT_ONCE = 1000
OWED = "buyers:owed"  # what buyers got back for purchases that stand after all


class Earning(msgspec.Struct, frozen=True):
    """One movement on a seller's account; `amount` in kopecks, positive when the seller gains."""

    id: int
    at: datetime
    reason: str
    order_id: int | None
    amount: int
    goods: list[tuple[int, str, int]] = []
    """(offer, title, quantity) of what was sold, where that is asked for."""


class Ledger:
    """Posts transactions and reads balances."""

    def __init__(self, store: LedgerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def post(
        self,
        amounts: dict[str, int],
        reason: str,
        *,
        order_id: int | None = None,
        payment_id: int | None = None,
        currency: str = ROUBLES,
    ) -> None:
        """One transaction: amounts by account, which add up to nothing."""
        await self._store.post(amounts, currency, reason, order_id, payment_id, self._clock())

    async def sale_of(self, order_id: int) -> dict[str, int]:
        """What a sale credited, by account: the sellers' earnings and the shop's commission."""
        amounts: dict[str, int] = {}
        for entry in await self._store.of_order(order_id):
            if entry.reason == "sale" and entry.amount < 0:
                amounts[entry.account] = amounts.get(entry.account, 0) + entry.amount
        return amounts

    async def of_order(self, order_id: int) -> list[Entry]:
        return await self._store.of_order(order_id)

    async def earned(self, seller: Seller) -> int:
        """What the shop owes a seller, in kopecks."""
        return -await self._store.balance(f"seller:{seller.id}", ROUBLES)

    async def earnings(self, seller: Seller, before: int | None, take: int) -> list[Earning]:
        """A seller's movements, newest first."""
        return [
            Earning(entry.id, entry.at, entry.reason, entry.order_id, -entry.amount)
            for entry in await self._store.of_account(f"seller:{seller.id}", before, take)
        ]

    async def sales(self, seller: Seller, before: int | None, take: int) -> list[Earning]:
        """A seller's movements with the goods that they were about, newest first."""
        return [
            Earning(one.id, one.at, one.reason, one.order_id, -one.amount, one.goods)
            for one in await self._store.of_seller(seller.id, before, take)
        ]

    async def all_sales(self, seller: Seller) -> AsyncIterator[list[Earning]]:
        """All of them, some at a time."""
        before = None
        while found := await self.sales(seller, before, ROWS_AT_ONCE):
            yield found
            before = found[-1].id

    async def moved(self, account: str) -> bool:
        """Whether anything was ever posted to an account."""
        return await self._store.moved(account)

    async def balances(self, accounts: list[str]) -> dict[tuple[str, str], int]:
        """Debits less credits by account and currency; those where nothing moved are missing."""
        return await self._store.balances(accounts)

    async def balance(self, account: str, currency: str = ROUBLES) -> int:
        """Debits less credits."""
        return await self._store.balance(account, currency)
