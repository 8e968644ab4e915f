"""One item: a quick look or its page; its sizes and prices for the group; test copies."""

from typing import Any
from urllib.parse import urlsplit

from ...domain.access import MemberRight
from ...domain.items import sizes_of
from ..forms import Form
from ..visit import Answer, Visit, ours
from .search import categories
from .shown import card, cards, chosen, fitted, terms_of, words_of

FEW = 12
MOST_HELD = 5


async def take_copy(visit: Visit, form: Form) -> Answer:
    """A test copy, free of charge; it is downloaded from the list of them."""
    await visit.shop.copies.take(visit.member, visit.id("item_id"), form.get("size"))
    return visit.go("/console/copies", "copy_taken")


async def page(visit: Visit) -> Answer:
    """All about an item, or a quick look at it in the dialog of another page."""
    item = await visit.shop.items.get(visit.id("item_id"))
    visit.shop.search.saw(item.id)
    terms = await terms_of(visit)
    held = await visit.shop.licences.held(visit.member, [item.id])
    shown = card(item, visit.language, terms, held)
    values: dict[str, Any] = {
        "card": shown,
        "terms": terms,
        "description": words_of(item, visit.language)[1],
        "keywords": words_of(item, visit.language)[2],
        "line": terms.in_cart.get(item.id),
        "chosen": chosen(shown.choices, terms.in_cart.get(item.id)),
        "large": fitted(item, 950),
        "most_held": MOST_HELD,
    }
    if visit.request.headers.get("hx-target") == "look-at":
        return visit.page("console/look.html", back=_shown_on(visit), **values)
    may_copy = MemberRight.TEST_COPIES in visit.member.rights and item.seller_id not in terms.barred
    alike, series, model = (await visit.shop.search.similar_of([item], FEW))[item.id]
    related = {"similar": alike, "series": series, "model": model}
    return visit.page(
        "console/item.html",
        categories=await categories(visit),
        related={kind: await cards(visit, ids[:FEW], terms) for kind, ids in related.items()},
        copies=list(sizes_of(item).values()) if may_copy else [],
        editors=[] if terms.may_license else await visit.shop.members.editors(visit.member),
        back=f"/console/items/{item.id}",
        **values,
    )


def _shown_on(visit: Visit) -> str:
    """The address of the page that the dialog is on."""
    try:
        at = urlsplit(visit.request.headers.get("hx-current-url", ""))
    except ValueError:
        return "/"
    return ours(f"{at.path}?{at.query}" if at.query else at.path)
