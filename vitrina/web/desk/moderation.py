"""Moderation: what buyers see and no operator has looked at yet, what is hidden, and what may be done with one."""

from datetime import datetime
from typing import Any

from ...api.answers import Streamed, file_body
from ...domain.moderation import MOST_REASON
from ...domain.problems import Conflict, FileNotFound, Invalid, NotFound
from ...store.moderation import NOUNS, Noun, Place, Subject
from ..forms import Form
from ..problems import sentence_of
from ..visit import Answer, Visit
from .places import instant, number

AT_ONCE = 20
MOST_COUNTED = 1000


async def page(visit: Visit) -> Answer:
    """The queue, or what is hidden; all of it or of one noun."""
    view = "hidden" if visit.query.get("view") == "hidden" else "waiting"
    chosen = visit.query.get("noun")
    nouns: list[Noun] = [noun for noun in NOUNS if noun == chosen] or list(NOUNS)
    moderation, after = visit.shop.moderation, _place(visit.query.get("after"))
    read = moderation.hidden if view == "hidden" else moderation.waiting
    rows = await read(nouns, after, AT_ONCE + 1)
    last = rows[AT_ONCE - 1] if len(rows) > AT_ONCE else None
    return visit.page(
        "desk/moderation.html",
        rows=rows[:AT_ONCE],
        view=view,
        chosen=chosen if nouns != list(NOUNS) else "",
        counts=await moderation.counts(MOST_COUNTED),
        most_counted=MOST_COUNTED,
        first=after is None,
        after=f"{last.at.isoformat()},{NOUNS.index(last.noun)},{last.id}" if last else None,
        state=state_of,
    )


def _place(text: str) -> Place | None:
    try:
        at, noun, id = text.split(",")
        return instant(at), number(noun), number(id)
    except ValueError:
        return None


def state_of(row: Subject) -> str:
    """What was looked at, for a form: as it was when it changed last."""
    return f"{row.noun},{row.id},{row.changed_at.isoformat()}"


async def approve(visit: Visit, form: Form) -> Answer:
    """What was looked at is fine; what has changed since comes back."""
    states: dict[Noun, list[tuple[int, datetime]]] = {noun: [] for noun in NOUNS}
    for text in form.all("seen")[: 2 * AT_ONCE]:
        try:
            noun, id, changed_at = text.split(",")
            states[_noun(noun)].append((number(id), instant(changed_at)))
        except (ValueError, NotFound):
            continue
    wanted = sum(len(some) for some in states.values())
    done = 0
    for noun, some in states.items():
        if some:
            done += await visit.shop.moderation.approve(noun, some, actor=visit.operator.actor)
    view = "" if form.get("noun") not in NOUNS else f"?noun={form.get('noun')}"
    return visit.go(f"/desk/moderation{view}", "approved" if done == wanted else "approved_some")


# --- one thing -------------------------------------------------------------------------------------------


async def find(visit: Visit) -> Answer:
    """By a number, or an address of the storefront that ends in one."""
    noun, address = _noun(visit.query.get("noun")), visit.query.get("number").strip()
    try:
        id = number(address.rstrip("/").rpartition("/")[2])
    except ValueError:
        return visit.go("/desk/moderation", "not_a_number")
    return visit.go(f"/desk/moderation/{noun}/{id}")


async def one(visit: Visit) -> Answer:
    return _one(visit, await _subject(visit), None)


def _one(visit: Visit, subject: Subject, form: Form | None, problem: str | None = None) -> Answer:
    values: dict[str, Any] = {"row": subject, "form": form, "problem": problem, "most": MOST_REASON}
    return visit.page("desk/subject.html", status=422 if form or problem else 200, state=state_of, **values)


async def act(visit: Visit, form: Form) -> Answer:
    """Hide it, saying why, or restore it."""
    subject, moderation = await _subject(visit), visit.shop.moderation
    here = f"/desk/moderation/{subject.noun}/{subject.id}"
    if form.get("decision") == "restore":
        try:
            await moderation.restore(subject.noun, subject.id, actor=visit.operator.actor)
        except Conflict as refused:
            return _one(visit, subject, None, sentence_of(refused, visit.words))
        now = await moderation.get(subject.noun, subject.id)
        return visit.go(here, "restored" if now.on_sale else "restored_unsold")
    reason = form.text("reason", most=MOST_REASON)
    if not form.fine:
        return _one(visit, subject, form)
    try:
        await moderation.hide(subject.noun, subject.id, reason, actor=visit.operator.actor)
    except Invalid as refused:
        form.refuse(refused)
        return _one(visit, subject, form)
    return visit.go(here, "hidden")


async def picture(visit: Visit) -> Answer:
    """A picture that buyers see, or saw before it was hidden."""
    subject, place = await _subject(visit), visit.id("number")
    if place >= len(subject.pictures):
        raise FileNotFound
    found = await visit.shop.downloads.at(subject.pictures[place])
    return Streamed(await file_body(visit.shop, visit.request, found), {})


async def _subject(visit: Visit) -> Subject:
    return await visit.shop.moderation.get(_noun(visit.request.path_params["noun"]), visit.id("id"))


def _noun(name: str) -> Noun:
    for noun in NOUNS:
        if noun == name:
            return noun
    raise NotFound
