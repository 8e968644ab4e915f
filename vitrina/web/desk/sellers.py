"""Sellers: found, made, given rights and passwords, shut out and let in again; their tokens."""

import uuid

from ...domain.access import Right, Seller
from ...domain.filters import Filter
from ...domain.offers import OfferStatus
from ...domain.problems import EmailTaken, Invalid
from ...domain.tokens import TokenNotFound
from ...store.sellers import SellerRow
from ...store.tokens import TokenRow
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit
from .lists import PER_PAGE, before, part, words

FEW = 5
MOST_TOKENS = 20


async def page(visit: Visit) -> Answer:
    asked = words(visit)
    found = part(visit, await visit.shop.sellers.page(asked, before(visit), PER_PAGE + 1))
    return visit.page("desk/sellers.html", found=found, asked=asked)


# --- making ----------------------------------------------------------------------------------------------


async def blank(visit: Visit) -> Answer:
    return visit.page("desk/seller_new.html", form=None)


async def make(visit: Visit, form: Form) -> Answer:
    email, name = form.text("email", most=260), form.text("name", required=False)
    password = form.password("password")
    if form.fine:
        try:
            row = (email, name or email, password)
            actor = visit.operator.actor
            id = await visit.shop.accounts.add("sellers", *row, must_change=True, actor=actor)
            return visit.go(f"/desk/sellers/{id}", "seller_made")
        except Invalid as refused:
            form.refuse(refused)
        except EmailTaken as taken:
            form.wrong["email"] = sentence_of(taken, visit.words)
    return visit.page("desk/seller_new.html", status=422, form=form)


# --- one -------------------------------------------------------------------------------------------------


async def one(visit: Visit) -> Answer:
    return await _page(visit, await _seller(visit), None)


async def _seller(visit: Visit) -> SellerRow:
    """The seller that the address names, noted as looked at; raises SellerNotFound."""
    row = await visit.shop.sellers.get(visit.id("seller_id"))
    await visit.shop.looks.note(visit.operator, "seller.seen", row.id)
    return row


async def _page(visit: Visit, row: SellerRow, form: Form | None) -> Answer:
    shop, seller = visit.shop, Seller(row.id)
    offers, total = await shop.offers.page(seller, Filter(sort="updated", take=FEW))
    on_sale = Filter(status=OfferStatus.PUBLISHED, take=1)
    account = f"seller:{row.id}"
    balances = {
        currency: -amount for (_, currency), amount in (await shop.ledger.balances([account])).items()
    }
    tokens = await shop.tokens.of_seller(row.id)
    now = shop.clock()
    return visit.page(
        "desk/seller.html",
        status=422 if form else 200,
        form=form,
        row=row,
        rights=list(Right),
        offers=offers,
        total=total,
        published=(await shop.offers.page(seller, on_sale))[1],
        balances={"RUB": 0} | balances,
        living=[one for one in tokens if one.revoked_at is None and one.expires_at > now][:MOST_TOKENS],
    )


async def set_rights(visit: Visit, form: Form) -> Answer:
    row = await _seller(visit)
    ticked = set(form.all("right"))
    rights = {right for right in Right if right.value in ticked}
    await visit.shop.sellers.give_rights(row.id, rights, actor=visit.operator.actor)
    return visit.go(f"/desk/sellers/{row.id}", "rights_saved")


async def set_password(visit: Visit, form: Form) -> Answer:
    row = await _seller(visit)
    password = form.password("password")
    if form.fine:
        try:
            actor = visit.operator.actor
            await visit.shop.accounts.set_password(
                "sellers", row.email, password, must_change=True, actor=actor
            )
            return visit.go(f"/desk/sellers/{row.id}", "password_saved")
        except Invalid as refused:
            form.refuse(refused)
    return await _page(visit, row, form)


# --- out and in ------------------------------------------------------------------------------------------


async def ask_to_shut(visit: Visit) -> Answer:
    return _shut_page(visit, await _seller(visit), None)


def _shut_page(visit: Visit, row: SellerRow, form: Form | None) -> Answer:
    return visit.page("desk/seller_shut.html", status=422 if form else 200, row=row, form=form)


async def shut_out(visit: Visit, form: Form) -> Answer:
    row = await _seller(visit)
    reason = form.text("reason", most=300)
    if not form.fine:
        return _shut_page(visit, row, form)
    await visit.shop.sellers.shut_out(row.id, reason, actor=visit.operator.actor)
    return visit.go(f"/desk/sellers/{row.id}", "seller_shut")


async def let_in(visit: Visit, _form: Form) -> Answer:
    row = await _seller(visit)
    await visit.shop.sellers.let_in(row.id, actor=visit.operator.actor)
    return visit.go(f"/desk/sellers/{row.id}", "seller_let_in")


# --- tokens ----------------------------------------------------------------------------------------------


async def ask_to_revoke(visit: Visit) -> Answer:
    row = await _seller(visit)
    return visit.page("desk/token_revoke.html", row=row, token=await _token(visit, row))


async def revoke(visit: Visit, _form: Form) -> Answer:
    row = await _seller(visit)
    token = await _token(visit, row)
    await visit.shop.tokens.revoke(row.id, token.id, actor=visit.operator.actor)
    return visit.go(f"/desk/sellers/{row.id}", "token_revoked")


async def _token(visit: Visit, row: SellerRow) -> TokenRow:
    """The seller's token that the address names; raises TokenNotFound."""
    try:
        id = uuid.UUID(visit.request.path_params["token"])
    except ValueError:
        raise TokenNotFound from None
    for token in await visit.shop.tokens.of_seller(row.id):
        if token.id == id:
            return token
    raise TokenNotFound
