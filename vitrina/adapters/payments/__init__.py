"""Payments: how buyers' money comes and goes back."""

from .port import Intent, NotGenuine, Notice, Outcome, PaymentProvider, ProviderUnavailable
from .test_bank import TestBank

__all__ = [
    "Intent",
    "NotGenuine",
    "Notice",
    "Outcome",
    "PaymentProvider",
    "ProviderUnavailable",
    "TestBank",
]
