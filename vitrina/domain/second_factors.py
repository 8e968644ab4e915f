"""The second factor: six digits that an app makes anew every half a minute (TOTP, RFC 6238), asked after the password.

Each code works once. Whoever loses the app has recovery codes; whoever loses these, too, needs an operator.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pyotp
import structlog

from ..adapters.limits import Limits
from ..store.database import Database
from ..store.second_factors import Role, SecondFactor, SecondFactorStore
from ..store.sellers import Holder
from ..store.sessions import Person, SessionStore
from .access import MemberRight
from .clock import Clock
from .events import Events
from .own_accounts import NOUNS, actor_of
from .problems import (
    ChallengeOver,
    CodeNeeded,
    SecondFactorMissing,
    SecondFactorOn,
    TooMany,
    WrongCode,
)
from .secrets import Seal

_log = structlog.get_logger(__name__)

ISSUER = "Vitrina"
STEP = 30  # seconds
DIGITS = 6
CHALLENGE_LASTS = timedelta(minutes=5)
ENROLMENT_LASTS = timedelta(minutes=15)
RECOVERY_CODES = 8
_RECOVERY_BYTES = 15  # 120 bits: enough for a plain digest to tell nothing
# Guesses at once, and the seconds after which one more is allowed. Only who has the password gets as far as this.
_GUESSES = (5, 120)


class Enrolment(msgspec.Struct, frozen=True):
    """A second factor that is offered: `address` is for the app; `sealed` comes back with the first code."""

    secret: str
    address: str
    sealed: str


class SecondFactors:
    """Offered, turned on with a first code, asked at each log-in, turned off.

    `demanded` is `optional`, `operators` or `all`: of whom.
    """

    def __init__(
        self,
        db: Database,
        store: SecondFactorStore,
        sessions: SessionStore,
        limits: Limits,
        events: Events,
        seal: Seal,
        clock: Clock,
        demanded: str,
    ) -> None:
        self._db = db
        self._store = store
        self._sessions = sessions
        self._limits = limits
        self._events = events
        self._seal = seal
        self._clock = clock
        self._demanded = demanded

    def is_demanded(self, role: Holder, rights: Sequence[str]) -> bool:
        """Whether the shop lets nobody with this role and these rights work without one."""
        if role == "members":
            return self._demanded == "all" and MemberRight.EDIT_GROUP in rights
        return role == "operators" and self._demanded != "optional"

    def is_missing(self, role: Holder, person: Person) -> bool:
        """Whether somebody who logged in may do nothing before they have turned one on."""
        return not person.second_factor and self.is_demanded(role, person.rights)

    async def must_not_lack(self, role: Role, account_id: int, rights: Sequence[str] = ()) -> None:
        """Raises SecondFactorMissing if the shop demands one of somebody who has none."""
        if self.is_demanded(role, rights) and await self._store.get(role, account_id) is None:
            raise SecondFactorMissing

    # --- turning on and off ------------------------------------------------------------------------------

    def offer(self, role: Role, account_id: int, name: str) -> Enrolment:
        """A new secret. Nothing is kept: it comes back sealed."""
        secret, until = pyotp.random_base32(), self._clock() + ENROLMENT_LASTS
        told = f"{int(until.timestamp())} {secret} {name}"
        return self._enrolment(
            secret, name, self._seal.close_text(told, _bound("enrolment", role, account_id))
        )

    def offered(self, role: Role, account_id: int, sealed: str) -> Enrolment:
        """What was offered to them; raises ChallengeOver."""
        try:
            told = self._seal.open_text(sealed, _bound("enrolment", role, account_id))
        except ValueError:
            raise ChallengeOver from None
        until, secret, name = told.split(" ", 2)
        if int(until) <= self._clock().timestamp():
            raise ChallengeOver
        return self._enrolment(secret, name, sealed)

    @staticmethod
    def _enrolment(secret: str, name: str, sealed: str) -> Enrolment:
        return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER), sealed)

    async def turn_on(self, role: Role, account_id: int, sealed: str, code: str) -> list[str]:
        """From now on codes are asked for; all sessions end. The recovery codes are shown this once.

        Raises ChallengeOver, WrongCode, TooMany, SecondFactorOn.
        """
        secret = self.offered(role, account_id, sealed).secret
        await self._slow_down(role, account_id)
        step = self._step_of(secret, code)
        if step is None:
            raise WrongCode
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        kept = self._seal.close_text(secret, _bound("secret", role, account_id))
        async with self._db.transaction():
            digests = [_digest(code) for code in codes]
            if not await self._store.add(role, account_id, kept, step, digests, self._clock()):
                raise SecondFactorOn
            await self._sessions.end_all(role, account_id)
            await self._note("second_factor_on", role, account_id)
        await self._forgive(role, account_id)
        return codes

    async def turn_off(self, role: Role, account_id: int, code: str) -> None:
        """Their owner's wish; raises WrongCode, TooMany."""
        await self._use(role, account_id, code)
        await self.take_off(role, account_id, actor=actor_of(role, account_id))

    async def take_off(self, role: Role, account_id: int, *, actor: str) -> bool:
        """For who lost app and recovery codes: whether there was one. All sessions end."""
        async with self._db.transaction():
            if not await self._store.remove(role, account_id):
                return False
            await self._sessions.end_all(role, account_id)
            await self._events.add(f"{NOUNS[role]}.second_factor_off", actor, account_id)
        return True

    async def get(self, role: Role, account_id: int) -> SecondFactor | None:
        """Somebody's second factor: since when, and how many recovery codes are left."""
        return await self._store.get(role, account_id)

    # --- logging in --------------------------------------------------------------------------------------

    async def challenge(self, role: Role, account_id: int) -> str | None:
        """What somebody with the right password shows beside their code; None if they need none."""
        factor = await self._store.get(role, account_id)
        if factor is None:
            return None
        until = int((self._clock() + CHALLENGE_LASTS).timestamp())
        return self._seal.close_text(f"{until} {account_id} {_mark(factor)}", f"challenge {role}")

    async def answer(self, role: Role, challenge: str, code: str) -> int:
        """Whose account a challenge and a code open; raises ChallengeOver, WrongCode, TooMany."""
        try:
            until, id, mark = self._seal.open_text(challenge, f"challenge {role}").split(" ")
        except ValueError:
            raise ChallengeOver from None
        factor = await self._store.get(role, int(id))
        if int(until) <= self._clock().timestamp() or factor is None or _mark(factor) != mark:
            raise ChallengeOver
        await self._use(role, int(id), code)
        return int(id)

    async def check_at_once(self, role: Role, account_id: int, code: str | None) -> None:
        """For programs, which send the code with the password.

        Raises CodeNeeded, WrongCode, TooMany, or SecondFactorMissing where the shop demands one.
        """
        await self.must_not_lack(role, account_id)
        if await self._store.get(role, account_id) is None:
            return
        if not code:
            raise CodeNeeded
        await self._use(role, account_id, code)

    async def _use(self, role: Role, account_id: int, code: str) -> None:
        """Take a code or a recovery code, once; raises WrongCode, TooMany."""
        await self._slow_down(role, account_id)
        async with self._db.transaction():
            factor = await self._store.get(role, account_id, hold=True)
            if factor is None:
                raise WrongCode
            secret = self._seal.open_text(factor.secret, _bound("secret", role, account_id))
            step, digest = self._step_of(secret, code), _digest(code)
            if step is not None and step > factor.last_step:
                await self._store.set_used(role, account_id, step, factor.recovery)
            elif digest in factor.recovery:
                left = [one for one in factor.recovery if one != digest]
                await self._store.set_used(role, account_id, factor.last_step, left)
                await self._note("recovery_code_used", role, account_id, left=len(left))
            else:
                _log.warning("code refused", role=role, account=account_id)
                raise WrongCode
        _log.info("code accepted", role=role, account=account_id)
        await self._forgive(role, account_id)

    def _step_of(self, secret: str, code: str) -> int | None:
        """The step of time that the code is of: this one, or one beside it, for clocks go wrong."""
        now, digits = int(self._clock().timestamp()) // STEP, "".join(code.split())
        app = pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
        for step in (now, now - 1, now + 1):
            if hmac.compare_digest(app.generate_otp(step).encode(), digits.encode()):
                return step
        return None

    async def _slow_down(self, role: Role, account_id: int) -> None:
        guesses, seconds = _GUESSES
        verdict = await self._limits.take(f"code:{role}:{account_id}", 1 / seconds, guesses)
        if not verdict.allowed:
            wait = max(1, round(verdict.retry_after))
            raise TooMany(
                f"too many wrong codes; wait {wait} s and try again", retry_after=verdict.retry_after
            )

    async def _forgive(self, role: Role, account_id: int) -> None:
        guesses, seconds = _GUESSES
        await self._limits.give_back(f"code:{role}:{account_id}", 1 / seconds, guesses)

    async def _note(self, what: str, role: Role, account_id: int, **data: int) -> None:
        await self._events.add(f"{NOUNS[role]}.{what}", actor_of(role, account_id), account_id, **data)


def _bound(purpose: str, role: Role, account_id: int) -> str:
    return f"{purpose} {role} {account_id}"


def _mark(factor: SecondFactor) -> str:
    """What changes with the password: a new one ends every challenge before."""
    return hashlib.sha256(factor.password_hash.encode()).hexdigest()


def _new_code() -> str:
    """A recovery code, in groups that can be copied from paper."""
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[start : start + 6] for start in range(0, len(letters), 6))


def _digest(code: str) -> bytes:
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(letters.encode()).digest()
