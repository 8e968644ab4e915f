"""Keys of an offer: pasted or read from a table, looked over before anything is stored, listed, exported."""

import csv
import re
from collections.abc import AsyncIterator

import msgspec

from ...domain.access import Right
from ...domain.keys import REMOVABLE, Key, KeyStatus
from ...domain.problems import Invalid
from ...store.offers import Offer
from ..forms import Form, id_in
from ..problems import sentence_of
from ..tables import Cell, table_answer
from ..visit import Answer, Visit

MOST_FORM = 4 * 1024 * 1024
MOST_KEYS = 5000  # in one paste
MOST_KEY = 200  # characters
PER_PAGE = 50
_STATUSES = {status.name.lower(): status for status in KeyStatus}
_HEADINGS = {"key", "keys", "code", "codes", "ключ", "ключи", "код", "коды", "value"}


class Line(msgspec.Struct, frozen=True):
    """A line of what was pasted that is not taken; `first` is the line that has the same key."""

    number: int
    text: str
    first: int = 0


class Looked(msgspec.Struct, frozen=True):
    """What was pasted, looked over: nothing of it is stored yet."""

    new: list[str]
    twice: list[Line]
    known: list[Line]
    unusable: list[Line]

    @property
    def clean(self) -> bool:
        return not (self.twice or self.known or self.unusable)


async def page(visit: Visit) -> Answer:
    return await _page(visit, None)


async def _page(visit: Visit, form: Form | None, part: str = "", problem: str | None = None) -> Answer:
    """The page; `part` is the one whose form was sent and is shown again with what was wrong."""
    offer = await _offer(visit)
    keys, seller = visit.shop.keys, visit.seller
    statuses = _wanted(visit)
    number = _number(visit.query.get("page"))
    rows, total = await keys.page(seller, offer.id, statuses, (number - 1) * PER_PAGE, PER_PAGE)
    low_stock_at, pause = await visit.shop.stock.watched(seller, offer.id)
    return visit.page(
        "cabinet/keys.html",
        status=422 if form or problem else 200,
        form=form,
        part=part,
        problem=problem,
        offer=offer,
        counts=await keys.counts(seller, offer.id),
        rows=rows,
        removable=REMOVABLE if Right.DELETE_KEYS in seller.rights else frozenset(),
        statuses=list(_STATUSES.items()),
        chosen=_asked(visit),
        number=number,
        more=number * PER_PAGE < total,
        low_stock_at=low_stock_at,
        pause=pause,
        most=MOST_KEYS,
    )


async def check(visit: Visit, form: Form) -> Answer:
    """Show what would be stored and what not."""
    offer = await _offer(visit)
    batch = form.text("batch", most=100, required=False)
    lines = read_lines(form.get("keys"), table=form.get("kind") == "table")
    if not lines:
        form.wrong["keys"] = visit.words.field_required
    elif len(lines) > MOST_KEYS:
        form.wrong["keys"] = visit.words("keys_too_many", most=MOST_KEYS)
    if not form.fine:
        return await _page(visit, form, "add")
    looked = await _look(visit, offer.id, lines)
    return visit.page("cabinet/keys_check.html", offer=offer, looked=looked, batch=batch)


async def _look(visit: Visit, offer_id: int, lines: list[tuple[int, str]]) -> Looked:
    known = await visit.shop.keys.known(visit.seller, offer_id, [key for _, key in lines])
    looked, places = Looked([], [], [], []), dict[str, int]()
    for number, key in lines:
        if len(key) > MOST_KEY or not key.isprintable() or "\ufffd" in key:
            looked.unusable.append(Line(number, key))
        elif key in places:
            looked.twice.append(Line(number, key, places[key]))
        elif key in known:
            looked.known.append(Line(number, key))
        else:
            looked.new.append(key)
        places.setdefault(key, number)
    return looked


