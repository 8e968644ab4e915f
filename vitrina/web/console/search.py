"""Finding: words, filters, pictures; a page of what was found, with prices and what the group has already."""

import msgspec

from ...domain.problems import Invalid
from ...domain.search import FoundItems, spelled_like
from ..forms import Form
from ..visit import Answer, Visit
from . import asked as asking
from .asked import Asked, picture_of
from .shown import Card, cards, terms_of

PER_PAGE = 48
MOST_PAGES = 200  # further ones are reached by narrowing the search
PICTURE = f"{asking.PATH}/picture"


async def page(visit: Visit) -> Answer:
    """Everything that is on sale, or what matches words, filters and a picture."""
    names = await categories(visit)
    asked = Asked.read(visit.query, names)
    number = _number(visit.query)
    terms = await terms_of(visit)
    found = await visit.shop.search.find(
        msgspec.structs.replace(asked.query(visit.language), barred_sellers=sorted(terms.barred)),
        (number - 1) * PER_PAGE,
        PER_PAGE,
        picture=asked.picture,
        group_id=visit.member.group_id,
    )
    shown = await cards(visit, found.ids, terms)
    here = asked.address(page=str(number) if number > 1 else None)
    return visit.page(
        "console/search.html",
        headers={"HX-Push-Url": here} if visit.request.headers.get("hx-target") == "found" else None,
        asked=asked,
        asking=asking,
        categories=names,
        chips=asked.chips(visit.words, names),
        cards=shown,
        count=found.count,
        instead=_instead(found, shown),
        terms=terms,
        number=number,
        more=number * PER_PAGE < found.count and number < MOST_PAGES,
        beyond=number == MOST_PAGES and found.count > MOST_PAGES * PER_PAGE,
        back=here,
    )


async def hints(visit: Visit) -> Answer:
    """What may complete the words that are being typed; a part of a page."""
    words = visit.query.get("q").strip()[:100]
    found = await visit.shop.search.hints(words, visit.language, visit.member.group_id)
    return visit.page("console/hints.html", hints=found)


async def ask_picture(visit: Visit) -> Answer:
    """The form for a picture."""
    return visit.page("console/picture.html", form=None)


async def by_picture(visit: Visit, form: Form) -> Answer:
    """Look at a picture once; all pages of the search go by its fingerprint."""
    url = form.text("image_url", most=2000, required=False)
    if not form.sent and not url:
        form.wrong.setdefault("picture", visit.words.picture_missing)
    if form.fine:
        try:
            search = visit.shop.search
            fingerprint = await (search.look_at(form.sent.path) if form.sent else search.look_at_address(url))
            return visit.go(f"{asking.PATH}?picture={picture_of(fingerprint)}")
        except Invalid as refused:
            form.refuse(refused)
    return visit.page("console/picture.html", status=422, form=form)


async def categories(visit: Visit) -> dict[int, str]:
    """Names of categories in the visitor's language, in their order."""
    place = 1 if visit.language == "ru" else 0
    found = [(names[place], id) for id, names in (await visit.shop.items.categories()).items()]
    return {id: name for name, id in sorted(found)}


def _instead(found: FoundItems, shown: list[Card]) -> dict[str, str | None]:
    """By a word that no item has, the one that was looked for instead; None if nobody can tell."""
    texts = [text for card in shown for text in _texts(card)] if found.instead else []
    return {typed: meant or spelled_like(typed, texts) for typed, meant in found.instead.items()}


def _texts(card: Card) -> list[str]:
    item = card.item
    told = [item.title, *item.keywords]
    for words in item.translations.values():
        told += [words.get("title") or "", *(words.get("keywords") or [])]
    return told


def _number(query: Form) -> int:
    text = query.get("page").strip()
    return min(max(1, int(text)), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1
