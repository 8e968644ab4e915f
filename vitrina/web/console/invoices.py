"""Invoices of the group: a list, one with its lines and PDF, and a new one of licences that stand on none."""

from ...domain.invoices import STATES
from ...domain.licences import MOST_FIELD
from ...domain.problems import AlreadyInvoiced, Invalid, NotFound
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit
from ..words import LANGUAGES
from .licence_rows import chosen_ids, licence_rows

PER_PAGE = 30
LINES = 100  # of an invoice, or to choose from
MOST_COUNTED = 1000


async def page(visit: Visit) -> Answer:
    state = visit.query.get("state")
    state = state if state in STATES else ""
    behind = visit.query.id("behind")
    found = await visit.shop.invoices.newest(visit.member, state or None, behind, PER_PAGE + 1)
    return visit.page(
        "console/invoices.html",
        rows=found[:PER_PAGE],
        older=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        first=behind is None,
        counts=await visit.shop.invoices.counts(visit.member, MOST_COUNTED),
        most=MOST_COUNTED,
        chosen=state,
    )


async def one(visit: Visit) -> Answer:
    invoices = visit.shop.invoices
    invoice = await invoices.get(visit.member, visit.id("invoice_id"))
    after = visit.query.id("after") or 0
    lines = await invoices.licences_of(invoice, after, LINES + 1)
    return visit.page(
        "console/invoice.html",
        invoice=invoice,
        refill=await invoices.refill_of(invoice),
        rows=await licence_rows(visit, lines[:LINES]),
        more=lines[LINES - 1].id if len(lines) > LINES else None,
        first=not after,
        instructions=visit.shop.payment_instructions,
    )


async def pdf(visit: Visit) -> Answer:
    """The invoice as PDF in the language that the address names."""
    language = next((one for one in LANGUAGES if one == visit.request.path_params["language"]), None)
    if language is None:
        raise NotFound
    invoice = await visit.shop.invoices.get(visit.member, visit.id("invoice_id"))
    data = await visit.shop.papers.invoice_pdf(visit.member, invoice.id, language)
    return visit.file(data, "application/pdf", f"{invoice.number}.pdf")


async def ask(visit: Visit) -> Answer:
    return await _new(visit, visit.query, None)


async def make(visit: Visit, form: Form) -> Answer:
    ids = chosen_ids(form)
    purchase_order = form.text("purchase_order", most=MOST_FIELD, required=False) or None
    if not ids:
        form.wrong["licence"] = visit.words.invoice_of_nothing
    if not form.fine:
        return await _new(visit, form, form, form.wrong.get("licence"))
    try:
        invoice = await visit.shop.invoices.create(visit.member, ids, purchase_order)
    except (AlreadyInvoiced, Invalid) as refused:
        return await _new(visit, form, form, sentence_of(refused, visit.words))
    return visit.go(f"/console/invoices/{invoice.id}", "invoice_made")


async def _new(visit: Visit, asked: Form, form: Form | None, problem: str | None = None) -> Answer:
    """The form, over the licences that `asked` names, else over the newest that stand on no invoice."""
    ids, licences = chosen_ids(asked), visit.shop.licences
    found = await (licences.chosen(visit.member, ids) if ids else licences.on_no_invoice(visit.member, LINES))
    return visit.page(
        "console/new_invoice.html",
        status=422 if form else 200,
        form=form,
        problem=problem,
        rows=await licence_rows(visit, found),
        named=bool(ids),
        group=await visit.shop.groups.get(visit.member.group_id),
        most=MOST_FIELD,
    )
