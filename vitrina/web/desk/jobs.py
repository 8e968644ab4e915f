"""Jobs: what waits, runs and failed, and works that could not be processed; trying again and giving up."""

from typing import Any

from ...domain.problems import ContentNotFound, JobNotFound
from ...store.queue import State
from ..forms import Form
from ..problems import sentence_of, told
from ..visit import Answer, Visit
from ..words import Words
from .places import instant, number

AT_ONCE = 50
MOST_COUNTED = 1000
STATES: dict[str, State] = {"failed": "failed", "waiting": "queued", "running": "picked"}
WORKS = "works"


async def page(visit: Visit) -> Answer:
    """Failed jobs first: the others need nobody."""
    return await _page(visit)


async def _page(visit: Visit, problem: str | None = None) -> Answer:
    asked = visit.query.get("view")
    view = asked if asked in (*STATES, WORKS) else "failed"
    queue = visit.shop.queue
    values = await _works(visit) if view == WORKS else await _jobs(visit, view)
    return visit.page(
        "desk/jobs.html",
        status=409 if problem else 200,
        problem=problem,
        view=view,
        counts=await queue.counts(),
        failed=await queue.failed_count(MOST_COUNTED),
        most_counted=MOST_COUNTED,
        first=not visit.query.get("after"),
        told=lambda reason: told(reason, visit.words),
        called=lambda name: _called(name, visit.words),
        **values,
    )


def _called(name: str, words: Words) -> str:
    """What people call a job; one that a newer version put there has the name of its class."""
    return words.of("job", name, name)


async def _jobs(visit: Visit, view: str) -> dict[str, Any]:
    name = visit.query.get("name") or None
    try:
        before = number(visit.query.get("after"))
    except ValueError:
        before = None
    rows = await visit.shop.queue.page(STATES[view], name, before, AT_ONCE + 1)
    last = rows[AT_ONCE - 1].job.id if len(rows) > AT_ONCE else None
    return {"rows": rows[:AT_ONCE], "works": [], "after": last, "name": name}


async def _works(visit: Visit) -> dict[str, Any]:
    at, _, id = visit.query.get("after").partition(",")
    try:
        before = instant(at), number(id)
    except ValueError:
        before = None
    works = await visit.shop.queue.failed_works(before, AT_ONCE + 1)
    last = works[AT_ONCE - 1] if len(works) > AT_ONCE else None
    after = f"{last.failed_at.isoformat()},{last.id}" if last else None
    return {"rows": [], "works": works[:AT_ONCE], "after": after, "name": None}


async def act(visit: Visit, form: Form) -> Answer:
    """Try one again, or all of a name; give one up; or process a work again."""
    queue, actor = visit.shop.queue, visit.operator.actor
    try:
        if form.get("retry_all"):
            await queue.retry_all(form.get("retry_all"), actor=actor)
            return visit.go("/desk/jobs", "jobs_retried")
        if form.get("work"):
            await queue.retry_work(_id(form, "work"), actor=actor)
            return visit.go("/desk/jobs?view=works", "work_retried")
        if form.get("drop"):
            await queue.drop(_id(form, "drop"), actor=actor)
            return visit.go("/desk/jobs", "job_dropped")
        await queue.retry(_id(form, "retry"), actor=actor)
        return visit.go("/desk/jobs", "job_retried")
    except (JobNotFound, ContentNotFound) as gone:
        return await _page(visit, sentence_of(gone, visit.words))


def _id(form: Form, name: str) -> int:
    try:
        return number(form.get(name))
    except ValueError:
        return 0
