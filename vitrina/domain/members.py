"""Members of working groups: they log in with the group's API key, and do what an editor of the group lets them."""

import re
import secrets
from datetime import timedelta

from ..store.database import Database
from ..store.groups import ApiKey, Member, MemberStore
from ..store.sessions import SessionStore
from .access import THE_SHOP, MemberRef, MemberRight
from .clock import Clock
from .events import Events
from .problems import (
    Cause,
    Invalid,
    MemberNotFound,
    NotAllowed,
    NotAuthenticated,
    WrongPassword,
    invalid,
)
from .sellers import Accounts
from .sessions import digest_of

SESSION_LASTS = timedelta(hours=3)
PROFILE = (
    *("first_name", "last_name", "country", "city", "state", "address", "zip", "phone", "occupation"),
    *("business_name", "time_zone", "website", "industry", "biography", "vat_number", "business_phone"),
)
MOST_TEXT = 500
TRIES = 4  # times as many failed log-ins at once as people have

_USERNAME = re.compile(r"[^\s\x00-\x1f]{1,100}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}")


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
        member = await self._known(key.group_id, login, password)
        await self._accounts.forgive(role, login, address, times=TRIES)
        return await self._begin(member.id, key.id), member

    async def log_in_here(self, login: str, password: str, address: str) -> Member:
        """The member who logs in by the console, without a key; raises WrongPassword, or TooMany."""
        await self._accounts.guard("members", login, address)
        return await self._known(None, login, password)

    async def _known(self, group_id: int | None, login: str, password: str) -> Member:
        """Who has this password and may log in; raises WrongPassword for whatever is wrong."""
        member = await self._store.by_login(group_id, login) if "\x00" not in login else None
        hashed = member.password_hash if member else None
        if not await self._accounts.verify(hashed, password) or member is None:
            raise WrongPassword
        if MemberRight.LOG_IN not in member.rights:
            raise WrongPassword
        return member

    async def _begin(self, member_id: int, key_id: int) -> str:
        secret = secrets.token_hex(16)
        now = self._clock()
        await self._sessions.add_member(digest_of(secret), member_id, key_id, now, now + SESSION_LASTS)
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
        found = await self._store.get(member.group_id, member_id)
        if found is None:
            raise MemberNotFound(f"there is no member {member_id} in your group")
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
        actor: str = THE_SHOP,
    ) -> int:
        """A new member, for an operator or an editor; raises Invalid."""
        causes = _profile_problems(profile)
        if not _USERNAME.fullmatch(username):
            causes.append(Cause("username", "give 1 to 100 characters without blanks"))
        if not _EMAIL.fullmatch(email):
            causes.append(Cause("email", f"{email[:300]!r} is not an e-mail address"))
        causes += _password_problems(password)
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
                self._clock(),
            )
            id = await self._store.add(*row)
            if id is None:
                raise Invalid(*_taken(await self._store.taken(username, email)))
            await self._events.add("member.created", actor, id, group=group_id)
        return id

    async def register(
        self, editor: MemberRef, username: str, email: str, password: str, profile: dict[str, str | None]
    ) -> int:
        """A new member of the editor's group, who may log in; raises Invalid, MemberRightMissing."""
        editor.must(MemberRight.EDIT_GROUP)
        rights = {MemberRight.LOG_IN}
        return await self.add(editor.group_id, username, email, password, profile, rights, actor=editor.actor)

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
            member = await self._locked(editor, member_id)
            if not causes and "email" in await self._store.taken(member.username, email, member_id):
                causes += _taken(["email"])
            if causes:
                raise Invalid(*causes)
            profile = {k: v for k, v in (member.profile | changes).items() if v is not None}
            await self._store.change(member_id, {"email": email, "profile": profile})
            await self._events.add("member.changed", editor.actor, member_id, fields=sorted(changes))
            return await self.get(editor, member_id)

    async def set_right(self, editor: MemberRef, member_id: int, right: MemberRight, on: bool) -> Member:
        """Grant a right or take it away."""
        editor.must(MemberRight.EDIT_GROUP)
        async with self._db.transaction():
            member = await self._locked(editor, member_id)
            rights = set(member.rights) | {right} if on else set(member.rights) - {right}
            await self._store.change(member_id, {"rights": sorted(rights)})
            await self._events.add("member.rights_changed", editor.actor, member_id, rights=sorted(rights))
            if right is MemberRight.LOG_IN and not on:
                await self._sessions.end_all("members", member_id)
            return await self.get(editor, member_id)

    async def set_password(self, editor: MemberRef, member_id: int, password: str) -> None:
        """A new password; all sessions of the member end."""
        editor.must(MemberRight.EDIT_GROUP)
        if causes := _password_problems(password):
            raise Invalid(*causes)
        hashed = await self._accounts.hash(password)
        async with self._db.transaction():
            await self._locked(editor, member_id)
            await self._store.change(member_id, {"password_hash": hashed})
            await self._sessions.end_all("members", member_id)
            await self._events.add("member.password_set", editor.actor, member_id)

    async def remove(self, editor: MemberRef, member_id: int) -> None:
        """Take a member out of the group; their licences stay with it. Raises NotYourself."""
        editor.must(MemberRight.EDIT_GROUP)
        if member_id == editor.id:
            raise NotYourself
        async with self._db.transaction():
            await self._locked(editor, member_id)
            await self._store.change(member_id, {"deleted_at": self._clock()})
            await self._sessions.end_all("members", member_id)
            await self._events.add("member.removed", editor.actor, member_id)

    async def _locked(self, editor: MemberRef, member_id: int) -> Member:
        member = await self._store.lock(editor.group_id, member_id)
        if member is None:
            raise MemberNotFound(f"there is no member {member_id} in your group")
        return member


def _taken(fields: list[str]) -> list[Cause]:
    words = {"username": "this user name is taken", "email": "a member with this e-mail address exists"}
    return [Cause(field, words[field]) for field in fields]


def _password_problems(password: str) -> list[Cause]:
    if 8 <= len(password) <= 1000:
        return []
    return [Cause("password", "give at least 8 and at most 1000 characters")]


def _profile_problems(profile: dict[str, str | None]) -> list[Cause]:
    if unknown := sorted(set(profile) - set(PROFILE)):
        raise invalid(unknown[0], f"a profile has no {unknown[0]}")
    return [
        Cause(name, f"give at most {MOST_TEXT} characters")
        for name, text in profile.items()
        if text is not None and len(text) > MOST_TEXT
    ]
