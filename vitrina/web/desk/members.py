"""Members of a group: the first one is made here, rights and passwords are set for those who cannot themselves."""

from ...domain.access import MemberRight
from ...domain.problems import Invalid
from ...store.groups import Group, Member
from ..forms import Form
from ..visit import Answer, Visit
from .groups import opened, reader

PER_PAGE = 30
NAMES = ("first_name", "last_name")
MOST_PAGES = 10_000


async def page(visit: Visit) -> Answer:
    group = await opened(visit)
    text = visit.query.get("page")
    number = min(max(1, int(text)), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    rows, total = await visit.shop.members.page(reader(group), None, (number - 1) * PER_PAGE, PER_PAGE)
    more = number * PER_PAGE < total
    return visit.page("desk/members.html", group=group, rows=rows, total=total, number=number, more=more)


async def blank(visit: Visit) -> Answer:
    return _new_page(visit, await opened(visit), None)


def _new_page(visit: Visit, group: Group, form: Form | None) -> Answer:
    status = 422 if form else 200
    return visit.page("desk/member_new.html", status=status, group=group, form=form, rights=list(MemberRight))


def _rights(form: Form) -> set[MemberRight]:
    ticked = set(form.all("right"))
    return {right for right in MemberRight if right.value in ticked}


async def make(visit: Visit, form: Form) -> Answer:
    group = await opened(visit)
    username, email = form.text("username", most=100), form.text("email", most=260)
    password = form.password("password")
    profile: dict[str, str | None] = {}
    for name in NAMES:
        if text := form.text(name, required=False):
            profile[name] = text
    if form.fine:
        try:
            row = (group.id, username, email, password, profile, _rights(form))
            id = await visit.shop.members.add(*row, must_change=True, actor=visit.operator.actor)
            return visit.go(f"/desk/groups/{group.id}/members/{id}", "member_made")
        except Invalid as refused:
            form.refuse(refused)
    return _new_page(visit, group, form)


# --- one -------------------------------------------------------------------------------------------------


async def one(visit: Visit) -> Answer:
    group = await opened(visit)
    return _page(visit, group, await _member(visit, group), None)


async def _member(visit: Visit, group: Group) -> Member:
    """The member that the address names, noted as looked at; raises MemberNotFound."""
    member = await visit.shop.members.get(reader(group), visit.id("member_id"))
    await visit.shop.looks.note(visit.operator, "member.seen", member.id)
    return member


def _page(visit: Visit, group: Group, member: Member, form: Form | None) -> Answer:
    status, rights = 422 if form else 200, list(MemberRight)
    return visit.page("desk/member.html", status=status, group=group, member=member, form=form, rights=rights)


async def set_rights(visit: Visit, form: Form) -> Answer:
    group = await opened(visit)
    member = await _member(visit, group)
    actor = visit.operator.actor
    await visit.shop.members.give_rights(group.id, member.id, _rights(form), actor=actor)
    return visit.go(f"/desk/groups/{group.id}/members/{member.id}", "rights_saved")


async def set_password(visit: Visit, form: Form) -> Answer:
    group = await opened(visit)
    member = await _member(visit, group)
    password = form.password("password")
    if form.fine:
        try:
            actor = visit.operator.actor
            await visit.shop.members.give_password(
                group.id, member.id, password, must_change=True, actor=actor
            )
            return visit.go(f"/desk/groups/{group.id}/members/{member.id}", "password_saved")
        except Invalid as refused:
            form.refuse(refused)
    return _page(visit, group, member, form)
