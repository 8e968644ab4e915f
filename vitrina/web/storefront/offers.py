"""One offer: what it is, what others say of it, a sample, and the question to adults."""

from typing import Any

from ...domain.books import has_text
from ...domain.catalog import Section
from ...domain.contents import Kind, work_of
from ...store.offers import CarriedContent
from ...store.storefront import OnSale
from ..forms import Form
from ..visit import Answer, Visit, ours
from . import cart
from .shown import card, file_of

ADULT_COOKIE = "adult"
_ADULT_LASTS = 30 * 24 * 3600
REVIEWS = 10
FEW_LEFT = 5


async def show(visit: Visit) -> Answer:
    found = await visit.shop.storefront.get(visit.id("offer_id"))
    seen = card(found)
    if seen.adult and not visit.jar.get(ADULT_COOKIE):
        return visit.page("storefront/adults.html", card=seen)
    before = visit.query.id("before")
    reviews = await visit.shop.reviews.page(seen.id, before, REVIEWS + 1) if seen.reviews else []
    bought = await visit.shop.library.bought(visit.buyer, seen.id) if visit.person else None
    return visit.page(
        "storefront/offer.html",
        card=seen,
        row=found.listed.offer,
        tags=found.listed.tags,
        works=[_work(seen.id, content) for content in found.listed.contents],
        pictures=_pictures(found),
        state=_stock(found),
        available=found.available,
        countable=Section(seen.section).carries_keys,
        in_cart=seen.id in cart.read(visit),
        bought=bought,
        reviews=reviews[:REVIEWS],
        more_before=reviews[REVIEWS - 1].id if len(reviews) > REVIEWS else None,
    )


async def sample(visit: Visit) -> Answer:
    """The beginning of a book, for everybody who may see the offer."""
    found = await visit.shop.storefront.look(visit.id("offer_id"))
    seen = card(found)
    if seen.adult and not visit.jar.get(ADULT_COOKIE):
        return visit.page("storefront/adults.html", card=seen)
    text = await visit.shop.books.sample(seen.id)
    return visit.page("storefront/sample.html", card=seen, sample=text)


async def confirm_adult(visit: Visit, form: Form) -> Answer:
    """The visitor says that they are 18."""
    visit.jar.keep(ADULT_COOKIE, "yes", _ADULT_LASTS)
    return visit.go(ours(form.get("next")))


def _pictures(found: OnSale) -> list[dict[str, str]]:
    """Cover and gallery: each small for the page, and large behind it."""
    row = found.listed.offer
    cover = [row.cover[min(1, len(row.cover) - 1)]] if row.cover else []
    large = [row.cover[-1]] if row.cover else []
    shown = zip([*cover, *row.gallery], [*large, *row.gallery], strict=True)
    return [{"small": file_of(row.id, small), "large": file_of(row.id, big)} for small, big in shown]


def _stock(found: OnSale) -> str:
    """A word of the group `stock`."""
    if found.available is None:
        return "at_once" if Section(found.listed.offer.section).carries_contents else "by_seller"
    if not found.available:
        return "none"
    return "few" if found.available <= FEW_LEFT else "many"


def _work(offer_id: int, content: CarriedContent) -> dict[str, Any]:
    """A work of an offer, with the preview that it has."""
    work = work_of(content)
    found = work.found
    preview = found.preview if found else None
    declared = work.declared
    return {
        "title": content.title,
        "kind": Kind(content.kind).name.lower(),
        "preview": file_of(offer_id, preview) if preview else None,
        "poster": file_of(offer_id, work.cover[0]) if work.cover else None,
        "duration": found.duration_ms if found else None,
        "pages": found.pages if found else None,
        "author": declared.author if declared else None,
        "readable": content.kind == Kind.DOCUMENT and has_text(work),
    }
