"""The audit log: who changed or saw what and when, found by kind, person, subject and day, and as CSV."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from ...domain.events import KINDS
from ...domain.log import NOUNS, Question
from ...domain.offers import OfferStatus
from ...domain.problems import Invalid
from ...prices import price
from ...store.events import Event
from ...store.log import Place
from ..formats import typed
from ..forms import Form
from ..periods import read_day
from ..tables import Cell, table_answer
from ..visit import Answer, Visit
from ..words import Words
from .places import instant, number

AT_ONCE = 50
_MONEY = {"price", "discount_price", "total", "amount", "fee", "credit_line"}  # in minor units
_PRICES = {"sizes": "size_name", "options": "licence_option"}  # of licence types: what their keys are called
_OTHER_CURRENCIES = ("group.", "licence.", "licence_type.", "invoice.")  # those of the group
_PLACES = {
    "offer": "/desk/moderation/offer/{id}",
    "item": "/desk/moderation/item/{id}",
    "review": "/desk/moderation/review/{id}",
    "order": "/desk/orders/{id}",
    "seller": "/desk/sellers/{id}",
    "buyer": "/desk/buyers/{id}",
    "group": "/desk/groups/{id}",
    "invoice": "/desk/groups/{group}/invoices/{id}",
    "licence_type": "/desk/groups/{group}/licence-types/{id}",
    "member": "/desk/groups/{group}/members/{id}",
}
_COLUMNS = ("at", "kind", "what", "actor", "name", "noun", "id", "details")


class Detail(msgspec.Struct, frozen=True):
    """One value of an event, and what it was before if it changed."""

    name: str
    now: str
    was: str | None


class Row(msgspec.Struct, frozen=True):
    """An event as a person reads it."""

    event: Event
    noun: str
    place: str | None
    actor: str
    actor_place: str | None
    details: list[Detail]


async def page(visit: Visit) -> Answer:
    form, question = visit.query, _question(visit.query)
    events: list[Event] = []
    if form.fine:
        try:
            events = await visit.shop.log.page(question, _place(form.get("after")), AT_ONCE + 1)
        except Invalid as refused:
            form.refuse(refused)
    last = events[AT_ONCE - 1] if len(events) > AT_ONCE else None
    return visit.page(
        "desk/log.html",
        status=200 if form.fine else 422,
        form=form,
        question=question,
        kinds=list(KINDS),
        nouns=NOUNS,
        rows=await _rows(visit, events[:AT_ONCE]),
        asked=any(getattr(question, name) is not None for name in Question.__struct_fields__),
        first=not form.get("after"),
        after=f"{last.at.isoformat()},{last.id}" if last else None,
        csv=visit.here(after=None).replace("/desk/log", "/desk/log.csv", 1),
    )


async def table(visit: Visit) -> Answer:
    """All that answers the same question as CSV."""
    question, words = _question(visit.query), visit.words
    found = visit.shop.log.all(question)
    first = await anext(found, None)  # whatever is wrong with the question is an answer, not a broken file

    async def rows() -> AsyncIterator[list[list[Cell]]]:
        yield [[words.of("log_columns", name) for name in _COLUMNS]]
        events = first
        while events:
            yield [_cells(row, words) for row in await _rows(visit, events)]
            events = await anext(found, None)

    return await table_answer(visit, "log", rows())


def _cells(row: Row, words: Words) -> list[Cell]:
    told = "; ".join(
        f"{one.name}: {one.was} → {one.now}" if one.was is not None else f"{one.name}: {one.now}"
        for one in row.details
    )
    event = row.event
    return [
        *(event.at, event.kind, words.of("kind", event.kind), event.actor, row.actor),
        *(row.noun, event.subject_id, told),
    ]


# --- the question ----------------------------------------------------------------------------------------


def _question(form: Form) -> Question:
    """What the address asks for; what cannot be understood is noted in the form or passed over."""
    kind, noun, id = form.get("kind"), form.get("about"), form.get("id").strip()
    if id and not (id.isascii() and id.isdigit() and len(id) < 19):
        form.wrong["id"] = form.words("field_not_number", least=1, most=10**18)
    elif id and noun not in NOUNS:
        form.wrong["about"] = form.words.about_needed
    whole = bool(id) and form.fine
    return Question(
        kind=kind if kind in KINDS else None,
        who=form.text("who", required=False) or None,
        noun=noun if whole else None,
        subject_id=int(id) if whole else None,
        since=read_day(form.get("since")),
        until=read_day(form.get("until")),
    )


def _place(text: str) -> Place | None:
    at, _, id = text.partition(",")
    try:
        return instant(at), number(id)
    except ValueError:
        return None


# --- what is shown ---------------------------------------------------------------------------------------


async def _rows(visit: Visit, events: list[Event]) -> list[Row]:
    names = await visit.shop.log.names(events) if events else {}
    return [_row(event, names, visit.words) for event in events]


def _row(event: Event, names: dict[str, str], words: Words) -> Row:
    noun = "offer" if event.kind == "keys.loaded" else event.kind.partition(".")[0]
    role, _, id = event.actor.partition(":")
    return Row(
        event,
        noun,
        _address(noun, event.subject_id, event.data),
        names.get(event.actor) or (f"{words.of('role', role)} {id}" if id else words.of("role", "shop")),
        _address(role, int(id), {}) if id.isdigit() else None,
        _details(event, words),
    )


def _address(noun: str, id: int, data: dict[str, Any]) -> str | None:
    place = _PLACES.get(noun)
    if place is None or ("{group}" in place and not isinstance(data.get("group"), int)):
        return None
    return place.format(id=id, group=data.get("group"))


def _details(event: Event, words: Words) -> list[Detail]:
    found = event.data.get("was")
    was: dict[str, Any] = found if isinstance(found, dict) else {}
    told = []
    for name, value in event.data.items():
        if name == "was" or (value in (None, "", []) and name not in was):
            continue
        if name == "fields":
            value = [field for field in value if field not in event.data]
            if not value:
                continue
        before = _text(event.kind, name, was[name], words) if name in was else None
        told.append(Detail(_called(name, words), _text(event.kind, name, value, words), before))
    return told


def _called(name: str, words: Words) -> str:
    return words.of("detail", name, name)


def _text(kind: str, name: str, value: Any, words: Words) -> str:
    if value in (None, "", []):
        return "—"
    if name in _MONEY and isinstance(value, int):
        if kind.startswith(_OTHER_CURRENCIES):
            return f"{value / 100:.2f}"
        return price(value, words.language)
    if name == "vat_rate":
        return f"{typed(value, words.language)}\N{NO-BREAK SPACE}%"
    if name == "size":
        return words.of("size_name", value, value)
    if name == "status" and kind.startswith("offer.") and value in set(OfferStatus):
        return words.of("offer_status", value)
    if name == "fields":
        return ", ".join(_called(field, words) for field in value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if name in _PRICES and isinstance(value, dict):
        return ", ".join(
            f"{words.of(_PRICES[name], key, key)}: {one / 100:.2f}" for key, one in value.items()
        )
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    if isinstance(value, bool):
        return words.is_so if value else words.is_not_so
    return str(value)
