"""What the shop needs of a payment provider: an intent to pay, the buyer's way there, trusted word of the end."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Protocol

import msgspec


class ProviderUnavailable(Exception):
    """The provider does not answer; the same call may succeed later."""


class RefundRefused(ProviderUnavailable):
    """The provider will not give the money back as things are; the text is its reason."""


class NotGenuine(Exception):
    """A callback that is not the provider's."""


class Outcome(IntEnum):
    PENDING = 0
    SUCCEEDED = 1
    DECLINED = 2


class Intent(msgspec.Struct, frozen=True):
    """What the provider made of a payment: its own id for it, and where the buyer is to go."""

    id: str
    redirect_url: str


class BillLine(msgspec.Struct, frozen=True):
    """What is paid for: `price` of one in minor units."""

    what: str
    price: int
    quantity: int


class Bill(msgspec.Struct, frozen=True):
    """What a fiscal receipt tells: where it is sent, for whom it is if that is a company, and what was bought."""

    email: str
    lines: list[BillLine]
    company: str | None = None
    tax_id: str | None = None


class Notice(msgspec.Struct, frozen=True):
    """How an intent stands. `amount` in minor units."""

    intent: str
    outcome: Outcome
    amount: int
    reason: str | None = None


class Hint(msgspec.Struct, frozen=True):
    """A callback that nobody signed: worth a look at the intent, and not believed in anything else."""

    intent: str


class PaymentProvider(Protocol):
    """A provider. Every call may be repeated: the same payment gives the same intent, and one refund."""

    name: str
    wants_bill: bool
    """Whether it has to be told what is paid for."""

    async def create(
        self,
        payment_id: int,
        order_id: int,
        amount: int,
        return_url: str,
        method: str | None,
        bill: Bill | None = None,
    ) -> Intent:
        """Begin to pay `amount` kopecks; `method` is the provider's word for how. Raises ProviderUnavailable."""

    async def status(self, intent: str) -> Notice:
        """How an intent stands now, for when no callback came. Raises ProviderUnavailable."""

    async def refund(self, intent: str, amount: int) -> None:
        """Give the money back; returns once it is certain. Raises ProviderUnavailable, RefundRefused."""

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Notice | Hint:
        """What a signed callback says, or where an unsigned one points; raises NotGenuine."""

    async def close(self) -> None:
        """Let go of connections."""
