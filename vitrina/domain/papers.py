"""Papers of a group: invoices and licence certificates as PDF, and the page that says whether a certificate is one."""

import hmac
import re
from datetime import timedelta

import msgspec

from ..adapters.papers import Language
from ..adapters.papers import Papers as Typesetter
from ..store.groups import Group
from ..store.items import Item
from ..store.licences import Licence
from .access import MemberRef
from .clock import Clock
from .groups import Groups
from .invoices import Invoices, Party
from .items import Items
from .licences import OPTIONS, Licences, LicenceTypes
from .problems import LicenceNotFound, LinkNotValid
from .secrets import Seal
from .transfers import Transfers

LINK_LASTS = timedelta(days=1)

_LINK = re.compile(r"(\d{1,19})-(\d{1,19})-(\d{1,12})")
_NUMBER = re.compile(r"VC-(\d{1,9})-(\d{1,12})-([0-9A-F]{8})", re.ASCII)
_STATES = {
    "ru": {"unpaid": "не оплачен", "paid": "оплачен", "cancelled": "отменён"},
    "en": {"unpaid": "unpaid", "paid": "paid", "cancelled": "cancelled"},
}


class Certificate(msgspec.Struct, frozen=True):
    """What a certificate says; whoever has its number may see it."""

    number: str
    licence: Licence
    licence_name: str
    item: Item
    group: Group
    transferred_to: str | None


class Papers:
    """Sets papers and checks certificates."""

    def __init__(
        self,
        typesetter: Typesetter,
        groups: Groups,
        licences: Licences,
        types: LicenceTypes,
        transfers: Transfers,
        items: Items,
        invoices: Invoices,
        seal: Seal,
        licensor: Party,
        address: str,
        clock: Clock,
    ) -> None:
        self._typesetter = typesetter
        self._groups = groups
        self._licences = licences
        self._types = types
        self._transfers = transfers
        self._items = items
        self._invoices = invoices
        self._seal = seal
        self._licensor = licensor
        self._address = address
        self._clock = clock

    # --- certificates ------------------------------------------------------------------------------------

    def number_of(self, group_id: int, licence_id: int) -> str:
        """A certificate's number: nobody can make up one of a licence that there is not."""
        text = f"certificate {group_id} {licence_id}".encode()
        check = hmac.digest(self._seal.link_key, text, "sha256")[:4].hex().upper()
        return f"VC-{group_id}-{licence_id}-{check}"

    async def certificate(self, number: str) -> Certificate:
        """What the certificate of this number says; raises LicenceNotFound if there is none."""
        match = _NUMBER.fullmatch(number)
        if not match or not hmac.compare_digest(number, self.number_of(int(match[1]), int(match[2]))):
            raise LicenceNotFound(f"there is no certificate {number[:50]!r}")
        owner = MemberRef(0, int(match[1]))
        licence = await self._licences.get(owner, int(match[2]))
        type = await self._types.get(licence.group_id, licence.licence_type_id)
        item = (await self._items.of_ids([licence.item_id]))[licence.item_id]
        transfer = await self._transfers.of(licence)
        group = await self._groups.get(licence.group_id)
        to = transfer.recipient.get("company") if transfer else None
        return Certificate(number, licence, type.name, item, group, to)

    async def certificate_pdf(self, number: str, language: Language) -> bytes:
        """The certificate as PDF; raises LicenceNotFound."""
        found = await self.certificate(number)
        licence = found.licence
        fields = (licence.project, licence.client, licence.purchase_order, licence.isbn, licence.other)
        data = {
            "number": number,
            "licensee": found.group.legal.get("company") or "",
            "licensor": self._licensor.get("company") or "",
            "licence": found.licence_name,
            "item": f"{found.item.title} ({found.item.id})",
            "author": found.item.seller,
            "size": licence.size,
            "options": ", ".join(OPTIONS[option] for option, _ in licence.options),
            "notes": ", ".join(filter(None, fields)),
            "date": f"{licence.created_at:%Y-%m-%d %H:%M} UTC",
            "transferred": found.transferred_to or "",
            "check_at": f"{self._address}/certificate/{number}",
        }
        return await self._typesetter.certificate(data, language)

    # --- invoices ----------------------------------------------------------------------------------------

    async def invoice_link(self, member: MemberRef, id: int) -> str:
        """A signed text that leads to the PDF for a day; raises InvoiceNotFound."""
        invoice = await self._invoices.get(member, id)
        expires = int((self._clock() + LINK_LASTS).timestamp())
        claims = f"{invoice.group_id}-{invoice.id}-{expires}"
        return f"{claims}-{self._sign(claims)}"

    async def follow_invoice(self, signed: str, language: Language) -> bytes:
        """The PDF at the end of a link; raises LinkNotValid."""
        claims, _, signature = signed.rpartition("-")
        match = _LINK.fullmatch(claims)
        if not match or not hmac.compare_digest(signature.encode(), self._sign(claims).encode()):
            raise LinkNotValid
        if int(match[3]) <= self._clock().timestamp():
            raise LinkNotValid
        return await self.invoice_pdf(MemberRef(0, int(match[1])), int(match[2]), language)

    def _sign(self, claims: str) -> str:
        return hmac.digest(self._seal.link_key, f"invoice {claims}".encode(), "sha256").hex()[:32]

    async def invoice_pdf(self, member: MemberRef, id: int, language: Language) -> bytes:
        """An invoice of the group as PDF; raises InvoiceNotFound."""
        invoice = await self._invoices.get(member, id)
        refill = await self._invoices.refill_of(invoice)
        if refill:
            lines = [(refill.description, "", refill.amount)]
        else:
            licences = await self._invoices.licences_of(invoice)
            items = await self._items.of_ids([licence.item_id for licence in licences])
            lines = [
                (items[one.item_id].title, f"{one.item_id}, {one.size}, № {one.id}", one.price)
                for one in licences
            ]
        data = {
            "number": invoice.number,
            "date": f"{invoice.created_at:%Y-%m-%d}",
            "state": _STATES[language][invoice.state],
            "sender": _party(invoice.sender),
            "recipient": _party(invoice.recipient),
            "lines": [
                {"text": text, "note": note, "amount": _money(amount, invoice.currency)}
                for text, note, amount in lines
            ],
            "subtotal": _money(invoice.subtotal, invoice.currency),
            "vat": _money(invoice.vat, invoice.currency),
            "vat_rate": "" if invoice.vat_rate is None else f"{invoice.vat_rate / 100:g} %",
            "total": _money(invoice.total, invoice.currency),
        }
        return await self._typesetter.invoice(data, language)


def _money(minor: int, currency: str) -> str:
    return f"{minor / 100:,.2f} {currency}".replace(",", "\u202f")


def _party(fields: Party) -> list[str]:
    names = ("company", "full_name", "address", "zip", "city", "state", "country", "vat", "tax_id", "email")
    return [text for name in names if (text := fields.get(name))]