async def add(visit: Visit, form: Form) -> Answer:
    """Store keys that were looked over; if others came in between, look again."""
    offer = await _offer(visit)
    batch = form.text("batch", most=100, required=False) or None
    lines = read_lines(form.get("keys"), table=False)
    if not form.fine or not lines or len(lines) > MOST_KEYS:
        return visit.go(f"/cabinet/offers/{offer.id}/keys")
    looked = await _look(visit, offer.id, lines)
    if not looked.clean:
        return visit.page("cabinet/keys_check.html", status=409, offer=offer, looked=looked, batch=batch)
    try:
        await visit.shop.keys.add(visit.seller, offer.id, looked.new, batch)
    except Invalid as refused:
        return await _page(visit, None, problem=sentence_of(refused, visit.words))
    return visit.go(f"/cabinet/offers/{offer.id}/keys", "keys_added")


async def delete(visit: Visit, form: Form) -> Answer:
    """Take the ticked keys off the shelf for good, after asking; those in orders or sold stay."""
    visit.seller.must(Right.DELETE_KEYS)
    offer = await _offer(visit)
    ids = [id for text in form.all("key") if (id := id_in(text)) is not None]
    keys = await visit.shop.keys.chosen(visit.seller, offer.id, ids)
    if not keys:
        return await _page(visit, None, problem=visit.words.keys_none_picked)
    if not form.flag("sure"):
        return visit.page("cabinet/delete_keys.html", offer=offer, keys=keys)
    await visit.shop.keys.delete(visit.seller, [key.id for key in keys])
    return visit.go(f"/cabinet/offers/{offer.id}/keys", "keys_deleted")


async def watch(visit: Visit, form: Form) -> Answer:
    """When to tell the seller that few keys are left, and whether to pause at none."""
    offer_id = visit.id("offer_id")
    low = form.number("low_stock_at", least=1, most=1_000_000) if form.get("low_stock_at").strip() else None
    if not form.fine:
        return await _page(visit, form, "stock")
    await visit.shop.stock.watch(visit.seller, offer_id, low, form.flag("pause"))
    return visit.go(f"/cabinet/offers/{offer_id}/keys", "stock_saved")


async def table(visit: Visit) -> Answer:
    """All keys in the chosen statuses as CSV."""
    offer = await _offer(visit)
    words = visit.words
    heads = ("id", "key", "status", "batch", "loaded", "sold", "title", "price")

    async def rows() -> AsyncIterator[list[list[Cell]]]:
        yield [[words.of("key_columns", head) for head in heads]]
        async for keys in visit.shop.keys.all(visit.seller, offer.id, _wanted(visit)):
            yield [[*_cells(visit, key)] for key in keys]

    return await table_answer(visit, f"keys-{offer.id}", rows())


def _cells(visit: Visit, key: Key) -> list[Cell]:
    status = visit.words.of("key_status", key.status)
    price = None if key.sold_price is None else key.sold_price / 100
    return [
        *(
            key.id,
            key.value,
            status,
            key.batch or "",
            key.created_at,
            key.sold_at,
            key.sold_title or "",
            price,
        )
    ]


async def _offer(visit: Visit) -> Offer:
    """The seller's offer; raises OfferNotFound, and KeysNotCarried where there can be no keys."""
    offer = (await visit.shop.offers.get(visit.seller, visit.id("offer_id"))).offer
    await visit.shop.keys.known(visit.seller, offer.id, [])
    return offer


def _asked(visit: Visit) -> str:
    asked = visit.query.get("status")
    return asked if asked in _STATUSES else ""


def _wanted(visit: Visit) -> set[KeyStatus]:
    asked = _asked(visit)
    return {_STATUSES[asked]} if asked else set(KeyStatus)


def _number(text: str) -> int:
    return min(max(1, int(text)), 100_000) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def read_lines(text: str, *, table: bool) -> list[tuple[int, str]]:
    """(line number, key) of every line that is not blank; of a table, its column of keys or else the first one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not table:
        return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    first = next((line for line in lines if line.strip()), "")
    separator = max(";\t,", key=first.count)
    try:
        rows = [
            (number, row) for number, row in enumerate(csv.reader(lines, delimiter=separator), 1) if any(row)
        ]
    except csv.Error:
        rows = [(number, [line]) for number, line in enumerate(lines, 1)]
    if not rows:
        return []
    heads = [re.sub(r"\W", "", cell).lower() for cell in rows[0][1]]
    column = next((place for place, head in enumerate(heads) if head in _HEADINGS), None)
    rows, place = (rows, 0) if column is None else (rows[1:], column)
    return [(number, row[place].strip()) for number, row in rows if len(row) > place and row[place].strip()]
