"""All offers of the seller: a list with filters, and changes to many at once."""

import msgspec

from ...domain.filters import Filter
from ...domain.offers import OfferStatus
from ...domain.problems import Problem
from ...store.offers import Offer
from ..forms import Form, id_in
from ..problems import sentence_of
from ..visit import Answer, Visit

PER_PAGE = 30
MOST_AT_ONCE = 200
STATUSES = {"draft": OfferStatus.DRAFT, "published": OfferStatus.PUBLISHED, "paused": OfferStatus.PAUSED}
MOVES = {
    "publish": OfferStatus.PUBLISHED,
    "pause": OfferStatus.PAUSED,
    "delete": OfferStatus.DELETED,
}
PRICES = ("price", "percent", "discount", "no_discount")


class Refused(msgspec.Struct, frozen=True):
    """An offer that could not be changed, and why."""

    id: int
    title: str
    reason: str


async def page(visit: Visit) -> Answer:
    return await _page(visit)


async def _page(visit: Visit, form: Form | None = None, problem: str | None = None) -> Answer:
    """The list; with the form for many offers as it was sent, and what was wrong with it."""
    words, status = visit.query.get("q").strip()[:200], visit.query.get("status")
    number = _number(visit.query.get("page"))
    wanted = Filter(
        search=words.replace("\ufffd", "") or None,
        status=STATUSES.get(status),
        sort="updated",
        skip=(number - 1) * PER_PAGE,
        take=PER_PAGE,
    )
    rows, total = await visit.shop.offers.page(visit.seller, wanted)
    return visit.page(
        "cabinet/offers.html",
        status=422 if problem else 200,
        form=form,
        ticked=form.all("offer") if form else [],
        problem=problem,
        rows=rows,
        total=total,
        words=words,
        chosen=status if status in STATUSES else "",
        number=number,
        more=number * PER_PAGE < total,
    )


async def change_all(visit: Visit, form: Form) -> Answer:
    """A new price or status for every offer that was ticked; each for itself, and those refused are told."""
    ids = [id for text in dict.fromkeys(form.all("offer")) if (id := id_in(text)) is not None][:MOST_AT_ONCE]
    action = form.get("action")
    if not ids:
        return await _page(visit, form, visit.words.bulk_nothing)
    amount = _amount(form, action)
    if not form.fine or action not in (*MOVES, *PRICES):
        return await _page(visit, form, next(iter(form.wrong.values()), visit.words.bulk_no_action))
    if action == "delete" and not form.flag("sure"):
        offers = [(await visit.shop.offers.get(visit.seller, id)).offer for id in ids]
        return visit.page("cabinet/delete_offers.html", offers=offers)
    refused = [one for id in ids if (one := await _change(visit, id, action, amount))]
    if not refused:
        return visit.go("/cabinet/offers", "bulk_done")
    return visit.page("cabinet/changed.html", changed=len(ids) - len(refused), refused=refused)


def _amount(form: Form, action: str) -> int:
    """What the action needs besides: roubles, or a percentage that may be negative."""
    if action == "percent":
        typed = form.get("amount").strip()
        sign = -1 if typed.startswith(("-", "\N{MINUS SIGN}")) else 1
        unsigned = Form({"amount": [typed.lstrip("-+\N{MINUS SIGN}")]}, form.words)
        amount = unsigned.number("amount", least=1, most=99 if sign < 0 else 1000)
        form.wrong |= unsigned.wrong
        return sign * amount
    if action == "discount":
        return form.number("amount", least=1, most=99)
    return form.number("amount", most=1_000_000_000) if action == "price" else 0


async def _change(visit: Visit, id: int, action: str, amount: int) -> Refused | None:
    offers, seller = visit.shop.offers, visit.seller
    title = f"№ {id}"
    try:
        offer = (await offers.get(seller, id)).offer
        title = offer.title
        if action in MOVES:
            await offers.set_status(seller, id, MOVES[action])
        else:
            await offers.set_price(seller, id, *new_price(offer, action, amount))
    except Problem as problem:
        return Refused(id, title, sentence_of(problem, visit.words))
    return None


def new_price(offer: Offer, action: str, amount: int) -> tuple[int, int | None]:
    """(price, discounted price) in kopecks, in whole roubles as the wire has them."""
    price, discount = offer.price, offer.discount_price
    if action == "price":
        return amount * 100, None
    if action == "percent":
        raised = [_roubles(one * (100 + amount), 100) if one else None for one in (price, discount)]
        return raised[0] or 0, raised[1]
    return price, _roubles(price * (100 - amount), 100) if action == "discount" else None


def _roubles(value: int, by: int) -> int:
    return round(value / by / 100) * 100


def _number(text: str) -> int:
    return min(max(1, int(text)), 100_000) if text.isascii() and text.isdigit() and len(text) < 9 else 1
