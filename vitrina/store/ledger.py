"""The ledger: double entries in minor units, and the balances that a trigger keeps of them."""

from datetime import datetime

import msgspec

from .database import Database


class Entry(msgspec.Struct, frozen=True):
    """One side of a movement of money: debits positive, credits negative, in minor units."""

    id: int
    transaction_id: int
    account: str
    currency: str
    amount: int
    reason: str
    order_id: int | None
    payment_id: int | None
    at: datetime


class Movement(msgspec.Struct, frozen=True):
    """An entry on a seller's account with the goods that it was about; debits positive."""

    id: int
    amount: int
    reason: str
    order_id: int | None
    at: datetime
    goods: list[tuple[int, str, int]]
    """(offer, title, quantity) of each."""


_COLUMNS = ", ".join(Entry.__struct_fields__)


class LedgerStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def post(
        self,
        amounts: dict[str, int],
        currency: str,
        reason: str,
        order_id: int | None,
        payment_id: int | None,
        now: datetime,
    ) -> None:
        """One transaction, its amounts by account; the database refuses it unless they add up to nothing."""
        await self._db.execute(
            "insert into ledger_entries"
            " (transaction_id, account, currency, amount, reason, order_id, payment_id, at)"
            " select (select nextval('ledger_transactions')), account, $3, amount, $4, $5, $6, $7"
            " from unnest($1::text[], $2::bigint[]) as given (account, amount) where amount <> 0",
            list(amounts),
            list(amounts.values()),
            currency,
            reason,
            order_id,
            payment_id,
            now,
        )

    async def balance(self, account: str, currency: str) -> int:
        balance: int = await self._db.value(
            "select coalesce(sum(balance), 0)::bigint from ledger_balances where account = $1 and currency = $2",
            account,
            currency,
        )
        return balance

    async def balances(self, accounts: list[str]) -> dict[tuple[str, str], int]:
        rows = await self._db.fetch(
            "select account, currency, sum(balance)::bigint from ledger_balances where account = any($1)"
            " group by account, currency",
            accounts,
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def moved(self, account: str) -> bool:
        """Whether anything was ever posted to an account."""
        found = await self._db.value("select exists (select from ledger_entries where account = $1)", account)
        return bool(found)

    async def of_order(self, order_id: int) -> list[Entry]:
        rows = await self._db.fetch(
            f"select {_COLUMNS} from ledger_entries where order_id = $1 order by id", order_id
        )
        return [Entry(*row) for row in rows]

    async def of_account(self, account: str, before: int | None, most: int) -> list[Entry]:
        """An account's entries, newest first."""
        rows = await self._db.fetch(
            f"select {_COLUMNS} from ledger_entries where account = $1 and ($2::bigint is null or id < $2)"
            " order by id desc limit $3",
            account,
            before,
            most,
        )
        return [Entry(*row) for row in rows]

    async def of_seller(self, seller_id: int, before: int | None, most: int) -> list[Movement]:
        """A seller's entries in roubles, newest first, with their goods in those orders."""
        rows = await self._db.fetch(
            "select e.id, e.amount, e.reason, e.order_id, e.at, array(select row(l.offer_id, l.title, l.quantity)"
            "  from order_lines l where l.order_id = e.order_id and l.seller_id = $1 order by l.position)"
            " from ledger_entries e where e.account = 'seller:' || $1::bigint and e.currency = 'RUB'"
            " and ($2::bigint is null or e.id < $2) order by e.id desc limit $3",
            seller_id,
            before,
            most,
        )
        return [
            Movement(row[0], row[1], row[2], row[3], row[4], [tuple(good) for good in row[5]]) for row in rows
        ]
