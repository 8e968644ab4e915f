"""Invoices of the group: for refills of its balance, for licences it chose, and monthly."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import field

from .calls import Calls, ids
from .connection import Connection
from .licences import Link, fetch
from .pages import Page, all_pages
from .parties import Party

InvoiceState = Literal["unpaid", "paid", "cancelled"]


class InvoiceRow(msgspec.Struct, kw_only=True):
    """An invoice in a list: `subtotal` without and `total` with VAT."""

    id: int
    number: str = ""
    type: str = ""
    title: str = ""
    made_at: datetime | None = field(name="date", default=None)
    paid_at: datetime | None = field(name="paymentDate", default=None)
    subtotal: Decimal = field(name="price", default=Decimal(0))
    total: Decimal = field(name="amount", default=Decimal(0))
    currency_id: int = field(name="currencyId", default=0)


class InvoiceLine(msgspec.Struct, kw_only=True):
    """A line: a licence of an item, or a refill with its `description`. `price` is without VAT."""

    price: Decimal = Decimal(0)
    description: str = ""
    quantity: int = field(name="qty", default=1)
    item_id: int | None = field(name="itemId", default=None)
    licence_type_id: int | None = field(name="licenseId", default=None)
    licence_type: str = field(name="licenseName", default="")
    item_type: str = field(name="type", default="")
    size: str = ""


class Instruction(msgspec.Struct, kw_only=True):
    """A part of how to pay."""

    key: str
    value: str = ""


class Invoice(msgspec.Struct, kw_only=True):
    """An invoice with its lines and parties. `state` is unpaid, paid or cancelled."""

    id: int
    number: str = ""
    type: str = ""
    title: str = ""
    state: str = ""
    made_at: datetime | None = field(name="date", default=None)
    paid_at: datetime | None = field(name="paid", default=None)
    subtotal: Decimal = field(name="subTotal", default=Decimal(0))
    vat: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    currency_id: int = field(name="currencyId", default=0)
    sender: Party = field(name="from", default_factory=Party)
    recipient: Party = field(name="to", default_factory=Party)
    payment: list[Instruction] = field(name="paymentInstructions", default_factory=list)
    lines: list[InvoiceLine] = field(name="items", default_factory=list)


class Invoices:
    """Makes and shows invoices. Every method raises CommandRefused, Unreachable, NotUnderstood."""

    def __init__(self, calls: Calls, connection: Connection) -> None:
        self._calls = calls
        self._connection = connection

    def create(self, licence_ids: Iterable[int] | int, *, purchase_order: str | None = None) -> int | None:
        """An invoice over licences that are on none yet: its id, or None if one of them is on an invoice."""
        values = {"dp_item_transaction_ids": ids(licence_ids), "dp_field_value": purchase_order}
        return self._calls.ask("createEnterpriseInvoice", _Created, values, once=True).invoiceId or None

    def get(self, invoice_id: int) -> Invoice:
        """One invoice; raises InvalidParam if the group has none of this id."""
        return self._calls.ask("getEnterpriseInvoice", _Got, {"dp_invoice_id": invoice_id}).invoice

    def list(self, *, state: InvoiceState | None = None, skip: int = 0, take: int = 100) -> Page[InvoiceRow]:
        """A page of invoices, the newest first."""
        values = {"dp_state": state, "dp_offset": skip, "dp_limit": take}
        answer = self._calls.ask("getEnterpriseInvoiceList", _Rows, values)
        return Page(answer.data, answer.count)

    def iterate(self, *, state: InvoiceState | None = None) -> Iterator[InvoiceRow]:
        """Every invoice, page by page."""
        return all_pages(lambda skip, take: self.list(state=state, skip=skip, take=take))

    def count(self, *, state: InvoiceState | None = None) -> int:
        """How many invoices there are."""
        return self._calls.ask("getEnterpriseInvoiceCount", _Count, {"dp_state": state}).count

    def download_pdf(self, invoice_id: int, path: str | Path, *, language: str | None = None) -> Path:
        """Download an invoice as PDF, in English or with `ru` in Russian; Vitrina's addition to the API."""
        link = self._calls.ask("getEnterpriseInvoicePdf", Link, {"dp_invoice_id": invoice_id}).link
        link = f"{link}&lang={language}" if language else link
        return fetch(self._connection, link, f"invoice {invoice_id} {language}", path, None)


class _Created(msgspec.Struct):
    result: bool = False
    invoiceId: int = 0


class _Got(msgspec.Struct):
    invoice: Invoice


class _Rows(msgspec.Struct):
    data: list[InvoiceRow] = []
    count: int = 0


class _Count(msgspec.Struct):
    count: int = 0
