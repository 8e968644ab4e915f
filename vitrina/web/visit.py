"""A visit: one request for a page, with who came, in which language, and how to answer."""

import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request

from ..api.answers import Streamed, Whole
from ..domain.access import Buyer, MemberRef, MemberRight, Operator, Right, Seller
from ..domain.problems import NotFound
from ..domain.shop import Shop
from ..settings import Settings
from ..store.sellers import Holder
from ..store.sessions import Person
from .cookies import FLASH, LANGUAGE, SESSION, VISITOR, YEAR, Jar
from .forms import Form, read_file_form, read_form, read_query
from .guards import check_origin, check_token, token_for
from .rendering import PAGE_HEADERS, render
from .words import Language, Words, language_of, words

Answer = Whole | Streamed
TOKEN_HEADER = "x-form-token"


class Visit:
    """What a page's action is given. `role` is whose sessions open the room that the page is in."""

    def __init__(
        self,
        shop: Shop,
        settings: Settings,
        request: Request[Any, Any, Any],
        room: str,
        role: Holder,
        values: Mapping[str, Any],
    ) -> None:
        self.shop = shop
        self.settings = settings
        self.request = request
        self.room = room
        self.role = role
        self._values = values  # of every template of the room
        self.person: Person | None = None
        self.jar = Jar(request.headers.get("cookie", ""), secure=settings.address.startswith("https:"))
        self.language: Language = language_of(request, self.jar.get(LANGUAGE))
        if request.query_params.get("lang") == self.language != self.jar.get(LANGUAGE):
            self.jar.keep(LANGUAGE, self.language, YEAR)

    # --- who comes ---------------------------------------------------------------------------------------

    @property
    def client(self) -> str:
        """The visitor's network address."""
        return self.request.client.host if self.request.client else ""

    @property
    def session(self) -> str | None:
        return self.jar.get(SESSION.format(self.role))

    async def recognise(self) -> None:
        """Find out who is logged in, if anybody."""
        if self.session:
            self.person = await self.shop.sessions.person(self.role, self.session)

    async def begin_session(self, account_id: int, password_hash: str | None = None) -> None:
        """Log somebody in, by a password with its hash; a session of the same role that was open ends."""
        if self.session:
            await self.shop.sessions.end(self.session)
        begun = await self.shop.sessions.begin(self.role, account_id, self.client or None, password_hash)
        seconds = int((begun.expires_at - self.shop.clock()).total_seconds())
        self.jar.keep(SESSION.format(self.role), begun.secret, seconds)

    async def end_session(self) -> None:
        if self.session:
            await self.shop.sessions.end(self.session)
        self.jar.drop(SESSION.format(self.role))

    @property
    def someone(self) -> Person:
        """Who is logged in."""
        assert self.person is not None  # the page's row in its table demands it
        return self.person

    @property
    def buyer(self) -> Buyer:
        return Buyer(self.someone.id)

    @property
    def seller(self) -> Seller:
        return Seller(self.someone.id, frozenset(Right(word) for word in self.someone.rights))

    @property
    def operator(self) -> Operator:
        return Operator(self.someone.id)

    @property
    def member(self) -> MemberRef:
        rights = frozenset(MemberRight(word) for word in self.someone.rights)
        assert self.someone.group_id is not None
        return MemberRef(self.someone.id, self.someone.group_id, rights)

    # --- what is asked -----------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The address without what stands behind `?`."""
        path: str = self.request.scope["path"]
        return path

    @property
    def words(self) -> Words:
        return words(self.language, self.room)

    @cached_property
    def query(self) -> Form:
        return read_query(self.request, self.words)

    def id(self, name: str) -> int:
        """An id in the path; raises NotFound."""
        text = self.request.path_params[name]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise NotFound
        return int(text)

    async def form(self, most: int) -> Form:
        """The form that was sent; raises FormNotOurs unless a page of ours sent it for this visitor, BodyTooLarge."""
        check_origin(self.request, self.settings.address)
        form = await read_form(self.request, most, self.words)
        check_token(self.shop.seal, self._bearer or "", form.get("token"))
        return form

    async def file_form(self, most: int, folder: Path) -> Form:
        """The same of a form that sends a file of at most `most` bytes, which is put into `folder`."""
        check_origin(self.request, self.settings.address)
        form = await read_file_form(self.request, most, self.words, folder)
        check_token(self.shop.seal, self._bearer or "", form.get("token"))
        return form

    def check_script(self) -> None:
        """Refuse what no script of ours sent for this visitor; raises FormNotOurs."""
        check_origin(self.request, self.settings.address)
        check_token(self.shop.seal, self._bearer or "", self.request.headers.get(TOKEN_HEADER, ""))

    @property
    def scripted(self) -> bool:
        """Whether a script asks, and wants data instead of a page."""
        return self.request.headers.get("accept", "") == "application/json"

    @property
    def _bearer(self) -> str | None:
        """The secret that forms are bound to: the session's, else the visitor's cookie."""
        return self.session if self.person else self.jar.get(VISITOR)

    @property
    def token(self) -> str:
        """The token for the forms of the page that is being made."""
        if self._bearer is None:
            self.jar.keep(VISITOR, secrets.token_urlsafe(16), YEAR)
        return token_for(self.shop.seal, self._bearer or "")

    @property
    def partial(self) -> bool:
        """Whether a script asks for a part of a page only."""
        return self.request.headers.get("hx-request") == "true"

    # --- how to answer -----------------------------------------------------------------------------------

    def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> Whole:
        """A page of the room."""
        html = render(
            template,
            self.language,
            self.room,
            visit=self,
            person=self.person,
            flash=self._flash(),
            **{**self._values, **values},
        )
        caching = "no-store" if self.person else "private, no-cache"
        return Whole(
            status,
            html.encode(),
            PAGE_HEADERS | {"Cache-Control": caching, **(headers or {})},
            self.jar.headers(),
        )

    def file(self, data: bytes, media_type: str, name: str) -> Whole:
        """A small file of the visitor's, to be seen in the browser and kept under an ASCII name."""
        headers = {
            "Content-Type": media_type,
            "Content-Disposition": f'inline; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Whole(200, data, headers, self.jar.headers())

    def data(self, value: Any, *, status: int = 200) -> Whole:
        """What a script asked for."""
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return Whole(status, msgspec.json.encode(value), headers, self.jar.headers())

    def go(self, path: str, flash: str | None = None) -> Whole:
        """Send the browser on to another page of ours; `flash` names a text to be shown there, once."""
        if flash:
            self.jar.keep(FLASH, flash, 60)
        headers = {"Location": ours(path), "Cache-Control": "no-store"}
        return Whole(303, b"", headers, self.jar.headers())

    def _flash(self) -> str | None:
        name = self.jar.get(FLASH)
        if name is None or self.partial:
            return None
        self.jar.drop(FLASH)
        text = self.words.texts.get(name)
        return text if isinstance(text, str) else None

    def here(self, path: str | None = None, /, **changes: Any) -> str:
        """This page's own address, or another path, with other values behind `?`; None takes one away."""
        asked = parse_qsl(self.request.scope["query_string"].decode("latin-1"))
        kept = [(name, value) for name, value in asked if name not in changes]
        kept += [(name, value) for name, value in changes.items() if value is not None]
        return (path or self.path) + (f"?{urlencode(kept)}" if kept else "")


def ours(path: str) -> str:
    """The path if it is one on this site, else the front page: nobody is sent away through us."""
    path = path.encode("ascii", "ignore").decode()
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine else "/"
