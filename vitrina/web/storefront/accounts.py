"""Buyers' accounts: making one, logging in and out."""

from urllib.parse import quote

from ...domain.problems import Invalid, Problem
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit, ours


async def log_in_form(visit: Visit) -> Answer:
    if visit.person:
        return visit.go(_next(visit.query))
    return _log_in_page(visit, None)


async def log_in(visit: Visit, form: Form) -> Answer:
    email, password = form.text("email", most=260), form.password("password")
    if not form.fine:
        return _log_in_page(visit, form)
    try:
        account = await visit.shop.accounts.log_in("buyers", email, password, visit.client)
        await visit.begin_session(account.id, account.password_hash)
    except Problem as problem:
        return _log_in_page(visit, form, sentence_of(problem, visit.words))
    return visit.go(_next(form))


def _log_in_page(visit: Visit, form: Form | None, problem: str | None = None) -> Answer:
    next = _next(form or visit.query)
    status = 422 if form else 200
    return visit.page(
        "storefront/log_in.html", status=status, form=form, problem=problem, next=next, quoted=quote(next)
    )


async def register_form(visit: Visit) -> Answer:
    return _register_page(visit, None)


async def register(visit: Visit, form: Form) -> Answer:
    email, name = form.text("email", most=260), form.text("name", required=False)
    password = form.password("password")
    if not form.fine:
        return _register_page(visit, form)
    try:
        await visit.shop.accounts.guard("register", "", visit.client, times=4)
        account = await visit.shop.accounts.register(email, name, password, visit.language)
    except Invalid as invalid:
        form.refuse(invalid)
        return _register_page(visit, form)
    except Problem as problem:
        return _register_page(visit, form, sentence_of(problem, visit.words))
    await visit.begin_session(account.id)
    return visit.go(_next(form), "registered")


def _register_page(visit: Visit, form: Form | None, problem: str | None = None) -> Answer:
    next = _next(form or visit.query)
    status = 422 if form else 200
    return visit.page(
        "storefront/register.html", status=status, form=form, problem=problem, next=next, quoted=quote(next)
    )


async def account(visit: Visit) -> Answer:
    return visit.page("storefront/account.html")


async def log_out(visit: Visit, form: Form) -> Answer:
    await visit.end_session()
    return visit.go("/", "logged_out")


def _next(form: Form) -> str:
    """Where the visitor was going."""
    return ours(form.get("next") or "/")
