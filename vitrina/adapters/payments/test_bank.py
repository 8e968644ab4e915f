"""The built-in provider: a bank of play money that pays, declines, keeps silent, answers twice or late, as is wished.

Writes `test_intents`: one row for each intent that a buyer decided on. Intents themselves are signed and not kept.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from .port import Bill, Intent, NotGenuine, Notice, Outcome, ProviderUnavailable

SIGNATURE = "x-test-bank-signature"
OUTCOMES = ("succeeds", "declines", "times_out", "answers_twice", "answers_late")
UNREACHABLE = "unreachable"  # the method that makes the bank fail to answer at all
LATE = timedelta(minutes=20)  # a reservation lasts 15

_INTENT = re.compile(r"tb-(\d{1,19})-(\d{1,19})-([0-9a-f]{32})")


class Rows(Protocol):
    """The database, as far as the bank needs one."""

    async def row(self, query: str, *values: Any) -> Any: ...

    async def execute(self, query: str, *values: Any) -> int: ...


class Callback(msgspec.Struct, frozen=True):
    """A message of the bank to the shop, to be sent after `delay`."""

    body: bytes
    signature: str
    delay: timedelta = timedelta()


def _system_clock() -> datetime:
    return datetime.now(UTC)


class TestBank:
    """The provider, and the page behind it on which a buyer decides what is to happen."""

    __test__ = False  # no test of pytest's
    name = "test"
    wants_bill = False

    def __init__(
        self, rows: Rows, key: bytes, address: str, clock: Callable[[], datetime] = _system_clock
    ) -> None:
        self._rows = rows
        self._key = key
        self._address = address
        self._clock = clock

    async def create(
        self,
        payment_id: int,
        order_id: int,
        amount: int,
        return_url: str,
        method: str | None,
        bill: Bill | None = None,
    ) -> Intent:
        if method == UNREACHABLE:
            raise ProviderUnavailable("the test bank does not answer, as was asked of it")
        id = f"tb-{payment_id}-{amount}-{self._sign(f'{payment_id}-{amount}')}"
        return Intent(id, f"{self._address}/shop/v1/test-bank/{id}")

    async def status(self, intent: str) -> Notice:
        amount = self.amount_of(intent)
        row = await self._rows.row(
            "select outcome, answers_at <= $2 from test_intents where id = $1", intent, self._clock()
        )
        if row is None or not row[1]:
            return Notice(intent, Outcome.PENDING, amount)
        return _notice(intent, row[0], amount)

    async def refund(self, intent: str, amount: int) -> None:
        if amount != self.amount_of(intent):
            raise ProviderUnavailable("the test bank returns whole payments only")
        await self._rows.execute("update test_intents set refunded = true where id = $1", intent)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:
        given = headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given.encode(), self._sign(body.decode("latin-1")).encode()):
            raise NotGenuine
        try:
            return msgspec.json.decode(body, type=Notice)
        except msgspec.DecodeError:  # an intent's signature, say, is ours as well
            raise NotGenuine from None

    async def close(self) -> None:
        """It has no connections of its own."""

    # --- what a buyer does on the bank's page -------------------------------------------------------------

    def amount_of(self, intent: str) -> int:
        """The amount of an intent of ours; raises NotGenuine."""
        match = _INTENT.fullmatch(intent)
        if not match or not hmac.compare_digest(match[3], self._sign(f"{match[1]}-{match[2]}")):
            raise NotGenuine
        return int(match[2])

    async def decide(self, intent: str, outcome: str, late: timedelta, now: datetime) -> list[Callback]:
        """Let an intent end in one of OUTCOMES, once; the callbacks that the bank then sends."""
        amount = self.amount_of(intent)
        delay = {"answers_late": late, "times_out": None}.get(outcome, timedelta())
        row = await self._rows.row(
            "insert into test_intents (id, amount, outcome, answers_at) values ($1, $2, $3, $4)"
            " on conflict (id) do update set outcome = test_intents.outcome returning outcome",
            intent,
            amount,
            outcome,
            None if delay is None else now + delay,
        )
        if row[0] != outcome or delay is None:
            return []
        body = msgspec.json.encode(_notice(intent, outcome, amount))
        callback = Callback(body, self._sign(body.decode("latin-1")), delay)
        return [callback] * (2 if outcome == "answers_twice" else 1)

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode("latin-1"), hashlib.sha256).hexdigest()[:32]


def _notice(intent: str, outcome: str, amount: int) -> Notice:
    if outcome == "declines":
        return Notice(intent, Outcome.DECLINED, amount, "the bank declined the payment")
    return Notice(intent, Outcome.SUCCEEDED, amount)
