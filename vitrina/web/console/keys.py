"""API keys of the group, for its editors: shown once when issued, listed, revoked."""

from ...domain.access import MemberRight
from ...domain.problems import Invalid, NotFound
from ...store.groups import ApiKey
from ..forms import Form
from ..visit import Answer, Visit

MOST_LABEL = 100
MOST_REVOKED = 10  # that the list still shows


async def page(visit: Visit) -> Answer:
    return await _page(visit, None)


async def _page(visit: Visit, form: Form | None) -> Answer:
    rows = await _keys(visit)
    living = [row for row in rows if row.revoked_at is None]
    over = [row for row in rows if row.revoked_at is not None][:MOST_REVOKED]
    return visit.page("console/keys.html", status=422 if form else 200, form=form, living=living, over=over)


async def issue(visit: Visit, form: Form) -> Answer:
    member = visit.member
    member.must(MemberRight.EDIT_GROUP)
    label = form.text("label", most=MOST_LABEL, required=False)
    if not form.fine:
        return await _page(visit, form)
    try:
        secret = await visit.shop.groups.issue_key(member.group_id, label, actor=member.actor)
    except Invalid as refused:
        form.refuse(refused)
        return await _page(visit, form)
    return visit.page("console/key.html", secret=secret, label=label, address=visit.settings.address)


async def ask(visit: Visit) -> Answer:
    return visit.page("console/revoke_key.html", row=await _key(visit))


async def revoke(visit: Visit, _form: Form) -> Answer:
    row = await _key(visit)
    await visit.shop.groups.revoke_key(row.group_id, row.id, actor=visit.member.actor)
    return visit.go("/console/keys", "key_revoked")


async def _key(visit: Visit) -> ApiKey:
    """The key that the address names; raises NotFound."""
    id = visit.id("key_id")
    found = next((row for row in await _keys(visit) if row.id == id), None)
    if found is None:
        raise NotFound
    return found


async def _keys(visit: Visit) -> list[ApiKey]:
    """The group's keys; raises MemberRightMissing for who is no editor."""
    visit.member.must(MemberRight.EDIT_GROUP)
    return await visit.shop.groups.keys(visit.member.group_id)
