"""One way to a server: retries, Idempotency-Key, answers as structs and refusals as errors."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
import msgspec

from .errors import NotUnderstood, Unreachable, Unusable, refusal
from .patience import Pace, Patience

T = TypeVar("T")

Body = Callable[[], Mapping[str, Any]]
"""Makes what httpx is given to send (`content` or `files`), anew for each try."""


_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Stopped(Exception):
    """The work that a request belongs to was given up; never leaves the package."""


class Connection:
    """Sends requests to one server for one caller. Safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        timeout: float,
        attempts: int,
        backoff: float,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self.base_url = _address(base_url)
        self._attempts = max(1, attempts)
        self._backoff = backoff
        self._http = httpx.Client(
            headers={**headers, "User-Agent": "vitrina-client"},
            timeout=timeout,
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def patience(self) -> Patience:
        return Patience(self._attempts, self._backoff)

    def get(self, path: str, type: type[T], params: Mapping[str, Any] | None = None) -> T:
        """The answer to a question; `params` that are None are left out."""
        return read(self.ask("GET", path, params=params), type)

    def post(self, path: str, body: Any, *, creates: bool = False) -> httpx.Response:
        """Send JSON; a request that `creates` carries an Idempotency-Key, the same for every try."""
        data = msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        return self.ask("POST", path, headers=headers, body=lambda: {"content": data}, creates=creates)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        creates: bool = False,
        once: bool = False,
        pace: Pace | None = None,
        stop: threading.Event | None = None,
    ) -> httpx.Response:
        """A good answer, asked for as often as that can help; raises ApiError or Unreachable.

        What is to happen `once` is not sent again when it may have arrived.
        """
        sent = dict(headers or {}) | ({"Idempotency-Key": uuid.uuid4().hex} if creates else {})
        given = {name: value for name, value in (params or {}).items() if value is not None}
        patience = self.patience()
        while True:
            rest(pace.turn() if pace else 0, stop)
            try:
                response = self._http.request(
                    method, self.base_url + path, params=given, headers=sent, **(body() if body else {})
                )
            except httpx.RequestError as error:
                if once and not isinstance(error, _NOT_SENT):
                    raise self._doubtful(error) from error
                delay = patience.after(None)
                if delay is None:
                    raise self.unreachable(error) from error
            else:
                if pace:
                    pace.learn(response)
                if response.is_success:
                    return response
                delay = None if once and response.status_code >= 500 else patience.after(response)
                if delay is None:
                    raise refusal(response)
            rest(delay, stop)

    @contextmanager
    def open(
        self, address: str, headers: Mapping[str, str], *, follow: bool = False
    ) -> Iterator[httpx.Response]:
        """One try of a GET whose body is read piece by piece; raises httpx.RequestError."""
        with self._http.stream("GET", address, headers=headers, follow_redirects=follow) as response:
            yield response

    def unreachable(self, error: Exception) -> Unreachable:
        """What to say after the last try."""
        reason = str(error) or type(error).__name__
        tries = f"tried {self._attempts} times; " if self._attempts > 1 else ""
        return Unreachable(f"{self.base_url} does not answer ({tries}{reason}).")

    def _doubtful(self, error: Exception) -> Unreachable:
        reason = str(error) or type(error).__name__
        return Unreachable(
            f"{self.base_url} did not answer ({reason}); it may have done what was asked all the same: "
            "look before you ask again."
        )


def read(response: httpx.Response, type: type[T]) -> T:
    """The body as a struct: fields unknown to it are passed over, null means absent."""
    try:
        return msgspec.convert(_present(msgspec.json.decode(response.content)), type, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        place = f"{response.request.method} {response.request.url.copy_with(query=None)}"
        raise NotUnderstood(
            f"the answer to {place} is not one of this API ({error}); is the address right?"
        ) from error


def rest(seconds: float, stop: threading.Event | None = None) -> None:
    """Wait; raises Stopped as soon as `stop` is set."""
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped


def _present(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _present(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_present(one) for one in value]
    return value


def _address(base_url: str) -> str:
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL as error:
        raise Unusable(f"{base_url!r} is not an address: {error}.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Unusable(f"{base_url!r} is not an address; write it as https://shop.example.")
    return str(url.copy_with(query=None, fragment=None)).rstrip("/")


def secret(text: str, what: str) -> str:
    """What goes into a header as `what`, such as a token; raises Unusable without telling it."""
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise Unusable(f"the {what} is empty or no {what} at all; give the text that the shop issued.")
    return text
