"""Working groups: found, made, their terms and what is known of the company; refills of their balance."""

import hashlib
import secrets
from typing import Any

from ...domain.access import MemberRef
from ...domain.groups import CURRENCIES, MOST_CREDIT, MOST_TEXT, NewGroup
from ...domain.invoices import MOST_REFILL
from ...domain.problems import Invalid
from ...store.groups import Group
from ..forms import Form
from ..visit import Answer, Visit
from .lists import PER_PAGE, before, part, words

FEW = 5
CONTACTS = (
    *("full_name", "email", "phone", "website", "address", "zip", "city", "state", "country", "country_name"),
    *("vat", "tax_id", "ein"),
)
"""What is known of a company besides its name, in the order of the form."""


async def page(visit: Visit) -> Answer:
    asked = words(visit)
    found = part(visit, await visit.shop.groups.page(asked, before(visit), PER_PAGE + 1))
    balances = await visit.shop.groups.balances(list(found.rows))
    return visit.page("desk/groups.html", found=found, asked=asked, balances=balances)


async def opened(visit: Visit) -> Group:
    """The group that the address names, noted as looked at; raises GroupNotFound."""
    group = await visit.shop.groups.get(visit.id("group_id"))
    await visit.shop.looks.note(visit.operator, "group.seen", group.id)
    return group


def reader(group: Group) -> MemberRef:
    """Reads what is a group's own for the operator: nobody of it, and with no right."""
    return MemberRef(0, group.id)


# --- making and changing ---------------------------------------------------------------------------------


def _read(form: Form) -> dict[str, Any]:
    """The terms and the company as the form says them."""
    vat = form.get("vat_rate").strip()
    rate = form.money("vat_rate", most=100_00) if vat else 0
    legal = {name: form.text(name, most=MOST_TEXT, required=False) or None for name in CONTACTS}
    return {
        "postpaid": form.choice("payment", ("prepaid", "postpaid")) == "postpaid",
        "currency": form.choice("currency", CURRENCIES),
        "credit_line": form.money("credit_line", most=MOST_CREDIT),
        "vat_enabled": bool(vat),
        "vat_rate": rate,
        "time_zone": form.text("time_zone", most=60),
        "legal": {"company": form.text("company", most=MOST_TEXT), **legal},
    }


async def blank(visit: Visit) -> Answer:
    return _form_page(visit, None, None)


async def make(visit: Visit, form: Form) -> Answer:
    said = _read(form)
    if form.fine:
        try:
            company = said["legal"]["company"]
            group = await visit.shop.groups.add(NewGroup(company=company, **said), actor=visit.operator.actor)
            return visit.go(f"/desk/groups/{group.id}", "group_made")
        except Invalid as refused:
            form.refuse(refused)
    return _form_page(visit, None, form)


async def terms(visit: Visit) -> Answer:
    return _form_page(visit, await opened(visit), None)


async def change(visit: Visit, form: Form) -> Answer:
    group, said = await opened(visit), _read(form)
    if form.fine:
        try:
            await visit.shop.groups.change(group.id, actor=visit.operator.actor, **said)
            return visit.go(f"/desk/groups/{group.id}", "group_saved")
        except Invalid as refused:
            form.refuse(refused)
    return _form_page(visit, group, form)


def _form_page(visit: Visit, group: Group | None, form: Form | None) -> Answer:
    template = "desk/group_terms.html" if group else "desk/group_new.html"
    status = 422 if form else 200
    return visit.page(
        template,
        status=status,
        group=group,
        form=form,
        legal=CONTACTS,
        currencies=[(one, one) for one in CURRENCIES],
    )


# --- one -------------------------------------------------------------------------------------------------


async def one(visit: Visit) -> Answer:
    return await _page(visit, await opened(visit), None)


async def _page(visit: Visit, group: Group, form: Form | None) -> Answer:
    shop = visit.shop
    invoices, total = await shop.invoices.page(reader(group), None, 0, FEW)
    return visit.page(
        "desk/group.html",
        status=422 if form else 200,
        form=form,
        once=secrets.token_urlsafe(9),
        group=group,
        money=await shop.groups.money(group),
        debt=await shop.groups.debt(group),
        invoices=invoices,
        total=total,
        legal=[(name, text) for name in CONTACTS if (text := group.legal.get(name))],
    )


async def refill(visit: Visit, form: Form) -> Answer:
    """Make the invoice of a refill; the same page sent twice makes one."""
    group = await opened(visit)
    amount = form.money("amount", least=1, most=MOST_REFILL)
    text, unpaid = form.text("text", most=MOST_TEXT, required=False), form.flag("unpaid")
    once = form.text("once", most=60)
    if not form.fine:
        return await _page(visit, group, form)
    invoices, actor = visit.shop.invoices, visit.operator.actor

    async def make() -> bytes:
        made = await invoices.refill(group.id, amount, text, paid=not unpaid, actor=actor)
        return str(made.id).encode()

    digest = hashlib.sha256(f"{amount} {unpaid} {text}".encode()).digest()
    try:
        await visit.shop.group_idempotency.once(group.id, f"desk {once}", digest, make)
    except Invalid as refused:
        form.refuse(refused)
        return await _page(visit, group, form)
    return visit.go(f"/desk/groups/{group.id}", "refill_asked" if unpaid else "refilled")
