"""A forgotten password: asking for the link, and setting a new one with it."""

from ...domain.problems import Invalid, PasswordResetNotValid, Problem
from ...store.sellers import Holder
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit

ROLES: dict[str, Holder] = {
    "buyers": "buyers",
    "sellers": "sellers",
    "operators": "operators",
    "members": "members",
}
_LOG_INS: dict[Holder, str] = {
    "buyers": "/log-in",
    "sellers": "/cabinet/log-in",
    "operators": "/desk/log-in",
    "members": "/console/log-in",
}


async def ask_form(visit: Visit) -> Answer:
    return _ask_page(visit, None, visit.query.get("role"))


async def ask(visit: Visit, form: Form) -> Answer:
    role, email = form.choice("role", list(ROLES)), form.text("email", most=260)
    if not form.fine:
        return _ask_page(visit, form, role)
    try:
        await visit.shop.password_resets.ask(ROLES[role], email, visit.language, visit.client)
    except Invalid as invalid:
        form.refuse(invalid)
        return _ask_page(visit, form, role)
    except Problem as problem:
        return _ask_page(visit, form, role, sentence_of(problem, visit.words))
    # The same page whether anybody has the address or not.
    return visit.page("storefront/password_sent.html", email=email, log_in=_LOG_INS[ROLES[role]])


def _ask_page(visit: Visit, form: Form | None, role: str, problem: str | None = None) -> Answer:
    shown = role if role in ROLES else "buyers"
    status = 422 if form else 200
    return visit.page("storefront/password.html", status=status, form=form, problem=problem, role=shown)


async def new_form(visit: Visit) -> Answer:
    link = visit.query.get("link")
    try:
        await visit.shop.password_resets.look(link)
    except PasswordResetNotValid as problem:
        return _ask_page(visit, None, "buyers", sentence_of(problem, visit.words))
    return _new_page(visit, None, link)


async def set_new(visit: Visit, form: Form) -> Answer:
    link, password = form.get("link"), form.password("password")
    if not form.fine:
        return _new_page(visit, form, link)
    try:
        role = await visit.shop.password_resets.use(link, password)
    except Invalid as invalid:
        form.refuse(invalid)
        return _new_page(visit, form, link)
    except PasswordResetNotValid as problem:
        return _ask_page(visit, None, "buyers", sentence_of(problem, visit.words))
    return visit.go(_LOG_INS[role], "password_set")


def _new_page(visit: Visit, form: Form | None, link: str) -> Answer:
    return visit.page("storefront/password_new.html", status=422 if form else 200, form=form, link=link)
