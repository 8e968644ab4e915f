"""Logging in and out as a seller."""

from ...domain.problems import Problem, TooMany
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit, ours

HOME = "/cabinet"


async def form(visit: Visit) -> Answer:
    if visit.person:
        return visit.go(_next(visit.query))
    return visit.page("cabinet/log_in.html", form=None, problem=None, next=_next(visit.query))


async def log_in(visit: Visit, form: Form) -> Answer:
    email, password = form.text("email"), form.password("password")
    problem = None
    status = 422
    if form.fine:
        try:
            account = await visit.shop.accounts.log_in("sellers", email, password, visit.client)
            await visit.begin_session(account.id)
            return visit.go(_next(form))
        except Problem as refused:
            problem = sentence_of(refused, visit.words)
            status = 429 if isinstance(refused, TooMany) else 401
    return visit.page("cabinet/log_in.html", status=status, form=form, problem=problem, next=_next(form))


async def log_out(visit: Visit, _form: Form) -> Answer:
    await visit.end_session()
    return visit.go("/cabinet/log-in", "logged_out")


def _next(form: Form) -> str:
    """Where somebody wanted to go; only into the cabinet."""
    path = ours(form.get("next"))
    return path if path == HOME or path.startswith((f"{HOME}/", f"{HOME}?")) else HOME
