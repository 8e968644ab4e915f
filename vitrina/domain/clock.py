"""Where time comes from: actions are given a clock, so that tests and the sandbox can freeze and advance it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present instant, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)
