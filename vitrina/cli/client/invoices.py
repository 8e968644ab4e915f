"""`vitrina invoices …`: the invoices of a group."""

from pathlib import Path
from typing import Literal

import cyclopts

from ...client import Invoice
from ...client.licences import CURRENCIES
from .account import MEMBER, Account, group_at
from .address import Flag, WrongUse
from .places import place, safe_name
from .printing import as_json, pairs, rows_of, say, sure, table, tail, when

invoices = cyclopts.App(name="invoices", help="Invoices of your group: list, show, make, download.")


@invoices.default
@invoices.command(name="list")
def list_invoices(
    *,
    state: Literal["unpaid", "paid", "cancelled"] | None = None,
    take: int = 50,
    all: Flag = False,
    json: Flag = False,
    at: Account = MEMBER,
) -> None:
    """List invoices, the newest first.

    Parameters
    ----------
    state
        Only these.
    take
        How many.
    all
        All of them.
    json
        Print the list as JSON.
    """
    with group_at(at) as group:
        every = group.invoices.iterate(state=state)
        rows, total = rows_of(all, every, lambda: group.invoices.list(state=state, take=take))
    if json:
        return as_json(rows)
    table(
        ("> id", "number", "made", "paid", "> total", "title"),
        [
            (
                row.id,
                row.number,
                when(row.made_at),
                when(row.paid_at),
                f"{row.total:,.2f} {CURRENCIES.get(row.currency_id, '')}",
                row.title,
            )
            for row in rows
        ],
    )
    return tail(len(rows), total)


@invoices.command
def show(invoice: int, *, json: Flag = False, at: Account = MEMBER) -> None:
    """Show an invoice with its lines.

    Parameters
    ----------
    invoice
        Its id.
    json
        Print it as JSON.
    """
    with group_at(at) as group:
        found = group.invoices.get(invoice)
    return as_json(found) if json else _show(found)


@invoices.command
def create(
    licence: int, *more: int, purchase_order: str | None = None, yes: Flag = False, at: Account = MEMBER
) -> None:
    """Make an invoice over licences that are on none yet.

    Parameters
    ----------
    licence
        Id of a licence, as `vitrina licences` shows them.
    more
        Ids of further ones.
    purchase_order
        Number of the purchase order for all of them.
    yes
        Do not ask.
    """
    sure(f"Make an invoice over {1 + len(more)} licences?", yes)
    with group_at(at) as group:
        id = group.invoices.create([licence, *more], purchase_order=purchase_order)
        if id is None:
            raise WrongUse("one of them is on an invoice already; no invoice was made.")
        _show(group.invoices.get(id))


@invoices.command
def download(
    invoice: int,
    *,
    to: Path | None = None,
    language: Literal["en", "ru"] = "en",
    force: Flag = False,
    at: Account = MEMBER,
) -> None:
    """Download an invoice as PDF.

    Parameters
    ----------
    invoice
        Its id.
    to
        File or folder to write to.
    language
        Language of the invoice.
    force
        Overwrite a file that is there.
    """
    with group_at(at) as group:
        name = safe_name(f"{group.invoices.get(invoice).number}.pdf", f"invoice-{invoice}.pdf")
        path = group.invoices.download_pdf(invoice, place(to, name, force=force), language=language)
    say(f"{path}")


def _show(invoice: Invoice) -> None:
    currency = CURRENCIES.get(invoice.currency_id, "")
    pairs(
        [
            ("invoice", f"{invoice.number} ({invoice.id})"),
            ("title", invoice.title),
            ("state", invoice.state),
            ("made", when(invoice.made_at)),
            ("paid", when(invoice.paid_at)),
            ("from", invoice.sender.company),
            ("to", invoice.recipient.company),
            ("without VAT", f"{invoice.subtotal:,.2f} {currency}"),
            ("VAT", f"{invoice.vat:,.2f} {currency}"),
            ("total", f"{invoice.total:,.2f} {currency}"),
            *((one.key, one.value) for one in invoice.payment),
        ]
    )
    table(
        ("> item", "licence", "size", "> price"),
        [
            (line.item_id or "", line.licence_type or line.description, line.size, f"{line.price:,.2f}")
            for line in invoice.lines
        ],
    )
