"""Pages that belong to no room: first steps, a token for a program, certificates of licences."""

from ..domain.problems import NotFound, Problem, TooMany
from .forms import Form
from .pages import Page, Room
from .problems import sentence_of
from .visit import Answer, Visit


async def guide(visit: Visit) -> Answer:
    return visit.page("guide.html", address=visit.settings.address)


async def token_form(visit: Visit) -> Answer:
    return visit.page("token.html", issued=None, problem=None, email="", address="")


async def issue_token(visit: Visit, form: Form) -> Answer:
    email, password = form.get("email"), form.get("password")
    try:
        account = await visit.shop.accounts.log_in("sellers", email, password, visit.client)
        issued = await visit.shop.tokens.issue(account.id, form.get("label"))
    except Problem as problem:
        status = 429 if isinstance(problem, TooMany) else 401
        told = sentence_of(problem, visit.words)
        return visit.page("token.html", status=status, issued=None, problem=told, email=email, address="")
    address = visit.settings.address
    return visit.page("token.html", issued=issued, problem=None, email=email, address=address)


async def certificate(visit: Visit) -> Answer:
    try:
        found = await visit.shop.papers.certificate(visit.request.path_params["number"])
    except NotFound:
        return visit.page("certificate.html", status=404, found=None)
    return visit.page("certificate.html", found=found)


ABOUT = Room(
    "shared",
    "sellers",
    "/token",
    [
        Page("/guide", "guide", "anybody", get=guide),
        Page("/token", "token", "anybody", get=token_form, post=issue_token),
        Page("/certificate/{number:str}", "certificate", "anybody", get=certificate),
    ],
)
