"""Buyers: found by their whole address, with their orders; a link for a new password by mail."""

from ...domain.problems import TooMany
from ...store.sellers import Account
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit
from .lists import PER_PAGE, before
from .orders import part_of


async def page(visit: Visit) -> Answer:
    """Only who is asked for is shown: nobody needs to leaf through people."""
    email = visit.query.get("email").strip()[:260]
    found = await visit.shop.accounts.buyer_at(email) if email else None
    if found:
        return visit.go(f"/desk/buyers/{found.id}")
    return visit.page("desk/buyers.html", email=email.replace("\ufffd", ""))


async def one(visit: Visit) -> Answer:
    return await _page(visit, await _buyer(visit), None)


async def _buyer(visit: Visit) -> Account:
    """The buyer that the address names, noted as looked at; raises BuyerNotFound."""
    buyer = await visit.shop.accounts.buyer(visit.id("buyer_id"))
    await visit.shop.looks.note(visit.operator, "buyer.seen", buyer.id)
    return buyer


async def _page(visit: Visit, buyer: Account, problem: str | None) -> Answer:
    found = await visit.shop.orders.all(visit.operator, None, before(visit), PER_PAGE + 1, buyer_id=buyer.id)
    status = 429 if problem else 200
    return visit.page(
        "desk/buyer.html", status=status, buyer=buyer, found=part_of(visit, found), problem=problem
    )


async def send_link(visit: Visit, _form: Form) -> Answer:
    buyer = await _buyer(visit)
    try:
        await visit.shop.password_resets.send(buyer.id, actor=visit.operator.actor)
    except TooMany as problem:
        return await _page(visit, buyer, sentence_of(problem, visit.words))
    return visit.go(f"/desk/buyers/{buyer.id}", "password_link_sent")
