"""The shapes of the shop's own API. Money is in kopecks, times are UTC instants with `Z`."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ...domain.catalog import Shelf
from ...domain.contents import work_of
from ...domain.library import Owned, OwnedWork
from ...domain.orders import OrderStatus, Receipt
from ...domain.payments import PaymentStatus
from ...store.orders import Order
from ...store.payments import PaymentRow
from ...store.storefront import OnSale
from ..call import FILLED

PREFIX = "/shop/v1"

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Email = Annotated[str, Meta(max_length=260)]
Password = Annotated[str, Meta(max_length=1000)]
KeyText = Annotated[str, Meta(max_length=200, pattern=FILLED)]

# --- requests --------------------------------------------------------------------------------------------


class Registration(msgspec.Struct):
    email: Email
    password: Password
    name: Annotated[str, Meta(max_length=200)] = ""
    language: Literal["ru", "en"] | None = None
    """In which to write mail."""


class NewPasswordReset(msgspec.Struct):
    email: Email
    language: Literal["ru", "en"] = "ru"


class NewPassword(msgspec.Struct):
    link: Annotated[str, Meta(max_length=200)]
    """What stands behind `link=` in the address that was mailed."""
    password: Password


class LogIn(msgspec.Struct):
    email: Email
    password: Password


class OperatorLogIn(LogIn):
    code: Annotated[str, Meta(max_length=100)] | None = None
    """Of the second factor: what the app shows, or a recovery code. Needed by who has turned one on."""


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


class NewLink(msgspec.Struct):
    content_id: Id
    file: Annotated[int, Meta(ge=0, le=1000)] | None = None
    """The number of a file to download; none asks for the stream."""


class Decision(msgspec.Struct):
    outcome: Annotated[str, Meta(max_length=50)]
    seconds: Annotated[int, Meta(ge=0, le=86_400)] = 1200
    """How late `answers_late` is."""


class Reason(msgspec.Struct):
    reason: Annotated[str, Meta(max_length=500, pattern=FILLED)]


class StockWishes(msgspec.Struct):
    low_stock_at: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    pause_when_sold_out: bool = False


class NewKeys(msgspec.Struct):
    keys: Annotated[list[KeyText], Meta(min_length=1, max_length=1000)]
    batch: Annotated[str, Meta(max_length=100, pattern=FILLED)] | None = None


# --- answers ---------------------------------------------------------------------------------------------


class Person(msgspec.Struct):
    id: int
    email: str
    name: str


class LoggedIn(msgspec.Struct):
    """The token is shown this once."""

    token: str
    expires_at: datetime
    person: Person


class SubcategoryAnswer(msgspec.Struct):
    id: int
    name: str


class SectionAnswer(msgspec.Struct):
    id: int
    name: str
    offers: int
    subcategories: list[SubcategoryAnswer]


class ContentAnswer(msgspec.Struct):
    id: int
    kind: int
    title: str
    description: str
    duration_ms: int | None
    pages: int | None
    preview: str | None


class OfferAnswer(msgspec.Struct):
    """`price` is what is to be paid; `full_price` what it was before the discount. `available`: keys on the shelf."""

    id: int
    title: str
    description: str
    section: int
    catalog_path: list[int]
    tags: list[str]
    seller: str
    seller_id: int
    price: int
    full_price: int
    currency: str
    age_rating: int
    rating: float
    cover: list[str]
    gallery: list[str]
    contents: list[ContentAnswer]
    available: int | None
    views: int
    purchases: int
    published: datetime


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


class FileAnswer(msgspec.Struct):
    number: int
    media_type: str
    size: int


class WorkAnswer(msgspec.Struct):
    id: int
    kind: int
    title: str
    streams: bool
    duration_ms: int | None
    pages: int | None
    files: list[FileAnswer]


class OwnedAnswer(msgspec.Struct):
    """`keys` is how many keys there are to reveal."""

    id: int
    order_id: int
    offer_id: int
    title: str
    section: int
    since: datetime
    until: datetime | None
    keys: int
    instruction: str | None
    contents: list[WorkAnswer]


class LinkAnswer(msgspec.Struct):
    url: str
    expires_at: datetime


class KeyAnswer(msgspec.Struct):
    id: int
    value: str


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


class DayAnswer(msgspec.Struct):
    day: date
    views: int
    sold: int
    revenue: int
    earned: int
    refunded: int


class EarningAnswer(msgspec.Struct):
    id: int
    at: datetime
    reason: str
    order_id: int | None
    amount: int


class EventAnswer(msgspec.Struct):
    id: int
    at: datetime
    kind: str
    actor: str
    subject_id: int
    data: dict[str, Any]


class BankAnswer(msgspec.Struct):
    amount: int
    outcomes: list[str]


class BalanceAnswer(msgspec.Struct):
    balance: int
    currency: str


class Offers(msgspec.Struct):
    items: list[OfferAnswer]
    total: int


class OrderPage(msgspec.Struct):
    items: list[OrderAnswer]


class LibraryPage(msgspec.Struct):
    items: list[OwnedAnswer]
    total: int


# --- translation -----------------------------------------------------------------------------------------


def url_of(offer_id: int, uri: str) -> str:
    return f"{PREFIX}/offers/{offer_id}/files/{uri}"


def offer(found: OnSale) -> OfferAnswer:
    row = found.listed.offer
    contents = []
    for content in found.listed.contents:
        made = work_of(content).found
        preview = made.preview if made else None
        contents.append(
            ContentAnswer(
                content.id,
                content.kind,
                content.title,
                content.description,
                made.duration_ms if made else None,
                made.pages if made else None,
                url_of(row.id, preview) if preview else None,
            )
        )
    return OfferAnswer(
        row.id,
        row.title,
        row.description,
        row.section,
        row.catalog_path,
        [tag.value for tag in found.listed.tags],
        found.seller,
        row.seller_id,
        row.price if row.discount_price is None else row.discount_price,
        row.price,
        "RUB",
        row.age_rating,
        row.rating,
        [url_of(row.id, uri) for uri in row.cover],
        [url_of(row.id, uri) for uri in row.gallery],
        contents,
        found.available,
        found.listed.views,
        found.listed.purchases,
        row.created_at,
    )


def section(shelf: Shelf) -> SectionAnswer:
    subcategories = [SubcategoryAnswer(row.id, row.name) for row in shelf.subcategories]
    return SectionAnswer(shelf.section, shelf.section.name.lower(), shelf.total, subcategories)


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


def owned(found: Owned) -> OwnedAnswer:
    row = found.entitlement
    meta = msgspec.json.decode(row.meta) if row.meta else {}
    return OwnedAnswer(
        row.id,
        row.order_id,
        row.offer_id,
        row.title,
        row.section,
        row.since,
        row.until,
        row.quantity if found.carries_keys else 0,
        meta.get("key_instruction"),
        [_work(one) for one in found.works],
    )


def _work(one: OwnedWork) -> WorkAnswer:
    made = one.work.found
    return WorkAnswer(
        one.content.id,
        one.content.kind,
        one.content.title,
        one.streams,
        made.duration_ms if made else None,
        made.pages if made else None,
        [FileAnswer(file.number, file.media_type, file.size) for file in one.files],
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
