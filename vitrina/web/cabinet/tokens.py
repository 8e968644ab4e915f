"""Tokens of the seller's programs: one press and it is there, shown once; a list, and revoking."""

import uuid

from ...domain.tokens import TokenNotFound
from ...store.tokens import TokenRow
from ..forms import Form
from ..visit import Answer, Visit

MOST_LABEL = 100
MOST_REVOKED = 10  # that the list still shows


async def page(visit: Visit) -> Answer:
    return await _page(visit, None)


async def _page(visit: Visit, form: Form | None) -> Answer:
    rows = await visit.shop.tokens.of_seller(visit.seller.id)
    now = visit.shop.clock()
    living = [row for row in rows if row.revoked_at is None and row.expires_at > now]
    over = [row for row in rows if row not in living][:MOST_REVOKED]
    status = 422 if form else 200
    return visit.page("cabinet/tokens.html", status=status, form=form, living=living, over=over)


async def issue(visit: Visit, form: Form) -> Answer:
    label = form.text("label", most=MOST_LABEL, required=False)
    if not form.fine:
        return await _page(visit, form)
    issued = await visit.shop.tokens.issue(visit.seller.id, label, actor=visit.seller.actor)
    return visit.page("cabinet/token.html", issued=issued, label=label, address=visit.settings.address)


async def ask(visit: Visit) -> Answer:
    return visit.page("cabinet/revoke.html", row=await _find(visit))


async def revoke(visit: Visit, _form: Form) -> Answer:
    seller = visit.seller
    await visit.shop.tokens.revoke(seller.id, (await _find(visit)).id, actor=seller.actor)
    return visit.go("/cabinet/tokens", "token_revoked")


async def _find(visit: Visit) -> TokenRow:
    """The token that the address names; raises TokenNotFound."""
    try:
        id = uuid.UUID(visit.request.path_params["token"])
    except ValueError:
        raise TokenNotFound from None
    for row in await visit.shop.tokens.of_seller(visit.seller.id):
        if row.id == id:
            return row
    raise TokenNotFound
