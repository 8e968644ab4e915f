"""A new password by mail, for everybody who logs in: a link that works once, for an hour.

The link's secret is signed, not kept: it hangs on the account's password, so that a new one ends every link before.
"""

import base64
import hashlib
import hmac
import uuid
from datetime import timedelta

from ..adapters.jobs import JobQueue
from ..adapters.limits import Limits
from ..adapters.mail import Mail, letter
from ..store.database import Database
from ..store.password_resets import PasswordReset, PasswordResetStore
from ..store.sellers import Account, AccountStore, Holder
from .clock import Clock
from .events import Events
from .jobs import MailPasswordReset
from .mails import Mails, language_of
from .problems import PasswordResetNotValid, TooMany, invalid
from .secrets import Seal
from .sellers import Accounts, is_email

LASTS = timedelta(hours=1)
# Requests at once, and the seconds after which one more is allowed.
_FOR_ONE_ACCOUNT = (3, 1200)
_OF_ONE_ADDRESS = (10, 60)
_SECRET_BYTES = 24


class PasswordResets:
    """Asked for, mailed by a job, used once."""

    def __init__(
        self,
        db: Database,
        store: PasswordResetStore,
        people: AccountStore,
        accounts: Accounts,
        mails: Mails,
        limits: Limits,
        jobs: JobQueue,
        events: Events,
        seal: Seal,
        address: str,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._people = people
        self._accounts = accounts
        self._mails = mails
        self._limits = limits
        self._jobs = jobs
        self._events = events
        self._seal = seal
        self._address = address
        self._clock = clock

    async def ask(self, role: Holder, email: str, language: str | None, address: str) -> None:
        """Mail a link to the account with this address, if there is one; the caller cannot tell.

        Whether there is one is looked at by the job, so that both take the same time. Raises Invalid, TooMany.
        """
        email = email.strip()
        if not is_email(email):
            raise invalid("email", f"{email[:300]!r} is not an e-mail address")
        await self._slow_down(role, email, address)
        async with self._db.transaction():
            await self._begin(role, email, language)

    async def send(self, buyer_id: int, *, actor: str) -> None:
        """Mail a link to a buyer, as an operator wishes; raises BuyerNotFound, TooMany."""
        buyer = await self._accounts.buyer(buyer_id)
        await self._slow_down("buyers", buyer.email, actor)
        async with self._db.transaction():
            await self._begin("buyers", buyer.email, await self._people.language(buyer_id))
            await self._events.add("buyer.password_link_sent", actor, buyer_id)

    async def _begin(self, role: Holder, email: str, language: str | None) -> None:
        now = self._clock()
        reset = PasswordReset(uuid.uuid4(), role, email, language, now, now + LASTS)
        await self._store.add(reset)
        await self._jobs.later(self._db.connection, MailPasswordReset(str(reset.id)))

    async def _slow_down(self, role: Holder, email: str, address: str) -> None:
        askers = {
            f"reset:{role}:{email.lower()}": _FOR_ONE_ACCOUNT,
            f"reset-from:{address}": _OF_ONE_ADDRESS,
        }
        for asker, (times, seconds) in askers.items():
            verdict = await self._limits.take(asker, 1 / seconds, times)
            if not verdict.allowed:
                wait = max(1, round(verdict.retry_after))
                reason = (
                    f"a link was asked for too often; look into your mail, or wait {wait} s and try again"
                )
                raise TooMany(reason, retry_after=verdict.retry_after)

    async def mail(self, reset_id: str) -> None:
        """Send the link, if somebody has the address; safe to run twice: it is the same link. A job."""
        reset = await self._store.get(uuid.UUID(reset_id), self._clock())
        account = await self._people.by_email(reset.role, reset.email) if reset else None
        if reset is None or account is None:
            return
        # In the address behind `?`, which no log of ours has.
        link = f"{self._address}/password/new?link={self._secret(reset, account)}"
        language = language_of(reset.language)
        made = letter("password", language, link=link, email=account.email)
        mail_id = self._seal.mail_id(f"password {reset.id}")
        # To the address that the account has, not to what was typed.
        to = account.email
        await self._mails.send(
            Mail(mail_id, to, made.subject, made.text, made.html, language, reset.created_at)
        )

    async def look(self, secret: str) -> Holder:
        """Whose password a link sets; raises PasswordResetNotValid."""
        return (await self._found(secret))[0].role

    async def use(self, secret: str, password: str) -> Holder:
        """Set a new password and end all sessions. Raises PasswordResetNotValid, Invalid; then the link still works."""
        _, account = await self._found(secret)
        hashed = await self._accounts.hash_new(password, account)
        async with self._db.transaction():
            reset, account = await self._found(secret, hold=True)
            await self._accounts.replace_password(reset.role, account.id, hashed)
            await self._store.end_all(reset.role, account.email)
            role = reset.role.removesuffix("s")
            await self._events.add(
                f"{role}.password_reset", f"{role}:{account.id}", account.id, language=reset.language
            )
            return reset.role

    async def _found(self, secret: str, *, hold: bool = False) -> tuple[PasswordReset, Account]:
        try:
            raw = base64.urlsafe_b64decode(secret.encode("ascii") + b"=" * (-len(secret) % 4))
            id = uuid.UUID(bytes=raw[:16])
        except ValueError:
            raise PasswordResetNotValid from None
        reset = await self._store.get(id, self._clock())
        account = await self._people.by_email(reset.role, reset.email) if reset else None
        if reset and account and hold:
            account = await self._people.hold(reset.role, account.id)
        # Held back until here, where the account can no longer change under our hands.
        if reset is None or account is None or not hmac.compare_digest(raw, self._raw(reset, account)):
            raise PasswordResetNotValid
        return reset, account

    def _raw(self, reset: PasswordReset, account: Account) -> bytes:
        signed = f"{reset.id} {reset.role} {account.id} {account.password_hash}".encode()
        return reset.id.bytes + hmac.digest(self._seal.reset_key, signed, hashlib.sha256)[:_SECRET_BYTES]

    def _secret(self, reset: PasswordReset, account: Account) -> str:
        return base64.urlsafe_b64encode(self._raw(reset, account)).decode().rstrip("=")

    async def forget(self) -> int:
        """Drop requests whose time is over; run by schedule."""
        return await self._store.forget(self._clock())
