"""Payments: how buyers' money comes and goes back."""

from .port import (
    Bill,
    BillLine,
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
    "Bill",
    "BillLine",
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
