"""Licences: what a group may buy and what it costs, buying it, and what was bought with its files."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import field

from .calls import Calls, Moment, ids, moment
from .connection import Connection
from .downloads import download
from .errors import Unusable
from .pages import Page, all_pages
from .papers import LicencePaper, Terms
from .uploads import Progress

AT_ONCE = 500  # licences of one call
OPTIONS = {
    "print": 1,
    "seats": 2,
    "warranty": 4,
    "resale": 8,
    "transfer": 16,
}
"""Extended options: unlimited print, many seats, extra warranty, goods for resale, passing on. Sum them."""

CURRENCIES = {0: "USD", 5: "EUR"}
_LETTERS = {"s", "m", "l", "xl"}
LicenceStatus = Literal["paid", "invoiced", "uninvoiced"]


class SizePrice(msgspec.Struct, kw_only=True):
    """What a size costs."""

    id: str
    label: str = ""
    price: Decimal = Decimal(0)
    enabled: bool = True


class LicenceType(msgspec.Struct, kw_only=True):
    """What the group may buy for items of a type: a licence with its sizes and their prices."""

    id: int = field(name="licenseId", default=0)
    name: str = field(name="licenseName", default="")
    product: str = field(name="productType", default="")
    sizes: list[SizePrice] = []


class Wanted(msgspec.Struct, kw_only=True, frozen=True):
    """One licence to buy: `size` such as s-2015 (s will do), vect or 1080, `options` a sum out of OPTIONS."""

    item_id: int
    licence_type_id: int
    size: str
    options: int = 0


class BoughtLicence(msgspec.Struct, kw_only=True):
    """A licence that was just bought."""

    id: int = field(name="transactionId")
    licence_type_id: int = field(name="license", default=0)


class LicenceRefusal(msgspec.Struct, kw_only=True):
    """Why an item was not licensed: 402 balance too low, 403 not open to the group, 404 no such item."""

    code: int = field(name="error_code", default=0)
    message: str = field(name="error_message", default="")


class Licensed(msgspec.Struct, kw_only=True):
    """What became of one item: its licences with a link to the file, or why it has none."""

    item_id: int = 0
    licences: list[BoughtLicence] = field(name="transaction", default_factory=list)
    link: str = field(name="downloadLink", default="")
    errors: list[LicenceRefusal] = []

    @property
    def bought(self) -> bool:
        return bool(self.licences)


class Held(msgspec.Struct, kw_only=True):
    """A licence that the group has of an item already."""

    id: int = field(name="transactionId")
    size: str = field(name="option", default="")
    project: str = ""
    bought_at: datetime | None = field(name="datetime", default=None)


class QuotedItem(msgspec.Struct, kw_only=True):
    """What one licence would cost, or why it cannot be bought; what the group has of the item already."""

    item_id: int = field(name="itemId")
    licence_type_id: int = field(name="licenseId", default=0)
    size: str = field(name="option", default="")
    price: Decimal | None = None
    error: str = ""
    held: list[Held] = []


class Quote(msgspec.Struct, kw_only=True):
    """What licences would cost; the balance after, unless the group pays by invoice."""

    total: Decimal = Decimal(0)
    balance_after: Decimal | None = field(name="balanceAfter", default=None)
    items: list[QuotedItem] = []


class Somebody(msgspec.Struct, kw_only=True):
    """A member or an author."""

    id: int = 0
    username: str = ""


class Licence(msgspec.Struct, kw_only=True):
    """A licence that the group bought. `status` is Paid, Invoiced or Uninvoiced; `title` the item's."""

    id: int = field(name="itemTransactionId")
    licence_type_id: int = field(name="licenseId", default=0)
    status: str = ""
    bought_at: datetime | None = field(name="datetime", default=None)
    title: str = field(name="filename", default="")
    item_id: int = field(name="itemId", default=0)
    item_type: str = field(name="itemType", default="")
    preview: str = ""
    editorial: bool = False
    member: Somebody = field(name="actor", default_factory=Somebody)
    author: Somebody = field(name="seller", default_factory=Somebody)
    transfer_id: int | None = field(name="licenseTransferId", default=None)
    invoice_id: int | None = None
    currency_id: int = field(name="currencyId", default=0)
    project: str = ""
    client: str = ""
    purchase_order: str = field(name="purchaseOrder", default="")
    isbn: str = ""
    other: str = ""


class Certificate(msgspec.Struct, kw_only=True):
    """A licence's certificate: the page where anybody can verify its number, and the PDF."""

    number: str
    page: str = ""
    link: str = field(name="downloadLink", default="")


