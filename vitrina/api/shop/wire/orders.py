"""Shapes of orders, payments, receipts, and of the test bank."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ....domain.orders import OrderStatus, Receipt
from ....domain.payments import PaymentStatus
from ....store.orders import Order
from ....store.payments import PaymentRow
from ...call import FILLED
from . import Id

# --- requests --------------------------------------------------------------------------------------------


class NewLine(msgspec.Struct):
    offer_id: Id
    quantity: Annotated[int, Meta(ge=1, le=100)] = 1


class Company(msgspec.Struct):
    """A company that buys."""

    name: Annotated[str, Meta(max_length=200)]
    tax_id: Annotated[str, Meta(max_length=30)]
    """A Russian INN of 10 or 12 digits, or a European VAT number such as DE123456789."""


class NewOrder(msgspec.Struct):
    lines: Annotated[list[NewLine], Meta(min_length=1, max_length=50)]
    company: Company | None = None
    """For whom the order is; none is for the buyer as a person."""


class NewPayment(msgspec.Struct):
    method: Annotated[str, Meta(max_length=50)] | None = None
    """The provider's word for how to pay; none lets the buyer choose on its page."""


class Decision(msgspec.Struct):
    outcome: Annotated[str, Meta(max_length=50)]
    seconds: Annotated[int, Meta(ge=0, le=86_400)] = 1200
    """How late `answers_late` is."""


class Reason(msgspec.Struct):
    reason: Annotated[str, Meta(max_length=500, pattern=FILLED)]


# --- answers ---------------------------------------------------------------------------------------------


class LineAnswer(msgspec.Struct):
    offer_id: int
    title: str
    section: int
    price: int
    quantity: int
    entitlement_id: int | None


class PaymentAnswer(msgspec.Struct):
    id: int
    status: str
    amount: int
    redirect_url: str | None
    reason: str | None
    created_at: datetime


class OrderAnswer(msgspec.Struct):
    """`expires_at` is when an unpaid order goes back on the shelf."""

    id: int
    buyer_id: int
    status: str
    total: int
    currency: str
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    closed_at: datetime | None
    lines: list[LineAnswer]
    payments: list[PaymentAnswer]
    company: Company | None
    """For whom the order is; none is the buyer as a person."""


class OrderPage(msgspec.Struct):
    items: list[OrderAnswer]


class ReceiptLine(msgspec.Struct):
    title: str
    seller: str
    quantity: int
    price: int
    amount: int


class ReceiptAnswer(msgspec.Struct):
    number: str
    issued_at: datetime
    buyer: str
    lines: list[ReceiptLine]
    total: int
    currency: str
    refunded_at: datetime | None


class BankAnswer(msgspec.Struct):
    amount: int
    outcomes: list[str]


# --- translation -----------------------------------------------------------------------------------------


def payment(row: PaymentRow) -> PaymentAnswer:
    status = PaymentStatus(row.status).name.lower()
    return PaymentAnswer(row.id, status, row.amount, row.redirect_url, row.reason, row.created_at)


def order(found: Order) -> OrderAnswer:
    row = found.row
    return OrderAnswer(
        row.id,
        row.buyer_id,
        OrderStatus(row.status).name.lower(),
        row.total,
        "RUB",
        row.created_at,
        row.expires_at,
        row.paid_at,
        row.closed_at,
        [
            LineAnswer(
                line.offer_id, line.title, line.section, line.price, line.quantity, line.entitlement_id
            )
            for line in found.lines
        ],
        [payment(one) for one in found.payments],
        Company(found.company.name, found.company.tax_id) if found.company else None,
    )


def receipt(found: Receipt) -> ReceiptAnswer:
    row = found.order.row
    return ReceiptAnswer(
        str(row.id),
        found.issued_at,
        found.buyer,
        [
            ReceiptLine(
                line.title, found.sellers.get(line.seller_id, ""), line.quantity, line.price,
                line.price * line.quantity,
            )
            for line in found.order.lines
        ],
        row.total,
        "RUB",
        row.closed_at,
    )  # fmt: skip
