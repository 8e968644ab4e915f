"""The edge of the server: request ids, the access log, metrics, and the last resort for what nobody caught."""

import asyncio
import ipaddress
import os
import random
import re
import socket
import stat
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from typing import Any, Protocol

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

CLIENT_LEFT = 499  # in the log and the metrics only, as nginx has it
MOST_THROWN_AWAY = 16 * 1024 * 1024  # bytes
SECONDS_FOR_THROWING_AWAY = 5.0
PATIENCE = 30.0  # seconds for the next piece of a body
PATIENCE_WITH_READERS = 60.0  # seconds; a player that was paused asks again for what is missing
LEAST_PACE = 1024  # bytes a second that a body has on the whole, once PATIENCE is over
LOGGED_PATH = 500  # characters; a path may have 65,000

# What an answer has that says nothing else: it is no page, nobody keeps it, and it is what its type says.
_OF_ANSWERS = [
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"cache-control", b"no-store"),
]
_BY_HTTPS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

_SIGNED = re.compile(r"^(/shop/v1/files/)[^/]*")
_GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,64}")

_REQUESTS = Counter("vitrina_requests_total", "Requests answered", ["operation", "status"])
_SECONDS = Histogram(
    "vitrina_request_seconds",
    "Time until the answer was sent",
    ["operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class AccessLog(Protocol):
    """Writes one line of the access log."""

    def __call__(self, event: str, **fields: Any) -> None: ...


class BodyTooSlow(HTTPException):
    """The rest of a body does not come."""

    status_code = 408
    detail = "the body came too slowly; send it again"


class BodyBrokenOff(HTTPException):
    """A body ended in the middle, or its chunks are malformed; mostly nobody is left to read this."""

    status_code = 400
    detail = "the body broke off before its end or is not framed as HTTP wants it"


class Edge:
    """Wraps the application; answers leave with an X-Request-Id and safe headers, nobody is waited for endlessly."""

    def __init__(
        self,
        app: ASGIApp,
        access_log: AccessLog,
        proxies: tuple[str, ...] = (),
        *,
        secure: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self._app = app
        self._access_log = access_log
        self._proxies = [ipaddress.ip_network(proxy) for proxy in proxies]
        self._of_answers = [*_OF_ANSWERS, _BY_HTTPS] if secure else _OF_ANSWERS
        self._patience = patience
        self._listening = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if not self._listening:
            self._listening = True
            drop_who_takes_nothing()
        request_id = _request_id(scope["headers"])
        scope["state"] = {"request_id": request_id}
        if self._proxies:
            scope["client"] = self._client(scope)
        REQUEST_ID.set(request_id)
        started = time.perf_counter()
        status = 0
        body = _Body(scope, receive, self._patience)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                if body.unread:
                    await body.throw_away()
                status = message["status"]
                message["headers"] = self._with_ours(message["headers"], request_id)
            await send(message)

        try:
            await self._app(scope, body.receive, answer)
        finally:
            # What is answered to a client that left in the middle of its body was nobody's mistake.
            self._note(scope, CLIENT_LEFT if body.left else status, time.perf_counter() - started)

    def _with_ours(self, headers: Any, request_id: str) -> Any:
        said = {name.lower() for name, _ in headers}
        ours = [pair for pair in self._of_answers if pair[0] not in said]
        return [*headers, *ours, (b"x-request-id", request_id.encode())]

    def _note(self, scope: Any, status: int, seconds: float) -> None:
        handler = scope.get("route_handler")
        operation = (getattr(handler, "name", None) or "other") if handler else "other"
        _counter(operation, status).inc()
        _timer(operation).observe(seconds)
        client = scope.get("client")
        self._access_log(
            "request",
            method=scope["method"],
            path=_loggable(scope["path"]),
            status=status,
            ms=round(seconds * 1000, 2),
            client=client[0] if client else None,
            request_id=scope["state"]["request_id"],
        )

    def _client(self, scope: Any) -> tuple[str, int] | None:
        """Who really calls: the last address in X-Forwarded-For that is not one of our own proxies."""
        client: tuple[str, int] | None = scope.get("client")
        named = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for address in reversed(named.decode("latin-1").split(",")):
            if client is None or not self._trusted(client[0]):
                break
            if _is_address(address.strip()):
                client = (address.strip(), 0)
        return client

    def _trusted(self, address: str) -> bool:
        return _is_address(address) and any(ipaddress.ip_address(address) in proxy for proxy in self._proxies)


def _loggable(path: str) -> str:
    """A signed link opens a door to who has it: the log keeps who came, not the key. No path begins a new line."""
    kept = _SIGNED.sub(r"\1…", path)[:LOGGED_PATH]
    return kept if kept.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in kept)


class _Body:
    """A request's body on its way in.

    A connection that is closed on a client that still sends is reset, and the client never sees the answer:
    so before an early refusal the rest is read and thrown away, within bounds.
    """

    __slots__ = ("_began", "_patience", "_receive", "_size", "left", "unread")

    def __init__(self, scope: Any, receive: Receive, patience: float) -> None:
        self._receive = receive
        self._patience = patience
        self._began = 0.0
        self._size = 0
        self.left = False
        self.unread = scope["method"] not in ("GET", "HEAD") and _sends_body(scope["headers"])

    async def receive(self) -> Any:
        if not self.unread:
            return await self._receive()
        try:
            async with asyncio.timeout(self._time_left()):
                message: Any = await self._receive()
        except TimeoutError:
            self.unread = False
            raise BodyTooSlow from None
        if message["type"] == "http.disconnect":
            self.left, self.unread = True, False
            raise BodyBrokenOff
        self._size += len(message.get("body", b""))
        self.unread = bool(message.get("more_body"))
        return message

    def _time_left(self) -> float:
        """Seconds for the next piece: never more than the patience, and less for who drips."""
        now = time.monotonic()
        self._began = self._began or now
        return max(0.0, min(self._patience, self._began + self._patience + self._size / LEAST_PACE - now))

    async def throw_away(self) -> None:
        left = MOST_THROWN_AWAY
        try:
            async with asyncio.timeout(SECONDS_FOR_THROWING_AWAY):
                while self.unread and left > 0:
                    left -= len((await self.receive()).get("body", b""))
        except (TimeoutError, HTTPException):
            return


def drop_who_takes_nothing() -> None:
    """Have the kernel end connections whose client takes nothing of its answer any more, where it can (Linux).

    Else a crowd that asks for large files and does not read them would hold memory and files for ever. The HTTP
    server keeps its sockets to itself, so the listening ones are looked for; what they accept inherits the option.
    """
    if sys.platform != "linux":
        return
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as one:
                    if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                        milliseconds = int(PATIENCE_WITH_READERS * 1000)
                        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def _sends_body(headers: Any) -> bool:
    """Whether bytes come without our asking: a client that waits for `100 Continue` sends none once refused."""
    named = dict(headers)
    if named.get(b"expect", b"").lower() == b"100-continue":
        return False
    return b"transfer-encoding" in named or named.get(b"content-length", b"0") != b"0"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _request_id(headers: Any) -> str:
    """The caller's own id where it is harmless, else a new one."""
    for name, value in headers:
        if name == b"x-request-id":
            return str(value.decode()) if _GIVEN.fullmatch(value) else _new_id()
    return _new_id()


def _new_id() -> str:
    # It names a request and guards nothing: quick is enough.
    return f"{random.getrandbits(128):032x}"


@cache
def _counter(operation: str, status: int) -> Counter:
    return _REQUESTS.labels(operation, str(status))


@cache
def _timer(operation: str) -> Histogram:
    return _SECONDS.labels(operation)