class Licences:
    """Quotes, buys and lists licences, and downloads their files. Every method raises CommandRefused, Unreachable."""

    def __init__(self, calls: Calls, connection: Connection) -> None:
        self._calls = calls
        self._connection = connection

    # --- buying --------------------------------------------------------------------------------------

    def types(self) -> list[LicenceType]:
        """What the group may buy, with prices."""
        return self._calls.ask("getLicenseOfGroup", _Types).data

    def quote(self, wanted: Iterable[Wanted]) -> Quote:
        """What licences would cost; Vitrina's addition to the API (elsewhere CommandUnknown)."""
        return self._calls.ask("getLicenseQuote", Quote, {"dp_licensing": _licensing(wanted)})

    def license(
        self,
        wanted: Iterable[Wanted],
        *,
        project: str | None = None,
        client: str | None = None,
        purchase_order: str | None = None,
        isbn: str | None = None,
        other: str | None = None,
        idempotency_key: str | None = None,
    ) -> list[Licensed]:
        """Buy licences, up to 500 at once: what became of each item, in the order given.

        However often it is sent, the call charges once at a shop that knows Idempotency-Key, as Vitrina does. It has
        a key of its own; give one to repeat it from another process. With a shop that does not, give "": then it is
        not sent again when it may have arrived.
        """
        asked = list(wanted)
        values = {
            "dp_licensing": _licensing(asked),
            "dp_project": project,
            "dp_client": client,
            "dp_purchase_order": purchase_order,
            "dp_isbn": isbn,
            "dp_other": other,
        }
        key = uuid.uuid4().hex if idempotency_key is None else idempotency_key or None
        result = self._calls.ask("licenseItem", _Result, values, once=True, key=key).result
        return [_of(item_id, result) for item_id in dict.fromkeys(one.item_id for one in asked)]

    # --- what was bought -----------------------------------------------------------------------------

    def list(
        self,
        *,
        status: LicenceStatus | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        member_id: int | None = None,
        item_ids: Iterable[int] | None = None,
        skip: int = 0,
        take: int = 100,
    ) -> Page[Licence]:
        """A page of the group's licences, the newest first; `status` is paid, invoiced or uninvoiced."""
        values = {
            "dp_type": status,
            "dp_date_start": moment(since),
            "dp_date_end": moment(until),
            "dp_user_id": member_id,
            "dp_item_ids": ids(item_ids),
            "dp_offset": skip,
            "dp_limit": take,
        }
        answer = self._calls.ask("getLicensedItems", Listed, values)
        return Page(answer.downloads, answer.count)

    def iterate(
        self,
        *,
        status: LicenceStatus | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        member_id: int | None = None,
    ) -> Iterator[Licence]:
        """Every licence, page by page."""
        return all_pages(
            lambda skip, take: self.list(
                status=status, since=since, until=until, member_id=member_id, skip=skip, take=take
            )
        )

    def get(self, licence_id: int) -> LicencePaper:
        """The terms of a licence, by its transaction id; raises InvalidParam if the group has none of it."""
        return self._calls.ask("getTransactionLicenseInfo", Terms, {"dp_transaction_id": licence_id}).paper()

    def certificate(self, licence_id: int) -> Certificate:
        """A licence's certificate; Vitrina's addition to the API."""
        return self._calls.ask("getLicenseCertificate", Certificate, {"dp_transaction_id": licence_id})

    # --- files ---------------------------------------------------------------------------------------

    def link(self, item_id: int, size: str) -> str:
        """A fresh link to a size that the group has a licence for; it is good for a while, for whoever has it."""
        values = {"dp_item_id": item_id, "dp_option": size_of(size)}
        return self._calls.ask("getDownloadLink", Link, values).link

    def download(
        self, item_id: int, size: str, path: str | Path, *, progress: Progress | None = None
    ) -> Path:
        """Download a licensed size to `path`; what a broken-off download left in `path`.part is gone on with.

        Raises OSError when it cannot be written; `progress(received, total)` is told bytes.
        """
        name = f"item {item_id} {size_of(size)}"
        return fetch(self._connection, self.link(item_id, size), name, path, progress)

    def download_certificate(self, licence_id: int, path: str | Path, *, language: str | None = None) -> Path:
        """Download a licence's certificate as PDF, in English or with `ru` in Russian."""
        link = self.certificate(licence_id).link
        link = f"{link}?lang={language}" if language else link
        return fetch(self._connection, link, f"certificate {licence_id} {language}", path, None)


def fetch(connection: Connection, link: str, name: str, path: str | Path, progress: Progress | None) -> Path:
    """Download what a link of the shop leads to, wherever that is; nothing that tells who asks goes with it."""
    if not link.startswith(("http://", "https://")):
        link = f"{connection.base_url}/{link.lstrip('/')}"
    return download(connection, link, name, Path(path), progress, follow=True)


def size_of(size: str) -> str:
    """The wire's word for a size: s, m, l and xl have a year in it."""
    return f"{size}-2015" if size in _LETTERS else size


def _licensing(wanted: Iterable[Wanted]) -> list[dict[str, Any]]:
    """Items with the same terms together: forms have a thousand values at most."""
    terms: dict[tuple[int, str, int], list[int]] = {}
    for one in wanted:
        terms.setdefault((one.licence_type_id, size_of(one.size), one.options), []).append(one.item_id)
    count = sum(map(len, terms.values()))
    if not 1 <= count <= AT_ONCE:
        raise Unusable(f"one call buys 1 to {AT_ONCE} licences, not {count}.")
    return [
        {
            "dp_item_id": item_ids,
            "dp_license_id": type_id,
            "dp_option": size,
            "dp_ext_options": options or None,
        }
        for (type_id, size, options), item_ids in terms.items()
    ]


def _of(item_id: int, result: dict[str, Licensed]) -> Licensed:
    found = result.get(str(item_id)) or Licensed(
        errors=[LicenceRefusal(message="the shop says nothing of it")]
    )
    found.item_id = item_id
    return found


class Link(msgspec.Struct):
    link: str = field(name="downloadLink")


class Listed(msgspec.Struct):
    downloads: list[Licence] = []
    count: int = 0


class _Types(msgspec.Struct):
    data: list[LicenceType] = []


class _Result(msgspec.Struct):
    result: dict[str, Licensed] = {}
