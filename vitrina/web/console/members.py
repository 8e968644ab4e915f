"""Members of the group: who they are and what they may do, for its editors; everybody's own profile."""

import secrets

from ...domain.access import MemberRight
from ...domain.members import MOST_TEXT, LastEditor
from ...domain.problems import Invalid
from ...store.groups import Member
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit

PER_PAGE = 50
PROFILE = ("first_name", "last_name", "occupation", "phone", "city", "country")
ACCOUNT = "/console/account"  # one's own password and sessions
MOST_NAME = 100
MOST_EMAIL = 254


async def page(visit: Visit) -> Answer:
    """All members, for an editor; others are led to their own page."""
    if MemberRight.EDIT_GROUP not in visit.member.rights:
        return visit.go(f"/console/members/{visit.member.id}")
    number = min(visit.query.id("page") or 1, 100_000)
    rows, total = await visit.shop.members.page(visit.member, None, (number - 1) * PER_PAGE, PER_PAGE)
    return visit.page(
        "console/members.html", rows=rows, total=total, number=number, more=number * PER_PAGE < total
    )


# --- a new one -------------------------------------------------------------------------------------------


async def ask(visit: Visit) -> Answer:
    visit.member.must(MemberRight.EDIT_GROUP)
    return _new(visit, None)


def _new(visit: Visit, form: Form | None) -> Answer:
    return visit.page(
        "console/new_member.html",
        status=422 if form else 200,
        form=form,
        rights=[right for right in MemberRight if right is not MemberRight.LOG_IN],
        granted=form.all("right") if form else [MemberRight.LICENSE, MemberRight.TEST_COPIES],
    )


async def invite(visit: Visit, form: Form) -> Answer:
    """A new member; a password that nobody chose is made up, and shown once."""
    visit.member.must(MemberRight.EDIT_GROUP)
    username, email = form.text("username", most=MOST_NAME), form.text("email", most=MOST_EMAIL)
    profile = {name: form.text(name, most=MOST_TEXT, required=False) for name in PROFILE[:2]}
    chosen = form.get("password")
    password = chosen or secrets.token_urlsafe(12)
    if form.fine:
        given: dict[str, str | None] = {name: text for name, text in profile.items() if text}
        try:
            id = await visit.shop.members.register(
                *(visit.member, username, email, password, given, frozenset(_rights(form))), must_change=True
            )
        except Invalid as refused:
            form.refuse(refused)
        else:
            return visit.page(
                "console/invited.html", id=id, username=username, password=None if chosen else password
            )
    return _new(visit, form)


def _rights(form: Form) -> set[MemberRight]:
    """Those that were ticked."""
    ticked = form.all("right")
    return {right for right in MemberRight if right in ticked}


# --- one -------------------------------------------------------------------------------------------------


async def one(visit: Visit) -> Answer:
    return _one(visit, await _member(visit))


def _one(
    visit: Visit,
    member: Member,
    *,
    profile: Form | None = None,
    passwords: Form | None = None,
    problem: str | None = None,
) -> Answer:
    """A member's page, with the form that could not be used."""
    return visit.page(
        "console/member.html",
        status=422 if profile or passwords or problem else 200,
        form=profile,
        passwords=passwords,
        problem=problem,
        member=member,
        own=member.id == visit.member.id,
        editor=MemberRight.EDIT_GROUP in visit.member.rights,
        account=ACCOUNT,
        profile=PROFILE,
        rights=list(MemberRight),
    )


async def change(visit: Visit, form: Form) -> Answer:
    member = await _member(visit)
    email = form.text("email", most=MOST_EMAIL)
    changes = {name: form.text(name, most=MOST_TEXT, required=False) or None for name in PROFILE}
    if form.fine:
        try:
            await visit.shop.members.update(visit.member, member.id, email, changes)
        except Invalid as refused:
            form.refuse(refused)
        else:
            return visit.go(f"/console/members/{member.id}", "member_saved")
    return _one(visit, member, profile=form)


async def grant(visit: Visit, form: Form) -> Answer:
    """Exactly the rights that were ticked."""
    visit.member.must(MemberRight.EDIT_GROUP)
    member = await _member(visit)
    try:
        await visit.shop.members.set_rights(visit.member, member.id, _rights(form))
    except LastEditor as refused:
        return _one(visit, member, problem=sentence_of(refused, visit.words))
    return visit.go(f"/console/members/{member.id}", "rights_saved")


async def set_password(visit: Visit, form: Form) -> Answer:
    """A new one of another member, as their editor; of one's own it is changed by who knows the old one."""
    visit.member.must(MemberRight.EDIT_GROUP)
    member = await _member(visit)
    if member.id == visit.member.id:
        return visit.go(ACCOUNT)
    password = form.password("password")
    if form.fine:
        try:
            await visit.shop.members.set_password(visit.member, member.id, password, must_change=True)
        except Invalid as refused:
            form.refuse(refused)
        else:
            return visit.go(f"/console/members/{member.id}", "password_saved")
    return _one(visit, member, passwords=form)


async def ask_to_remove(visit: Visit) -> Answer:
    visit.member.must(MemberRight.EDIT_GROUP)
    return visit.page("console/remove_member.html", member=await _member(visit))


async def remove(visit: Visit, _form: Form) -> Answer:
    visit.member.must(MemberRight.EDIT_GROUP)
    member = await _member(visit)
    await visit.shop.members.remove(visit.member, member.id)
    return visit.go("/console/members", "member_removed")


async def _member(visit: Visit) -> Member:
    """Who the address names: oneself, or for an editor anybody of the group."""
    id = visit.id("member_id")
    if id != visit.member.id:
        visit.member.must(MemberRight.EDIT_GROUP)
    return await visit.shop.members.get(visit.member, id)
