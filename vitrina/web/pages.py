"""A room's table of contents, and how a request for one of its pages runs through it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method

from ..api.statuses import status_of
from ..domain.problems import NotAuthenticated, PasswordNotOwn, Problem, SecondFactorMissing, TooMany
from ..domain.shop import Shop
from ..settings import Settings
from ..store.sellers import Holder
from .forms import Form
from .problems import sentence_of
from .visit import Answer, Visit

Get = Callable[[Visit], Awaitable[Answer]]
Post = Callable[[Visit, Form], Awaitable[Answer]]

Who = Literal["anybody", "logged in", "half logged in"]
"""Half logged in is, besides, who still lacks a password of their own, or the second factor that the shop demands."""
HALF: Who = "half logged in"

MOST_FORM = 64 * 1024
PACE = (20, 60)  # pages a second for one visitor, and how many at once
FILE_PACE = (100, 200)  # files and parts of files


class Page(msgspec.Struct, frozen=True):
    """One address: who may come, what is shown, and what its form does. `most` bounds the form's bytes.

    Where nothing is shown, whoever opens the address is sent on to the page above, on which the form stands.
    `file` bounds the file that the form sends besides. `put` takes a file that a script of ours sends as it is, and
    reads it itself.
    """

    path: str
    name: str
    who: Who
    get: Get | None = None
    post: Post | None = None
    put: Get | None = None
    most: int = MOST_FORM
    file: int | None = None


class Room(msgspec.Struct, frozen=True):
    """Pages for one kind of person. `name` is that of its templates and catalogue; `role` whose sessions open it."""

    name: str
    role: Holder
    log_in: str
    pages: list[Page]
    values: dict[str, Any] = {}
    """What every template of the room is given besides."""


def room_routes(room: Room, shop: Callable[[], Shop], settings: Settings) -> list[HTTPRouteHandler]:
    """The pages of a room as handlers of a shop that opens later."""
    return [_route(room, page, shop, settings) for page in room.pages]


def _route(room: Room, page: Page, shop: Callable[[], Shop], settings: Settings) -> HTTPRouteHandler:
    # Litestar runs what it knows by the annotation alone to be an ASGI application.
    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        return await answer(room, page, shop(), settings, request)

    methods: list[Method] = ["GET", "HEAD"] if page.get or page.post else []
    if page.post:
        methods.append("POST")
    if page.put:
        methods.append("PUT")
    return HTTPRouteHandler(
        page.path, http_method=methods, status_code=200, name=page.name, request_max_body_size=None
    )(handle)


async def answer(
    room: Room, page: Page, shop: Shop, settings: Settings, request: Request[Any, Any, Any]
) -> Answer:
    """Recognise the visitor, check a form before anything is done with it, and run the page's action."""
    visit = Visit(shop, settings, request, room.name, room.role, room.values)
    try:
        if settings.rate_limits:
            await _limit(visit)
        await visit.recognise()
        if page.who != "anybody" and visit.person is None:
            raise NotAuthenticated
        if page.who == "logged in" and visit.someone.must_change_password:
            raise PasswordNotOwn
        if page.who == "logged in" and shop.second_factors.is_missing(room.role, visit.someone):
            raise SecondFactorMissing
        if request.method == "POST":
            return await _post(page, visit)
        if request.method == "PUT":
            assert page.put
            visit.check_script()
            return await page.put(visit)
        return await page.get(visit) if page.get else _back(room, page, visit)
    except NotAuthenticated as problem:
        if visit.scripted:
            return refused(visit, problem)
        if request.method == "POST" and visit.person is not None:
            return refused(visit, problem)
        back = visit.here() if request.method != "POST" else "/"
        return visit.go(f"{room.log_in}?next={quote(back, safe='')}", "log_in_first")
    except (PasswordNotOwn, SecondFactorMissing) as problem:
        if visit.scripted:
            return refused(visit, problem)
        said = "password_first" if isinstance(problem, PasswordNotOwn) else "second_factor_first"
        return visit.go(f"{room.values['home']}/account", said)
    except Problem as problem:
        return refused(visit, problem)


async def _post(page: Page, visit: Visit) -> Answer:
    assert page.post
    if page.file is None:
        return await page.post(visit, await visit.form(page.most))
    with TemporaryDirectory(prefix="vitrina-") as folder:
        return await page.post(visit, await visit.file_form(page.file, Path(folder)))


def _back(room: Room, page: Page, visit: Visit) -> Answer:
    """On to the page above: for who reloads what a form has led to, or follows a filter or a language from there."""
    shown = {one.path for one in room.pages if one.get}
    name, path = page.path, visit.path.rstrip("/")
    while name and name not in shown:
        name, path = name.rpartition("/")[0], path.rpartition("/")[0]
    return visit.go(visit.here(path or "/"))


def refused(visit: Visit, problem: Problem) -> Answer:
    """A page that says what went wrong, or the sentence alone for a script."""
    status, _ = status_of(problem)
    if visit.scripted:
        return visit.data({"problem": sentence_of(problem, visit.words)}, status=status)
    return visit.page("problem.html", status=status, code=status, sentence=sentence_of(problem, visit.words))


async def _limit(visit: Visit) -> None:
    (rate, burst), what = (FILE_PACE, "files") if visit.request.method == "PUT" else (PACE, "pages")
    verdict = await visit.shop.limits.take(f"{what}:{visit.client}", rate, burst)
    if not verdict.allowed:
        raise TooMany(retry_after=verdict.retry_after)
