"""When to ask a server again: growing pauses after failures, and one pace for several threads."""

import random
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

LONGEST_PAUSE = 8.0  # seconds between two tries, unless the server names a time
SHORTEST_WAIT = 0.2  # seconds; a server that says "at once" is not taken at its word
LONGEST_WAIT = 120.0  # seconds that one request spends on waiting because the server says so


class Patience:
    """How long to wait before the same request is sent again, and when to give up."""

    def __init__(self, attempts: int, backoff: float) -> None:
        self._attempts = attempts
        self._backoff = backoff
        self._failures = 0
        self._waited = 0.0

    def renew(self) -> None:
        """Something went well in between: failures count from the start again."""
        self._failures = 0

    def after(self, response: httpx.Response | None) -> float | None:
        """Seconds to wait after a refusal, or after no answer at all; None when asking again is no use."""
        if response is None:
            return self._pause()
        told = retry_after(response)
        if response.status_code == 429:
            return self._as_told(1.0 if told is None else told)
        if response.status_code < 500 or response.status_code == 501:
            return None
        pause = self._pause()
        return pause if pause is None or told is None else self._as_told(max(told, pause))

    def _pause(self) -> float | None:
        self._failures += 1
        if self._failures >= self._attempts:
            return None
        longest = min(self._backoff * 2.0 ** (self._failures - 1), LONGEST_PAUSE)
        # Clients that were cut off together shall not come back together.
        return longest * random.uniform(0.5, 1)

    def _as_told(self, seconds: float) -> float | None:
        seconds = max(seconds, SHORTEST_WAIT)
        self._waited += seconds
        return seconds if self._waited <= LONGEST_WAIT else None


class Pace:
    """Spaces the requests of several threads out when the server's limit comes near.

    A refused part was sent for nothing, two megabytes of it: keeping the pace is cheaper than trying.
    """

    def __init__(self, reserve: int) -> None:
        self._reserve = reserve
        self._lock = threading.Lock()
        self._next = 0.0
        self._interval = 0.0

    def turn(self) -> float:
        """Seconds until the caller may send; each call takes one turn."""
        with self._lock:
            now = time.monotonic()
            mine = max(now, self._next)
            self._next = mine + self._interval
            return mine - now

    def learn(self, response: httpx.Response) -> None:
        """Note what the server says of its limit."""
        limit, remaining = (_number(response, f"X-RateLimit-{name}") for name in ("Limit", "Remaining"))
        with self._lock:
            if limit and remaining is not None:
                self._interval = 1 / limit if remaining <= self._reserve else 0.0
            if response.status_code == 429:
                self._next = max(self._next, time.monotonic() + (retry_after(response) or 1.0))


def retry_after(response: httpx.Response) -> float | None:
    """Seconds of the Retry-After header, which may be a number or a date; None without one."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _number(response: httpx.Response, header: str) -> int | None:
    text = response.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() else None
