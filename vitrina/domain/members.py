"""Members of working groups: they log in with the group's API key, and do what an editor of the group lets them."""

import re
import secrets
from datetime import timedelta

import structlog

from ..store.database import Database
from ..store.groups import ApiKey, Member, MemberStore
from ..store.sessions import SessionStore
from .access import THE_SHOP, MemberRef, MemberRight
from .clock import Clock
from .events import Events, change
from .passwords import LEAST_OF_MEMBERS, password_causes
from .problems import (
    Cause,
    Conflict,
    Invalid,
    MemberNotFound,
    NotAllowed,
    NotAuthenticated,
    WrongPassword,
    invalid,
)
from .sellers import Accounts
from .sessions import digest_of

_log = structlog.get_logger(__name__)

SESSION_LASTS = timedelta(hours=3)
PROFILE = (
    *("first_name", "last_name", "country", "city", "state", "address", "zip", "phone", "occupation"),
    *("business_name", "time_zone", "website", "industry", "biography", "vat_number", "business_phone"),
)
MOST_TEXT = 500
_EDITORS = {MemberRight.LOG_IN, MemberRight.EDIT_GROUP}
TRIES = 4  # times as many failed log-ins at once as people have

_USERNAME = re.compile(r"[^\s\x00-\x1f]{1,100}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}")


class LastEditor(Conflict):
    """Nobody else may log in and edit the group; give another member these rights first."""


class NotYourself(NotAllowed):
    """You cannot remove yourself from the group; another editor can."""


