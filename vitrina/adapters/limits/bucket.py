"""The token bucket, told as one instant: when it will be full again (GCRA, the generic cell rate algorithm).

A token comes back every `interval`. Taking one moves the instant that much later; it may lie at most `burst`
intervals ahead. Times are integers in one unit (ns here, µs in Redis) on a clock that never goes back.
"""

import functools
from typing import Protocol

import msgspec


class Verdict(msgspec.Struct, frozen=True):
    """Whether a token was to be had, and what to tell the caller. Times in seconds from now."""

    allowed: bool
    limit: int
    """Size of the burst."""
    remaining: int
    """Tokens that are left."""
    retry_after: float
    """Until the next token is there; 0 if this one was."""
    reset: float
    """Until the bucket is full."""


class Limits(Protocol):
    """A limiter. Keys are any text of ours, such as `seller:17:GET offers`."""

    async def take(self, key: str, rate: float, burst: int) -> Verdict:
        """Take one token from the key's bucket, which holds `burst` and gets `rate` a second."""

    async def give_back(self, key: str, rate: float, burst: int) -> None:
        """Put a token back that was taken for what turned out not to count."""

    async def close(self) -> None:
        """Let go of files and connections."""


def spend(full_at: int, now: int, interval: int, burst: int, tokens: int = 1) -> tuple[bool, int]:
    """Take a token (-1: put one back) from a bucket that is full at `full_at`: whether there was one, and when
    it is full now.

    An instant further ahead than any bucket can be comes from another clock (before a reboot) or a damaged
    file: such a bucket counts as full.
    """
    if full_at < now or full_at > now + burst * interval:
        full_at = now
    after = max(now, full_at + tokens * interval)
    return (True, after) if after - now <= burst * interval else (False, full_at)


def verdict(allowed: bool, ahead: int, interval: int, burst: int, second: int) -> Verdict:
    """What to say of a bucket that is full in `ahead`; `second` is a second in the same unit."""
    free = burst * interval - ahead
    wait = 0.0 if allowed else (interval - free) / second
    return Verdict(allowed, burst, free // interval, wait, ahead / second)


@functools.lru_cache(maxsize=256)
def interval_of(rate: float, burst: int, second: int) -> int:
    """The time between two tokens, in units of which a second has `second`; ValueError for an absurd limit."""
    if not 0 < rate <= second or burst < 1:
        raise ValueError(
            f"A limit needs a rate above 0 and a burst of at least 1, not {rate} a second and {burst}."
        )
    return round(second / rate)
