"""One offer: made as a draft, changed, checked, shown as buyers will see it, put on sale, paused, deleted."""

from typing import Any

from ...domain.access import Right
from ...domain.catalog import Section, Shelf
from ...domain.checklist import missing
from ...domain.contents import Kind, work_of
from ...domain.filters import Filter
from ...domain.offer_rules import MOST_PRICE
from ...domain.offers import AGE_RATINGS, CarriedKind, Draft, OfferStatus
from ...domain.pictures import MOST_IN_GALLERY
from ...domain.problems import Invalid, NotFound
from ...store.offers import Listed
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit

MOST_FORM = 256 * 1024  # bytes: 12,000 characters take many more where an address spells them
MOST_TAGS, MOST_TAG = 5, 45
WORKS_TO_CHOOSE = 100
MOVES = {"publish": OfferStatus.PUBLISHED, "pause": OfferStatus.PAUSED, "draft": OfferStatus.DRAFT}


# --- making ----------------------------------------------------------------------------------------------


async def blank(visit: Visit) -> Answer:
    """First the section, then its form."""
    shelves = await visit.shop.catalog.shelves()
    shelf = _shelf(shelves, visit.query.get("section"))
    if shelf is None:
        closed = [one.section for one in shelves if not _open(visit, one.section)]
        return visit.page("cabinet/sections.html", shelves=shelves, closed=closed, work=_work(visit.query))
    return _form(visit, shelf, None, visit.query)


async def make(visit: Visit, form: Form) -> Answer:
    shelf = _shelf(await visit.shop.catalog.shelves(), form.get("section"))
    if shelf is None:
        raise NotFound
    said = _read(form, shelf)
    if form.fine:
        draft = Draft(section=shelf.section, complete=False, **said)
        try:
            offer_id = (await visit.shop.offers.create(visit.seller, draft)).offer.id
            if shelf.section.carries_contents and (work := _work(form)):
                await _carry(visit, offer_id, [work])
            return visit.go(f"/cabinet/offers/{offer_id}", "offer_made")
        except Invalid as refused:
            form.refuse(refused)
    return _form(visit, shelf, form, form)


def _form(visit: Visit, shelf: Shelf, form: Form | None, asked: Form) -> Answer:
    return visit.page(
        "cabinet/new_offer.html",
        status=422 if form else 200,
        form=form,
        shelf=shelf,
        ages=AGE_RATINGS,
        work=_work(asked),
    )


def _shelf(shelves: list[Shelf], section: str) -> Shelf | None:
    return next((shelf for shelf in shelves if str(int(shelf.section)) == section), None)


def _open(visit: Visit, section: Section) -> bool:
    right: Right | None = section.right
    return right is None or right in visit.seller.rights


def _work(form: Form) -> int:
    return form.id("work") or 0


def _read(form: Form, shelf: Shelf) -> dict[str, Any]:
    """What the form says of an offer; what is wrong is noted in it."""
    words = form.words
    tags = [tag for text in form.get("tags").split(",") if (tag := " ".join(text.split()))]
    if not 1 <= len(tags) <= MOST_TAGS or any(len(tag) > MOST_TAG for tag in tags):
        form.wrong["tags"] = words("offer_tags_wrong", most=MOST_TAGS, length=MOST_TAG)
    known = {str(row.id): row.id for row in shelf.subcategories}
    path = [known[id] for id in form.all("catalog_path") if id in known]
    if not path:
        form.wrong["catalog_path"] = words.offer_subcategory_wrong
    age = form.choice("age_rating", [str(age) for age in AGE_RATINGS])
    most = MOST_PRICE // 100
    said: dict[str, Any] = {
        "title": form.text("title", most=500),
        "description": _lines(form.text("description", most=5000)),
        "tags": list(dict.fromkeys(tags)),
        "catalog_path": path,
        "age_rating": int(age),
        "price": form.number("price", most=most) * 100,
        "discount_price": form.number("discount_price", most=most) * 100
        if form.get("discount_price")
        else None,
    }
    if shelf.section.carries_keys:
        said["meta"] = {
            "key_instruction": _lines(form.text("key_instruction", most=5000, required=False)) or None,
            "addresses": _lines(form.text("addresses", most=1000, required=False)) or None,
        }
    return said


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


