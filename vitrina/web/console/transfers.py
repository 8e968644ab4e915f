"""Passing licences on to somebody else: one or several, all of them or none."""

from ...domain.access import MemberRight
from ...domain.groups import LEGAL
from ...domain.problems import AlreadyTransferred, Invalid, TransferNotBought
from ...domain.transfers import MOST_TEXT
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit
from .licence_rows import chosen_ids, licence_rows

FIELDS = ("company", "full_name", "email", "address", "zip", "city", "country", "vat")


async def ask(visit: Visit) -> Answer:
    visit.member.must(MemberRight.LICENSE)
    return await _page(visit, visit.query, None)


async def make(visit: Visit, form: Form) -> Answer:
    visit.member.must(MemberRight.LICENSE)
    ids = chosen_ids(form)
    recipient = {name: form.text(name, most=MOST_TEXT, required=name == "company") or None for name in FIELDS}
    if not form.fine or not ids:
        return await _page(visit, form, form)
    group = await visit.shop.groups.get(visit.member.group_id)
    sender = {name: group.legal.get(name) for name in LEGAL}
    try:
        await visit.shop.transfers.make(visit.member, ids, sender, recipient)
    except (AlreadyTransferred, TransferNotBought, Invalid) as refused:
        return await _page(visit, form, form, sentence_of(refused, visit.words))
    return visit.go(f"/console/licences/{ids[0]}" if len(ids) == 1 else "/console/licences", "passed_on_now")


async def _page(visit: Visit, asked: Form, form: Form | None, problem: str | None = None) -> Answer:
    """The form, with the licences that `asked` names."""
    ids = chosen_ids(asked)
    chosen = await visit.shop.licences.chosen(visit.member, ids) if ids else []
    return visit.page(
        "console/transfer.html",
        status=422 if form or not ids else 200,
        form=form,
        problem=problem,
        rows=await licence_rows(visit, chosen),
        group=await visit.shop.groups.get(visit.member.group_id),
        fields=FIELDS,
        most=MOST_TEXT,
    )
