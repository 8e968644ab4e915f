"""What the shop needs of a payment provider: an intent to pay, the buyer's way there, signed word of the end."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Protocol

import msgspec


class ProviderUnavailable(Exception):
    """The provider does not answer; the same call may succeed later."""


class NotGenuine(Exception):
    """A callback that the provider did not sign."""


class Outcome(IntEnum):
    PENDING = 0
    SUCCEEDED = 1
    DECLINED = 2


class Intent(msgspec.Struct, frozen=True):
    """What the provider made of a payment: its own id for it, and where the buyer is to go."""

    id: str
    redirect_url: str


class Notice(msgspec.Struct, frozen=True):
    """How an intent stands. `amount` in minor units."""

    intent: str
    outcome: Outcome
    amount: int
    reason: str | None = None


class PaymentProvider(Protocol):
    """A provider. Every call may be repeated: the same payment gives the same intent, and one refund."""

    name: str

    async def create(self, payment_id: int, amount: int, return_url: str, method: str | None) -> Intent:
        """Begin to pay `amount` kopecks; `method` is the provider's word for how. Raises ProviderUnavailable."""

    async def status(self, intent: str) -> Notice:
        """How an intent stands now, for when no callback came. Raises ProviderUnavailable."""

    async def refund(self, intent: str, amount: int) -> None:
        """Give the money back. Raises ProviderUnavailable."""

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """What a callback says; raises NotGenuine unless the provider signed it."""