# --- changing --------------------------------------------------------------------------------------------


async def page(visit: Visit, problem: str | None = None) -> Answer:
    return await _page(visit, await _listed(visit), None, problem)


async def change(visit: Visit, form: Form) -> Answer:
    listed = await _listed(visit)
    shelf = await _shelf_of(visit, listed)
    changes = _read(form, shelf)
    if form.fine:
        try:
            await visit.shop.offers.update(visit.seller, listed.offer.id, changes)
            return visit.go(f"/cabinet/offers/{listed.offer.id}", "offer_saved")
        except Invalid as refused:
            form.refuse(refused)
            form.wrong.setdefault("key_instruction", form.wrong.get("meta.key_instruction", ""))
            form.wrong = {name: reason for name, reason in form.wrong.items() if reason}
    return await _page(visit, listed, form)


async def _page(visit: Visit, listed: Listed, form: Form | None, problem: str | None = None) -> Answer:
    section = Section(listed.offer.section)
    works = []
    if section.carries_contents:
        carried = {content.id for content in listed.contents}
        found, _ = await visit.shop.contents.page(visit.seller, Filter(take=WORKS_TO_CHOOSE))
        works = [content for content in found if content.id not in carried]
    counts = await visit.shop.keys.counts(visit.seller, listed.offer.id) if section.carries_keys else None
    return visit.page(
        "cabinet/offer.html",
        status=422 if form or problem else 200,
        form=form,
        problem=problem,
        listed=listed,
        offer=listed.offer,
        section=section,
        shelf=await _shelf_of(visit, listed),
        ages=AGE_RATINGS,
        missing=missing(visit.seller, listed, counts),
        counts=counts,
        works=works,
        most_in_gallery=MOST_IN_GALLERY,
    )


async def _listed(visit: Visit) -> Listed:
    return await visit.shop.offers.get(visit.seller, visit.id("offer_id"))


async def _shelf_of(visit: Visit, listed: Listed) -> Shelf:
    shelves = await visit.shop.catalog.shelves()
    return next(shelf for shelf in shelves if shelf.section == listed.offer.section)


async def carry(visit: Visit, form: Form) -> Answer:
    """Put works into an offer, or take one out."""
    listed = await _listed(visit)
    ids = [content.id for content in listed.contents]
    if work := _work(form):
        ids = [id for id in ids if id != work] + ([] if form.flag("remove") else [work])
    try:
        await _carry(visit, listed.offer.id, ids)
    except Invalid as refused:
        return await _page(visit, listed, None, sentence_of(refused, visit.words))
    return visit.go(f"/cabinet/offers/{listed.offer.id}#works", "offer_saved")


async def _carry(visit: Visit, offer_id: int, ids: list[int]) -> None:
    kinds = [Kind((await visit.shop.contents.get(visit.seller, id)).kind) for id in ids]
    wanted = [CarriedKind(id, kind) for id, kind in zip(ids, kinds, strict=True)]
    await visit.shop.offers.set_contents(visit.seller, offer_id, wanted)


async def move(visit: Visit, form: Form) -> Answer:
    """Publish, pause, or take back to the drafts."""
    listed = await _listed(visit)
    name = form.choice("status", list(MOVES))
    if not form.fine:
        return visit.go(f"/cabinet/offers/{listed.offer.id}")
    try:
        await visit.shop.offers.set_status(visit.seller, listed.offer.id, MOVES[name])
    except Invalid as refused:
        return await _page(visit, listed, None, sentence_of(refused, visit.words))
    flashes = {"publish": "offer_published", "pause": "offer_paused", "draft": "offer_drafted"}
    return visit.go(f"/cabinet/offers/{listed.offer.id}", flashes[name])


async def ask_to_delete(visit: Visit) -> Answer:
    return visit.page("cabinet/delete_offers.html", offers=[(await _listed(visit)).offer])


async def preview(visit: Visit) -> Answer:
    """The offer as its buyers will see it."""
    listed = await _listed(visit)
    found = {content.id: work_of(content).found for content in listed.contents}
    return visit.page(
        "cabinet/preview.html",
        listed=listed,
        offer=listed.offer,
        found=found,
        shelf=await _shelf_of(visit, listed),
    )
