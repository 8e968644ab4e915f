"""Payments: how buyers' money comes and goes back."""

from .port import (
    Hint,
    Intent,
    NotGenuine,
    Notice,
    Outcome,
    PaymentProvider,
    ProviderUnavailable,
    RefundRefused,
)
from .test_bank import TestBank

__all__ = [
    "Hint",
    "Intent",
    "NotGenuine",
    "Notice",
    "Outcome",
    "PaymentProvider",
    "ProviderUnavailable",
    "RefundRefused",
    "TestBank",
]
