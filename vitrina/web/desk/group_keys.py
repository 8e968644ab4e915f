"""API keys of a group: issued, shown once, and revoked."""

from ...domain.problems import NotFound
from ...store.groups import ApiKey, Group
from ..forms import Form
from ..visit import Answer, Visit
from .groups import opened

MOST_LABEL = 100
MOST_REVOKED = 10  # that the list still shows


async def page(visit: Visit) -> Answer:
    return await _page(visit, await opened(visit), None)


async def _page(visit: Visit, group: Group, form: Form | None) -> Answer:
    rows = list(reversed(await visit.shop.groups.keys(group.id)))
    living = [row for row in rows if row.revoked_at is None]
    over = [row for row in rows if row.revoked_at][:MOST_REVOKED]
    status = 422 if form else 200
    return visit.page("desk/group_keys.html", status=status, group=group, form=form, living=living, over=over)


async def issue(visit: Visit, form: Form) -> Answer:
    group = await opened(visit)
    label = form.text("label", most=MOST_LABEL, required=False)
    if not form.fine:
        return await _page(visit, group, form)
    secret = await visit.shop.groups.issue_key(group.id, label, actor=visit.operator.actor)
    return visit.page("desk/group_key.html", group=group, secret=secret, label=label)


async def ask_to_revoke(visit: Visit) -> Answer:
    group = await opened(visit)
    return visit.page("desk/group_key_revoke.html", group=group, key=await _key(visit, group))


async def revoke(visit: Visit, _form: Form) -> Answer:
    group = await opened(visit)
    key = await _key(visit, group)
    await visit.shop.groups.revoke_key(group.id, key.id, actor=visit.operator.actor)
    return visit.go(f"/desk/groups/{group.id}/keys", "key_revoked")


async def _key(visit: Visit, group: Group) -> ApiKey:
    """The group's key that the address names; raises NotFound."""
    id = visit.id("key_id")
    for row in await visit.shop.groups.keys(group.id):
        if row.id == id:
            return row
    raise NotFound