class Members:
    """Logs members in, and manages them for the editors of their group."""

    def __init__(
        self,
        db: Database,
        store: MemberStore,
        sessions: SessionStore,
        accounts: Accounts,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._sessions = sessions
        self._accounts = accounts
        self._events = events
        self._clock = clock

    # --- sessions ----------------------------------------------------------------------------------------

    async def log_in(self, key: ApiKey, login: str, password: str, address: str) -> tuple[str, Member]:
        """(session id, member); raises WrongPassword for whatever is wrong, or TooMany."""
        # Programs log in far more often than people: only what fails counts, and some are under way at once.
        role = f"members:{key.group_id}"
        await self._accounts.guard(role, login, address, times=TRIES)
        member = await self._known(key.group_id, login, password, address)
        await self._accounts.forgive(role, login, address, times=TRIES)
        return await self._begin(member.id, key.id, member.password_hash), member

    async def log_in_here(self, login: str, password: str, address: str) -> Member:
        """The member who logs in by the console, without a key; raises WrongPassword, or TooMany."""
        await self._accounts.guard("members", login, address)
        return await self._known(None, login, password, address)

    async def _known(self, group_id: int | None, login: str, password: str, address: str) -> Member:
        """Who has this password and may log in; raises WrongPassword for whatever is wrong."""
        member = await self._store.by_login(group_id, login) if "\x00" not in login else None
        hashed = member.password_hash if member else None
        right = await self._accounts.verify(hashed, password)
        if member is None or not right or MemberRight.LOG_IN not in member.rights:
            _log.warning("log-in refused", role="members", account=member and member.id, client=address)
            raise WrongPassword
        _log.info("password accepted", role="members", account=member.id, client=address)
        return member

    async def _begin(self, member_id: int, key_id: int, password_hash: str | None = None) -> str:
        """The id of a new session, as Sessions.begin makes them; raises WrongPassword."""
        secret = secrets.token_hex(16)
        now = self._clock()
        row = (member_id, None, password_hash, now, now + SESSION_LASTS, key_id)
        if not await self._sessions.add(digest_of(secret), "members", *row):
            raise WrongPassword
        return secret

    async def check(self, key: ApiKey, session: str) -> MemberRef:
        """Whose session it is; raises NotAuthenticated unless it lives and was opened with this key."""
        found = await self._sessions.member(digest_of(session), key.id, self._clock())
        if found is None:
            raise NotAuthenticated("session is missing, unknown or expired")
        id, group_id, rights = found
        return MemberRef(id, group_id, frozenset(MemberRight(right) for right in rights))

    async def renew(self, key: ApiKey, member: MemberRef, session: str) -> str:
        """A new session for an old one, which ends."""
        async with self._db.transaction():
            await self._sessions.end(digest_of(session))
            return await self._begin(member.id, key.id)

    async def log_out(self, session: str) -> None:
        await self._sessions.end(digest_of(session))

    # --- reading -----------------------------------------------------------------------------------------

    async def get(self, member: MemberRef, member_id: int) -> Member:
        """Somebody of the caller's group; raises MemberNotFound."""
        return await self.of_group(member.group_id, member_id)

    async def of_group(self, group_id: int, member_id: int) -> Member:
        """The same, for the shop itself."""
        found = await self._store.get(group_id, member_id)
        if found is None:
            raise MemberNotFound(f"there is no member {member_id} in your group")
        return found

    async def find(self, group_id: int, login: str) -> Member:
        """By user name or e-mail address, for the shop itself; raises MemberNotFound."""
        found = await self._store.by_login(group_id, login)
        if found is None:
            raise MemberNotFound(f"there is no member {login} in group {group_id}")
        return found

    async def must_be_of_group(self, member: MemberRef, ids: list[int]) -> None:
        """Raise MemberNotFound unless all are of the caller's group, or were before they left."""
        if strange := await self._store.strange(member.group_id, ids):
            raise MemberNotFound(f"there is no member {strange[0]} in your group")

    async def page(
        self, member: MemberRef, ids: list[int] | None, skip: int, take: int
    ) -> tuple[list[Member], int]:
        """The members of the caller's group, newest first, and how many there are."""
        return await self._store.page(member.group_id, ids, skip, take)

    async def editors(self, member: MemberRef, most: int = 3) -> list[Member]:
        """Who of the caller's group may grant rights: whom to ask."""
        return await self._store.editors(member.group_id, most)

    async def ids_of(self, member: MemberRef, username: str) -> list[int]:
        """Whoever is or was a member of the caller's group under this user name."""
        return await self._store.ids_of(member.group_id, username)

    async def names(self, ids: list[int]) -> dict[int, str]:
        """User names by id, of those who left, too."""
        return await self._store.names(ids)

    # --- managing ----------------------------------------------------------------------------------------

    async def add(
        self,
        group_id: int,
        username: str,
        email: str,
        password: str,
        profile: dict[str, str | None],
        rights: set[MemberRight],
        *,
        must_change: bool = False,
        actor: str = THE_SHOP,
    ) -> int:
        """A new member, for an operator or an editor; raises Invalid.

        With `must_change` they get no further with pages than to choose a password.
        """
        causes = _profile_problems(profile)
        if not _USERNAME.fullmatch(username):
            causes.append(Cause("username", "give 1 to 100 characters without blanks"))
        if not _EMAIL.fullmatch(email):
            causes.append(Cause("email", f"{email[:300]!r} is not an e-mail address"))
        causes += password_causes(password, username, email, least=LEAST_OF_MEMBERS)
        if not causes:
            causes += _taken(await self._store.taken(username, email))
        if causes:
            raise Invalid(*causes)
        hashed = await self._accounts.hash(password)
        async with self._db.transaction():
            row = (
                group_id,
                username,
                email,
                hashed,
                sorted(right.value for right in rights),
                profile,
                must_change,
                self._clock(),
            )
            id = await self._store.add(*row)
            if id is None:
                raise Invalid(*_taken(await self._store.taken(username, email)))
            await self._events.add("member.created", actor, id, group=group_id)
        return id

    async def register(
        self,
        editor: MemberRef,
        username: str,
        email: str,
        password: str,
        profile: dict[str, str | None],
        rights: frozenset[MemberRight] = frozenset(),
        *,
        must_change: bool = False,
    ) -> int:
        """A new member of the editor's group, who may log in and what is granted besides.

        Raises Invalid, MemberRightMissing.
        """
        editor.must(MemberRight.EDIT_GROUP)
        granted = {MemberRight.LOG_IN, *rights}
        row = (editor.group_id, username, email, password, profile, granted)
        return await self.add(*row, must_change=must_change, actor=editor.actor)

    async def update(
        self, editor: MemberRef, member_id: int, email: str, changes: dict[str, str | None]
    ) -> Member:
        """Change the address and what is given of the profile (None clears). A member may change their own."""
        if member_id != editor.id:
            editor.must(MemberRight.EDIT_GROUP)
        causes = _profile_problems(changes)
        if not _EMAIL.fullmatch(email):
            causes.append(Cause("email", f"{email[:300]!r} is not an e-mail address"))
        async with self._db.transaction():
            member = await self._locked(editor.group_id, member_id)
            if not causes and "email" in await self._store.taken(member.username, email, member_id):
                causes += _taken(["email"])
            if causes:
                raise Invalid(*causes)
            profile = {k: v for k, v in (member.profile | changes).items() if v is not None}
            await self._store.change(member_id, {"email": email, "profile": profile})
            await self._events.add("member.changed", editor.actor, member_id, fields=sorted(changes))
            return await self.get(editor, member_id)

    async def set_right(self, editor: MemberRef, member_id: int, right: MemberRight, on: bool) -> Member:
        """Grant a right or take it away; raises LastEditor if nobody could edit the group any more."""
        editor.must(MemberRight.EDIT_GROUP)
        async with self._db.transaction():
            member, last = await self._locked_with_editors(editor, member_id)
            held = {MemberRight(word) for word in member.rights}
            return await self._set_rights(editor, member, held | {right} if on else held - {right}, last)

    async def set_rights(self, editor: MemberRef, member_id: int, rights: set[MemberRight]) -> Member:
        """Exactly these; raises LastEditor if nobody could edit the group any more."""
        editor.must(MemberRight.EDIT_GROUP)
        async with self._db.transaction():
            member, last = await self._locked_with_editors(editor, member_id)
            return await self._set_rights(editor, member, rights, last)

    async def _set_rights(
        self, editor: MemberRef, member: Member, rights: set[MemberRight], last: bool
    ) -> Member:
        if last and not rights >= _EDITORS:
            raise LastEditor
        await self._give(member, rights, editor.actor)
        return await self.get(editor, member.id)

    async def give_rights(
        self, group_id: int, member_id: int, rights: set[MemberRight], *, actor: str = THE_SHOP
    ) -> None:
        """Replace a member's rights, as an operator; raises MemberNotFound."""
        async with self._db.transaction():
            await self._give(await self._locked(group_id, member_id), rights, actor)

    async def _give(self, member: Member, rights: set[MemberRight], actor: str) -> None:
        told = change({"rights": member.rights}, {"rights": sorted(rights)})
        if told:
            await self._store.change(member.id, {"rights": sorted(rights)})
            await self._events.add("member.rights_changed", actor, member.id, **told)
        if MemberRight.LOG_IN not in rights:
            await self._sessions.end_all("members", member.id)

    async def set_password(
        self, editor: MemberRef, member_id: int, password: str, *, must_change: bool = False
    ) -> None:
        """A new password; all sessions of the member end."""
        editor.must(MemberRight.EDIT_GROUP)
        group, actor = editor.group_id, editor.actor
        await self.give_password(group, member_id, password, must_change=must_change, actor=actor)

    async def give_password(
        self,
        group_id: int,
        member_id: int,
        password: str,
        *,
        must_change: bool = False,
        actor: str = THE_SHOP,
    ) -> None:
        """The same as an operator; raises MemberNotFound, Invalid."""
        known = await self.of_group(group_id, member_id)
        if causes := password_causes(password, known.username, known.email, least=LEAST_OF_MEMBERS):
            raise Invalid(*causes)
        hashed = await self._accounts.hash(password)
        async with self._db.transaction():
            await self._locked(group_id, member_id)
            await self._store.change(
                member_id, {"password_hash": hashed, "must_change_password": must_change}
            )
            await self._sessions.end_all("members", member_id)
            await self._events.add("member.password_set", actor, member_id)

    async def remove(self, editor: MemberRef, member_id: int) -> None:
        """Take a member out of the group; their licences stay with it. Raises NotYourself, LastEditor."""
        editor.must(MemberRight.EDIT_GROUP)
        if member_id == editor.id:
            raise NotYourself
        async with self._db.transaction():
            _, last = await self._locked_with_editors(editor, member_id)
            if last:  # who removes them has lost the right at this moment
                raise LastEditor
            await self._store.change(member_id, {"deleted_at": self._clock()})
            await self._sessions.end_all("members", member_id)
            await self._events.add("member.removed", editor.actor, member_id)

    async def _locked_with_editors(self, editor: MemberRef, member_id: int) -> tuple[Member, bool]:
        """A member, and whether they are the only one who may log in and edit the group."""
        # First: whoever does this waits in one order.
        editors = await self._store.lock_editors(editor.group_id)
        return await self._locked(editor.group_id, member_id), editors == [member_id]

    async def _locked(self, group_id: int, member_id: int) -> Member:
        member = await self._store.lock(group_id, member_id)
        if member is None:
            raise MemberNotFound(f"there is no member {member_id} in your group")
        return member


def _taken(fields: list[str]) -> list[Cause]:
    words = {"username": "this user name is taken", "email": "a member with this e-mail address exists"}
    return [Cause(field, words[field]) for field in fields]


def _profile_problems(profile: dict[str, str | None]) -> list[Cause]:
    if unknown := sorted(set(profile) - set(PROFILE)):
        raise invalid(unknown[0], f"a profile has no {unknown[0]}")
    return [
        Cause(name, f"give at most {MOST_TEXT} characters")
        for name, text in profile.items()
        if text is not None and len(text) > MOST_TEXT
    ]
