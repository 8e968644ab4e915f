"""Invoices of groups, and the counter that numbers them without gaps."""

from datetime import date, datetime
from typing import Any

import msgspec

from .database import Database, from_json, to_json


class Invoice(msgspec.Struct, frozen=True):
    """An invoice; amounts in minor units, `vat_rate` in hundredths of a per cent, None without VAT."""

    id: int
    group_id: int
    number: str
    type: str
    state: str
    title: str
    currency: str
    subtotal: int
    vat: int
    vat_rate: int | None
    created_at: datetime
    paid_at: datetime | None
    sender: dict[str, str | None]
    recipient: dict[str, str | None]

    @property
    def total(self) -> int:
        return self.subtotal + self.vat


class NewInvoice(msgspec.Struct, frozen=True):
    type: str
    title: str
    currency: str
    subtotal: int
    vat: int
    vat_rate: int | None
    sender: dict[str, str | None]
    recipient: dict[str, str | None]
    month: date | None = None


class RefillLine(msgspec.Struct, frozen=True):
    description: str
    amount: int


_INVOICE = ", ".join(Invoice.__struct_fields__)


def _invoice(row: Any) -> Invoice:
    return Invoice(*(*row[:-2], from_json(row[-2]), from_json(row[-1])))


class InvoiceStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, group_id: int, new: NewInvoice, now: datetime) -> Invoice:
        """An unpaid invoice with the next number, which nobody else gets until the transaction ends."""
        row = await self._db.row(
            "with numbered as (update invoice_numbers set last = last + 1 returning last)"
            " insert into invoices (group_id, number, type, state, title, currency, subtotal, vat, vat_rate,"
            "  sender, recipient, month, created_at)"
            " select $1, 'ESI-' || last, $2, 'unpaid', $3, $4, $5, $6, $7, $8, $9, $10, $11 from numbered"
            f" returning {_INVOICE}",
            group_id,
            new.type,
            new.title,
            new.currency,
            new.subtotal,
            new.vat,
            new.vat_rate,
            to_json(new.sender),
            to_json(new.recipient),
            new.month,
            now,
        )
        return _invoice(row)

    async def add_refill(self, invoice_id: int, description: str, amount: int) -> None:
        await self._db.execute(
            "insert into refill_lines values ($1, $2, $3)", invoice_id, description, amount
        )

    async def refill(self, invoice_id: int) -> RefillLine | None:
        row = await self._db.row(
            "select description, amount from refill_lines where invoice_id = $1", invoice_id
        )
        return RefillLine(*row) if row else None

    async def get(self, group_id: int, id: int) -> Invoice | None:
        row = await self._db.row(
            f"select {_INVOICE} from invoices where group_id = $1 and id = $2", group_id, id
        )
        return _invoice(row) if row else None

    async def lock(self, id: int) -> Invoice | None:
        """Anybody's invoice, for operators, held until the transaction ends."""
        row = await self._db.row(f"select {_INVOICE} from invoices where id = $1 for update", id)
        return _invoice(row) if row else None

    async def page(self, group_id: int, state: str | None, skip: int, take: int) -> tuple[list[Invoice], int]:
        where = "group_id = $1 and ($2::text is null or state = $2)"
        rows = await self._db.fetch(
            f"select {_INVOICE} from invoices where {where} order by created_at desc, id desc"
            " offset $3 limit $4",
            group_id,
            state,
            skip,
            take,
        )
        return [_invoice(row) for row in rows], await self.count(group_id, state)

    async def count(self, group_id: int, state: str | None) -> int:
        total: int = await self._db.value(
            "select count(*) from invoices where group_id = $1 and ($2::text is null or state = $2)",
            group_id,
            state,
        )
        return total

    async def behind(
        self, group_id: int, state: str | None, after: tuple[datetime, int] | None, most: int
    ) -> list[Invoice]:
        """The group's invoices, newest first, behind (time, id); nothing is counted."""
        values: list[Any] = [group_id, most]
        where = ["group_id = $1"]
        if state is not None:
            values.append(state)
            where.append(f"state = ${len(values)}")
        if after is not None:
            values += after
            where.append(f"(created_at, id) < (${len(values) - 1}, ${len(values)})")
        rows = await self._db.fetch(
            f"select {_INVOICE} from invoices where {' and '.join(where)}"
            " order by created_at desc, id desc limit $2",
            *values,
        )
        return [_invoice(row) for row in rows]

    async def counts(self, group_id: int, states: list[str], most: int) -> dict[str, int]:
        """How many of the group's invoices are in each state; none is counted beyond `most`."""
        rows = await self._db.fetch(
            "select state, (select count(*) from (select from invoices i"
            " where i.group_id = $1 and i.state = given.state limit $3) as few)"
            " from unnest($2::text[]) as given (state)",
            group_id,
            states,
            most,
        )
        return {row[0]: row[1] for row in rows}

    async def set_state(self, id: int, state: str, paid_at: datetime | None) -> None:
        await self._db.execute(
            "update invoices set state = $2, paid_at = $3 where id = $1", id, state, paid_at
        )

    async def has_month(self, group_id: int, month: date) -> bool:
        found = await self._db.value(
            "select exists (select from invoices where group_id = $1 and month = $2)", group_id, month
        )
        return bool(found)
