"""The page of the test bank: a buyer decides how a payment is to end, and the bank tells the shop."""

from datetime import timedelta

import msgspec

from ..adapters.jobs import JobQueue
from ..adapters.payments import NotGenuine, TestBank
from ..adapters.payments.test_bank import LATE, OUTCOMES, SIGNATURE
from ..store.database import Database
from .clock import Clock
from .jobs import TellOfTestPayment
from .payments import Payments
from .problems import PaymentNotFound, invalid

MOST_LATE = timedelta(days=1)


class Asked(msgspec.Struct, frozen=True):
    """What the page shows: the amount in kopecks, and what may be decided."""

    amount: int
    outcomes: tuple[str, ...]


class BankPage:
    """Stands in for the pages and the network of a real provider."""

    def __init__(self, db: Database, payments: Payments, jobs: JobQueue, clock: Clock) -> None:
        self._db = db
        self._payments = payments
        self._jobs = jobs
        self._clock = clock

    @property
    def _bank(self) -> TestBank:
        bank = self._payments.provider
        if not isinstance(bank, TestBank):
            raise PaymentNotFound("this shop does not use the test bank")
        return bank

    def show(self, intent: str) -> Asked:
        """What is to be paid; raises PaymentNotFound."""
        try:
            return Asked(self._bank.amount_of(intent), OUTCOMES)
        except NotGenuine:
            raise PaymentNotFound from None

    async def order_of(self, intent: str) -> int:
        """Which order is to be paid; raises PaymentNotFound."""
        self.show(intent)
        return await self._payments.order_of(intent)

    async def decide(self, intent: str, outcome: str, late: timedelta = LATE) -> None:
        """End a payment as wished; the bank's callbacks reach the shop now, or when they are late."""
        self.show(intent)
        if outcome not in OUTCOMES:
            raise invalid("outcome", f"{outcome!r} is not one of: {', '.join(OUTCOMES)}")
        if not timedelta() <= late <= MOST_LATE:
            raise invalid("seconds", f"give 0 to {int(MOST_LATE.total_seconds())}")
        for callback in await self._bank.decide(intent, outcome, late, self._clock()):
            if callback.delay:
                told = TellOfTestPayment(callback.body.decode(), callback.signature)
                async with self._db.transaction():
                    await self._jobs.later(self._db.connection, told, callback.delay)
            else:
                headers = {SIGNATURE: callback.signature}
                await self._payments.callback(TestBank.name, headers, callback.body)
