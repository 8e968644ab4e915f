"""Invoices of the caller's group."""

from typing import Any

from ...domain.problems import AlreadyInvoiced
from ...store.invoices import Invoice
from ...store.licences import Licence
from . import wire
from .ask import Ask
from .errors import InvalidParam

Answer = dict[str, Any]

STATES = ("unpaid", "paid", "cancelled")
_LICENCE_FIELDS = {
    "Project": "project",
    "Client": "client",
    "Purchase Order": "purchase_order",
    "ISBN": "isbn",
    "Other": "other",
}


async def create(ask: Ask) -> Answer:
    ids = ask.numbers("dp_item_transaction_ids")
    if not ids:
        raise InvalidParam("dp_item_transaction_ids")
    try:
        invoice = await ask.shop.invoices.create(ask.member, ids, ask.text("dp_field_value"))
    except AlreadyInvoiced:
        return {"result": False, "invoiceId": 0}
    return {"result": True, "invoiceId": invoice.id}


async def get(ask: Ask) -> Answer:
    invoice = await ask.shop.invoices.get(ask.member, ask.must_number("dp_invoice_id", least=1))
    return {
        "invoice": {
            "id": invoice.id,
            "number": invoice.number,
            "type": invoice.type,
            "title": invoice.title,
            "state": invoice.state,
            "date": wire.unix(invoice.created_at),
            "paid": wire.unix(invoice.paid_at) if invoice.paid_at else None,
            "total": wire.money(invoice.total),
            "vat": wire.money(invoice.vat),
            "subTotal": wire.money(invoice.subtotal),
            "tax": _tax(invoice),
            "currencyId": wire.CURRENCY_IDS[invoice.currency],
            "isProforma": False,
            "from": wire.invoice_party(invoice.sender),
            "to": wire.invoice_party(invoice.recipient),
            "paymentInstructions": [
                {"key": key, "value": value} for key, value in ask.shop.payment_instructions.items()
            ],
            "items": await _lines(ask, invoice),
        }
    }


def _tax(invoice: Invoice) -> Answer:
    if invoice.vat_rate is None:
        return {"rate": None, "name": None, "region": None}
    return {"rate": invoice.vat_rate / 100, "name": "VAT", "region": invoice.recipient.get("country")}


async def _lines(ask: Ask, invoice: Invoice) -> list[Answer]:
    currency = wire.CURRENCY_IDS[invoice.currency]
    if refill := await ask.shop.invoices.refill_of(invoice):
        price = wire.money(refill.amount)
        return [{"description": refill.description, "qty": 1, "price": price, "currencyId": currency}]
    licences = await ask.shop.invoices.licences_of(invoice)
    items = await ask.shop.items.of_ids(wire.ids_of(licences))
    type_ids = {licence.licence_type_id for licence in licences}
    types = await ask.shop.licence_types.of_ids(invoice.group_id, type_ids)
    lines = []
    for licence in licences:
        item, type = items[licence.item_id], types[licence.licence_type_id]
        rate = invoice.vat_rate or 0
        with_vat = licence.price + (licence.price * rate + 5_000) // 10_000
        lines.append(
            {
                "itemId": item.id,
                "thumbUrl": wire.preview_of(ask.address, item.id, "110.jpg"),
                "licenseInfo": _written(licence),
                "licenseId": type.id,
                "licenseName": type.name,
                "size": licence.size,
                "itemOriginalSize": {"width": item.width, "height": item.height},
                "type": item.type,
                "price": wire.money(licence.price),
                "currencyId": currency,
                "vatPrice": wire.money(with_vat),
                "vatRate": None if invoice.vat_rate is None else invoice.vat_rate / 100,
                "vatId": None,
                "tax": _tax(invoice),
                "isEditorial": item.editorial,
                "isNudity": item.nudity,
            }
        )
    return lines


def _written(licence: Licence) -> list[Answer]:
    return [
        {"key": key, "value": value}
        for key, field in _LICENCE_FIELDS.items()
        if (value := getattr(licence, field))
    ]


async def pdf(ask: Ask) -> Answer:
    """Additive: a link to an invoice as PDF, good for a day."""
    link = await ask.shop.papers.invoice_link(ask.member, ask.must_number("dp_invoice_id", least=1))
    return {"downloadLink": f"{ask.address}/storage/invoice/download?id={link}"}


async def count(ask: Ask) -> Answer:
    ask.own_group()
    return {"count": await ask.shop.invoices.count(ask.member, ask.choice("dp_state", STATES))}


async def page(ask: Ask) -> Answer:
    offset, limit = ask.page()
    state = ask.choice("dp_state", STATES)
    invoices, total = await ask.shop.invoices.page(ask.member, state, offset, limit)
    return {
        "count": total,
        "data": [
            {
                "id": invoice.id,
                "date": wire.unix(invoice.created_at),
                "title": invoice.title,
                "description": invoice.title,
                "number": invoice.number,
                "type": invoice.type,
                "price": wire.money(invoice.subtotal),
                "amount": wire.money(invoice.total),
                "currencyId": wire.CURRENCY_IDS[invoice.currency],
                "paymentDate": wire.unix(invoice.paid_at) if invoice.paid_at else None,
                "isProforma": False,
            }
            for invoice in invoices
        ],
    }
