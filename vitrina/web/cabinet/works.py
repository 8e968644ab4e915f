"""The seller's works: a list with what is being uploaded, and one work with the steps of its processing."""

from typing import Any

from ...domain.contents import ContentStatus, Kind, work_of
from ...domain.filters import Filter
from ...domain.problems import Invalid
from ...domain.uploads import MOST_FILE
from ...store.contents import Content
from ..forms import Form
from ..problems import sentence_of, told
from ..visit import Answer, Visit
from . import uploads

PER_PAGE = 30
_STATUSES = {
    "ready": ContentStatus.READY,
    "processing": ContentStatus.PROCESSING,
    "failed": ContentStatus.FAILED,
}
_UNSENT = (ContentStatus.CREATED, ContentStatus.SENDING)
_BUSY = (ContentStatus.RECEIVED, ContentStatus.PROCESSING)


async def page(visit: Visit) -> Answer:
    words, status = visit.query.get("q").strip()[:200], visit.query.get("status")
    text = visit.query.get("page")
    number = min(max(1, int(text)), 100_000) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    wanted = Filter(
        search=words.replace("\ufffd", "") or None,
        status=_STATUSES.get(status),
        skip=(number - 1) * PER_PAGE,
        take=PER_PAGE,
    )
    rows, total = await visit.shop.contents.page(visit.seller, wanted)
    return visit.page(
        "cabinet/works.html",
        rows=rows,
        words=words,
        statuses=list(_STATUSES.items()),
        chosen=status if status in _STATUSES else "",
        number=number,
        more=number * PER_PAGE < total,
        waiting=uploads.waiting(await visit.shop.uploads.unfinished(visit.seller)),
        extensions=",".join(f".{name}" for name in uploads.TYPES),
        most_file=MOST_FILE,
    )


async def one(visit: Visit) -> Answer:
    return _one(visit, await _content(visit), None)


def _one(visit: Visit, content: Content, form: Form | None, problem: str | None = None) -> Answer:
    return visit.page(
        "cabinet/work.html",
        status=422 if form or problem else 200,
        form=form,
        problem=problem,
        **_shown(visit, content),
    )


def _shown(visit: Visit, content: Content) -> dict[str, Any]:
    return {
        "content": content,
        "kind": Kind(content.kind),
        "work": work_of(content),
        "busy": content.status in _BUSY,
        "unsent": content.status in _UNSENT,
        "failure": told(content.failure, visit.words) if content.failure else None,
    }


async def steps(visit: Visit) -> Answer:
    """Where the processing stands: a part of the page that asks again until it is done."""
    return visit.page("cabinet/steps.html", **_shown(visit, await _content(visit)))


async def change(visit: Visit, form: Form) -> Answer:
    content = await _content(visit)
    title = form.text("title", most=500)
    description = form.text("description", most=1000, required=False)
    if not form.fine:
        return _one(visit, content, form)
    await visit.shop.contents.update(visit.seller, content.id, title=title, description=description)
    return visit.go(f"/cabinet/works/{content.id}", "work_saved")


async def retry(visit: Visit, _form: Form) -> Answer:
    content = await _content(visit)
    if content.status == ContentStatus.FAILED:  # else somebody pressed twice
        await visit.shop.contents.retry(visit.seller, content.id)
    return visit.go(f"/cabinet/works/{content.id}")


async def ask_to_delete(visit: Visit) -> Answer:
    return visit.page("cabinet/delete_work.html", content=await _content(visit))


async def delete(visit: Visit, _form: Form) -> Answer:
    content = await _content(visit)
    try:
        await visit.shop.contents.delete(visit.seller, content.id)
    except Invalid as refused:
        return _one(visit, content, None, sentence_of(refused, visit.words))
    return visit.go("/cabinet/works", "work_deleted")


async def _content(visit: Visit) -> Content:
    return await visit.shop.contents.get(visit.seller, visit.id("content_id"))
