"""One's own account: a new password, sessions and where they began, and a second factor where the role has one."""

import segno

from ..domain.passwords import LEAST, LEAST_OF_MEMBERS
from ..domain.problems import ChallengeOver, Invalid, NotAuthenticated, Problem, TooMany, WrongCode
from ..domain.second_factors import Enrolment
from ..domain.sessions import digest_of
from ..store.second_factors import Role
from .forms import Form
from .pages import HALF, Page
from .problems import sentence_of
from .visit import Answer, Visit

MOST_CODE = 100


class AccountPages:
    """The page `ADDRESS` of a room and what its forms do; with a second factor for those who have one."""

    def __init__(self, address: str, *, second_factor: bool = False) -> None:
        self.address = address
        self._second_factor = second_factor

    def pages(self, room: str) -> list[Page]:
        at, named = self.address, f"{room} account"
        pages = [
            Page(at, named, HALF, get=self._show),
            Page(f"{at}/password", f"{named} password", HALF, post=self._change_password),
            Page(f"{at}/sessions", f"{named} sessions", HALF, post=self._end_sessions),
        ]
        if self._second_factor:
            factor = f"{at}/second-factor"
            pages += [
                Page(factor, f"{named} second factor", HALF, post=self._offer),
                Page(f"{factor}/on", f"{named} second factor on", HALF, post=self._turn_on),
                Page(f"{factor}/off", f"{named} second factor off", HALF, post=self._turn_off),
            ]
        return pages

    async def _show(self, visit: Visit) -> Answer:
        return await self._page(visit)

    async def _page(
        self, visit: Visit, form: Form | None = None, part: str = "", problem: str | None = None
    ) -> Answer:
        """The page; `part` is the one whose form was sent and is shown again with what was wrong."""
        role, id = visit.role, visit.someone.id
        factor = await visit.shop.second_factors.get(role_of(visit), id) if self._second_factor else None
        return visit.page(
            "account.html",
            status=422 if form else 200,
            address=self.address,
            form=form,
            part=part,
            problem=problem,
            sessions=await visit.shop.sessions.open_ones(role, id),
            own=digest_of(visit.session or ""),
            with_factor=self._second_factor,
            factor=factor,
            demanded=visit.shop.second_factors.is_demanded(role, visit.someone.rights),
            least=LEAST_OF_MEMBERS if role == "members" else LEAST,
        )

    async def _again(self, visit: Visit, form: Form, part: str, refused: Problem) -> Answer:
        """The page with what was wrong, beside the field if that is known."""
        if isinstance(refused, Invalid):
            form.refuse(refused)
            return await self._page(visit, form, part)
        return await self._page(visit, form, part, sentence_of(refused, visit.words))

    # --- password and sessions ---------------------------------------------------------------------------

    async def _change_password(self, visit: Visit, form: Form) -> Answer:
        old, new = form.password("old_password"), form.password("password")
        if not form.fine:
            return await self._page(visit, form, "password")
        id = visit.someone.id
        try:
            await visit.shop.own_accounts.change_password(visit.role, id, old, new, visit.client)
        except (Invalid, TooMany) as refused:
            return await self._again(visit, form, "password", refused)
        await visit.begin_session(id)
        return visit.go(self.address, "account_password_changed")

    async def _end_sessions(self, visit: Visit, form: Form) -> Answer:
        password, chosen = form.password("old_password"), form.all("session")
        if not form.fine:
            return await self._page(visit, form, "sessions")
        own, id, role = visit.shop.own_accounts, visit.someone.id, visit.role
        try:
            await own.confirm(role, id, password, visit.client)
        except (Invalid, TooMany) as refused:
            return await self._again(visit, form, "sessions", refused)
        await own.end_sessions(role, id, visit.session or "", _digests(chosen) if chosen else None)
        return visit.go(self.address, "account_sessions_ended")

    # --- second factor -----------------------------------------------------------------------------------

    async def _offer(self, visit: Visit, form: Form) -> Answer:
        """The password once more, and then the secret for the app."""
        password, person = form.password("old_password"), visit.someone
        if not form.fine:
            return await self._page(visit, form, "factor")
        try:
            await visit.shop.own_accounts.confirm(visit.role, person.id, password, visit.client)
        except (Invalid, TooMany) as refused:
            return await self._again(visit, form, "factor", refused)
        offered = visit.shop.second_factors.offer(role_of(visit), person.id, person.email)
        return self._enrolment(visit, offered, None)

    async def _turn_on(self, visit: Visit, form: Form) -> Answer:
        role, id, sealed = role_of(visit), visit.someone.id, form.get("offer")
        try:
            offered = visit.shop.second_factors.offered(role, id, sealed)
        except ChallengeOver as over:
            return await self._again(visit, form, "factor", over)
        code = form.text("code", most=MOST_CODE)
        if not form.fine:
            return self._enrolment(visit, offered, form)
        try:
            codes = await visit.shop.second_factors.turn_on(role, id, sealed, code)
        except (WrongCode, TooMany) as refused:
            form.wrong["code"] = sentence_of(refused, visit.words)
            return self._enrolment(visit, offered, form)
        await visit.begin_session(id)
        return visit.page("recovery_codes.html", address=self.address, codes=codes)

    def _enrolment(self, visit: Visit, offered: Enrolment, form: Form | None) -> Answer:
        picture = segno.make(offered.address, error="m").svg_data_uri(scale=5, border=4, light="white")
        secret = " ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4))
        return visit.page(
            "second_factor.html",
            status=422 if form else 200,
            address=self.address,
            form=form,
            offered=offered,
            picture=picture,
            secret=secret,
        )

    async def _turn_off(self, visit: Visit, form: Form) -> Answer:
        password, code = form.password("old_password"), form.text("code", most=MOST_CODE)
        if not form.fine:
            return await self._page(visit, form, "factor")
        role, id = role_of(visit), visit.someone.id
        try:
            await visit.shop.own_accounts.confirm(visit.role, id, password, visit.client)
            await visit.shop.second_factors.turn_off(role, id, code)
        except WrongCode as refused:
            form.wrong["code"] = sentence_of(refused, visit.words)
            return await self._page(visit, form, "factor")
        except (Invalid, TooMany) as refused:
            return await self._again(visit, form, "factor", refused)
        await visit.begin_session(id)
        return visit.go(self.address, "account_factor_off")


def role_of(visit: Visit) -> Role:
    """Whose second factor it is; raises NotAuthenticated where there is none."""
    if visit.role == "operators" or visit.role == "members":
        return visit.role
    raise NotAuthenticated


def _digests(texts: list[str]) -> list[bytes]:
    """What the boxes of a list of sessions say; what is none is passed over."""
    return [bytes.fromhex(text) for text in texts if len(text) == 64 and set(text) <= set("0123456789abcdef")]
