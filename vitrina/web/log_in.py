"""Logging in and out of a room in which people work."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from ..domain.problems import ChallengeOver, Problem, TooMany
from ..domain.second_factors import CHALLENGE_LASTS
from ..store.groups import Member
from ..store.sellers import Account
from .account import MOST_CODE, role_of
from .cookies import CHALLENGE
from .forms import Form
from .pages import HALF, Page
from .problems import sentence_of
from .visit import Answer, Visit, ours

Check = Callable[[Visit, str, str], Awaitable[Account | Member]]
"""(visit, login, password) → whose they are; raises a Problem."""


class LogIn:
    """The pages `HOME/log-in` and `HOME/log-out` of a room; `login` names the field beside the password.

    A code is asked for besides only where people may have a second factor.
    """

    def __init__(self, home: str, login: str, check: Check, *, second_factor: bool = False) -> None:
        self.home = home
        self.address = f"{home}/log-in"
        self._login = login
        self._check = check
        self._second_factor = second_factor

    def pages(self, room: str) -> list[Page]:
        at = self.address
        pages = [
            Page(at, f"{room} log-in", "anybody", get=self._ask, post=self._log_in),
            Page(f"{self.home}/log-out", f"{room} log-out", HALF, post=self._log_out),
        ]
        if self._second_factor:
            code = Page(f"{at}/code", f"{room} code", "anybody", get=self._ask_code, post=self._take_code)
            pages.append(code)
        return pages

    async def _ask(self, visit: Visit) -> Answer:
        if visit.person:
            return visit.go(self._next(visit.query))
        return self._page(visit, None, visit.query)

    async def _log_in(self, visit: Visit, form: Form) -> Answer:
        login, password = form.text(self._login), form.password("password")
        if not form.fine:
            return self._page(visit, form, form, status=422)
        try:
            account = await self._check(visit, login, password)
        except Problem as refused:
            status = 429 if isinstance(refused, TooMany) else 401
            return self._page(visit, form, form, status=status, problem=sentence_of(refused, visit.words))
        if self._second_factor:
            challenge = await visit.shop.second_factors.challenge(role_of(visit), account.id)
            if challenge:
                # No session yet: what the browser keeps opens nothing without a code.
                visit.jar.keep(CHALLENGE.format(visit.role), challenge, int(CHALLENGE_LASTS.total_seconds()))
                return visit.go(f"{self.address}/code?next={quote(self._next(form), safe='')}")
        await visit.begin_session(account.id, account.password_hash)
        return visit.go(self._next(form))

    async def _ask_code(self, visit: Visit) -> Answer:
        if visit.person or not visit.jar.get(CHALLENGE.format(visit.role)):
            return visit.go(self._next(visit.query) if visit.person else self.address)
        return self._code_page(visit, None, visit.query)

    async def _take_code(self, visit: Visit, form: Form) -> Answer:
        code, kept = form.text("code", most=MOST_CODE), CHALLENGE.format(visit.role)
        if not form.fine:
            return self._code_page(visit, form, form, status=422)
        try:
            account = await visit.shop.second_factors.answer(role_of(visit), visit.jar.get(kept) or "", code)
        except ChallengeOver:
            visit.jar.drop(kept)
            return visit.go(self.address, "log_in_again")
        except Problem as refused:
            form.wrong["code"] = sentence_of(refused, visit.words)
            status = 429 if isinstance(refused, TooMany) else 401
            return self._code_page(visit, form, form, status=status)
        visit.jar.drop(kept)
        await visit.begin_session(account)
        return visit.go(self._next(form))

    def _code_page(self, visit: Visit, form: Form | None, asked: Form, *, status: int = 200) -> Answer:
        action, next = f"{self.address}/code", self._next(asked)
        return visit.page(
            "log_in_code.html", status=status, form=form, action=action, next=next, back=self.address
        )

    def _page(
        self, visit: Visit, form: Form | None, asked: Form, *, status: int = 200, problem: str | None = None
    ) -> Answer:
        return visit.page(
            "log_in.html",
            status=status,
            form=form,
            problem=problem,
            login=self._login,
            action=self.address,
            next=self._next(asked),
        )

    async def _log_out(self, visit: Visit, _form: Form) -> Answer:
        await visit.end_session()
        return visit.go(self.address, "logged_out")

    def _next(self, form: Form) -> str:
        """Where somebody wanted to go; only into the room."""
        path = ours(form.get("next"))
        return path if path == self.home or path.startswith((f"{self.home}/", f"{self.home}?")) else self.home
