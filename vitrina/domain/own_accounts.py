"""What people do with their own accounts: change the password, look at their sessions, end them."""

from ..store.database import Database
from ..store.own_accounts import Credentials, OwnAccountStore
from ..store.sellers import Holder
from ..store.sessions import SessionStore
from .events import Events
from .passwords import LEAST, LEAST_OF_MEMBERS, password_causes
from .problems import Cause, Invalid, NotAuthenticated, invalid
from .sellers import Accounts
from .sessions import digest_of

NOUNS: dict[Holder, str] = {
    "sellers": "seller",
    "buyers": "buyer",
    "operators": "operator",
    "members": "member",
}


def actor_of(role: Holder, account_id: int) -> str:
    return f"{NOUNS[role]}:{account_id}"


class OwnAccounts:
    """For sellers, buyers, operators and members alike. What matters asks for the password again."""

    def __init__(
        self,
        db: Database,
        store: OwnAccountStore,
        sessions: SessionStore,
        accounts: Accounts,
        events: Events,
    ) -> None:
        self._db = db
        self._store = store
        self._sessions = sessions
        self._accounts = accounts
        self._events = events

    async def confirm(self, role: Holder, account_id: int, password: str, address: str) -> None:
        """Raises Invalid unless it is the owner's password, or TooMany: who sits at another's desk may guess, too."""
        known = await self._known(role, account_id)
        await self._accounts.guard(role, known.email, address)
        if not await self._accounts.verify(known.password_hash, password):
            raise invalid("old_password", "this is not your password")
        await self._accounts.forgive(role, known.email, address)

    async def change_password(self, role: Holder, account_id: int, old: str, new: str, address: str) -> None:
        """A new password for the old one; all sessions end. Raises Invalid, TooMany."""
        await self.confirm(role, account_id, old, address)
        known = await self._known(role, account_id)
        least = LEAST_OF_MEMBERS if role == "members" else LEAST
        causes = password_causes(new, known.email, known.name, least=least)
        if new == old:
            causes.append(Cause("password", "this is the password that you have"))
        if causes:
            raise Invalid(*causes)
        hashed = await self._accounts.hash(new)
        async with self._db.transaction():
            if await self._known(role, account_id, hold=True) != known:
                raise invalid("old_password", "this is not your password")
            await self._store.set_password(role, account_id, hashed)
            await self._sessions.end_all(role, account_id)
            await self._note("password_changed", role, account_id)

    async def end_sessions(
        self, role: Holder, account_id: int, kept: str, digests: list[bytes] | None = None
    ) -> None:
        """End the sessions of these digests, or all but the one that is kept."""
        async with self._db.transaction():
            if digests is None:
                await self._sessions.end_others(role, account_id, digest_of(kept))
            else:
                await self._sessions.end_some(role, account_id, digests)
            await self._note("sessions_ended", role, account_id)

    async def log_out_everywhere(self, role: Holder, account_id: int, *, actor: str) -> None:
        """End all of somebody's sessions, for an operator."""
        async with self._db.transaction():
            await self._sessions.end_all(role, account_id)
            await self._events.add(f"{NOUNS[role]}.sessions_ended", actor, account_id)

    async def _note(self, what: str, role: Holder, account_id: int) -> None:
        await self._events.add(f"{NOUNS[role]}.{what}", actor_of(role, account_id), account_id)

    async def _known(self, role: Holder, account_id: int, *, hold: bool = False) -> Credentials:
        known = await self._store.get(role, account_id, hold=hold)
        if known is None:
            raise NotAuthenticated("this account is gone")
        return known
