"""Limits in a Redis or Valkey that several hosts share: one script call a token, by the server's clock.

Writes keys `vitrina:limit:…`, which expire when their bucket is full. Needs EVALSHA, SCRIPT, GET, SET, TIME.
"""

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from vitrina.adapters.limits.bucket import Verdict, interval_of, verdict

_log = logging.getLogger(__name__)

SECOND = 1_000_000  # microseconds
_SCRIPT = Path(__file__).with_name("take.lua").read_text()
_REST = 1.0  # seconds without asking a server that did not answer, so that not every request waits for it
_WARN_EVERY = 30.0
_SCHEMES = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix"}


class RedisLimits:
    """Token buckets in a Redis or Valkey, by URL (`redis://host:6379/0`, `rediss:` for TLS, `unix:` for a socket).

    When it does not answer within 100 ms (`answer_within`, seconds), the call is allowed, a warning is logged,
    and for a second nobody asks it: a limit is no reason to stop the shop.
    """

    def __init__(self, url: str, answer_within: float = 0.1) -> None:
        self._answer_within = answer_within
        scheme, separator, rest = url.partition("://")
        if scheme not in _SCHEMES or not separator:
            raise ValueError(
                f"{scheme}: is no address of a Redis or Valkey; VITRINA_LIMITS_URL should look like"
                " redis://host:6379/0."
            )
        self._name = urlsplit(url).hostname or "the socket"  # for the log; the URL may hold a password
        pool = BlockingConnectionPool.from_url(
            f"{_SCHEMES[scheme]}://{rest}",
            max_connections=32,
            timeout=answer_within,
            # More patient than one call: a slow first connection (TLS) is made in the end and then serves all.
            socket_timeout=2.0,
            socket_connect_timeout=2.0,
        )
        self._redis: Redis = Redis(connection_pool=pool)
        self._script = self._redis.register_script(_SCRIPT)
        self._asked: set[asyncio.Task[Any]] = set()
        self._resting_until = 0.0
        self._warned = -_WARN_EVERY

    async def take(self, key: str, rate: float, burst: int) -> Verdict:
        """Take one token; allowed without asking while the server does not answer."""
        return await self._take(key, rate, burst, 1)

    async def give_back(self, key: str, rate: float, burst: int) -> None:
        await self._take(key, rate, burst, -1)

    async def _take(self, key: str, rate: float, burst: int, tokens: int) -> Verdict:
        interval = interval_of(rate, burst, SECOND)
        if time.monotonic() >= self._resting_until:
            try:
                allowed, ahead = await self._ask(key, interval, burst, tokens)
                return verdict(bool(allowed), int(ahead), interval, burst, SECOND)
            except (RedisError, OSError, TimeoutError) as problem:
                self._rest(problem)
        return Verdict(True, burst, burst, 0.0, 0.0)

    async def close(self) -> None:
        """Close the connections."""
        for task in self._asked:
            task.cancel()
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    async def _ask(self, key: str, interval: int, burst: int, tokens: int) -> tuple[int, bytes]:
        """The script's answer, or TimeoutError; a call given up by us still ends in order on its connection."""
        call = self._script(keys=[f"vitrina:limit:{key}"], args=[interval, burst, tokens])
        task: asyncio.Task[Any] = asyncio.ensure_future(call)
        self._asked.add(task)
        task.add_done_callback(self._answered)
        async with asyncio.timeout(self._answer_within):
            answer: tuple[int, bytes] = await asyncio.shield(task)
            return answer

    def _answered(self, task: asyncio.Task[Any]) -> None:
        self._asked.discard(task)
        with contextlib.suppress(asyncio.CancelledError):
            task.exception()  # looked at, so that asyncio does not report it as forgotten

    def _rest(self, problem: Exception) -> None:
        now = time.monotonic()
        self._resting_until = now + _REST
        if now >= self._warned + _WARN_EVERY:
            self._warned = now
            reason = str(problem) or f"no answer within {self._answer_within * 1000:.0f} ms"
            _log.warning("Rate limits are off for now: Redis at %s: %s", self._name, reason)
