"""Invoices of a group: payments noted, invoices cancelled, and all of them as PDF."""

from collections.abc import Awaitable, Callable

from ...api.answers import Whole
from ...domain.problems import InvoiceClosed
from ...store.groups import Group
from ...store.invoices import Invoice
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit
from .groups import opened, reader

PER_PAGE = 30
STATES = ("unpaid", "paid", "cancelled")
MOST_PAGES = 10_000


async def page(visit: Visit) -> Answer:
    group = await opened(visit)
    text, state = visit.query.get("page"), visit.query.get("status")
    number = min(max(1, int(text)), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    wanted = state if state in STATES else None
    rows, total = await visit.shop.invoices.page(reader(group), wanted, (number - 1) * PER_PAGE, PER_PAGE)
    return visit.page(
        "desk/invoices.html",
        group=group,
        rows=rows,
        chosen=wanted or "",
        states=STATES,
        number=number,
        more=number * PER_PAGE < total,
    )


async def one(visit: Visit) -> Answer:
    group = await opened(visit)
    return await _page(visit, group, await _invoice(visit, group), None)


async def _invoice(visit: Visit, group: Group) -> Invoice:
    """The group's invoice that the address names, noted as looked at; raises InvoiceNotFound."""
    invoice = await visit.shop.invoices.get(reader(group), visit.id("invoice_id"))
    await visit.shop.looks.note(visit.operator, "invoice.seen", invoice.id)
    return invoice


async def _page(visit: Visit, group: Group, invoice: Invoice, problem: str | None) -> Answer:
    return visit.page(
        "desk/invoice.html",
        status=409 if problem else 200,
        group=group,
        invoice=invoice,
        refill=await visit.shop.invoices.refill_of(invoice),
        problem=problem,
    )


async def ask_to_pay(visit: Visit) -> Answer:
    return await _ask(visit, "pay")


async def ask_to_cancel(visit: Visit) -> Answer:
    return await _ask(visit, "cancel")


async def _ask(visit: Visit, what: str) -> Answer:
    """Once more before money is noted, or an invoice given up."""
    group = await opened(visit)
    invoice = await _invoice(visit, group)
    if invoice.state != "unpaid":
        return visit.go(f"/desk/groups/{group.id}/invoices/{invoice.id}")
    return visit.page("desk/invoice_close.html", group=group, invoice=invoice, what=what)


async def note_payment(visit: Visit, _form: Form) -> Answer:
    return await _close(visit, visit.shop.invoices.note_payment, "invoice_paid")


async def cancel(visit: Visit, _form: Form) -> Answer:
    return await _close(visit, visit.shop.invoices.cancel, "invoice_cancelled")


async def _close(visit: Visit, action: Callable[..., Awaitable[object]], told: str) -> Answer:
    group = await opened(visit)
    invoice = await _invoice(visit, group)
    try:
        await action(invoice.id, actor=visit.operator.actor)
    except InvoiceClosed as problem:
        return await _page(visit, group, invoice, sentence_of(problem, visit.words))
    return visit.go(f"/desk/groups/{group.id}/invoices/{invoice.id}", told)


async def pdf(visit: Visit) -> Answer:
    group = await opened(visit)
    invoice = await _invoice(visit, group)
    data = await visit.shop.papers.invoice_pdf(reader(group), invoice.id, visit.language)
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'attachment; filename="{invoice.number}.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Whole(200, data, headers)
