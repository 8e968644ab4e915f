"""Calls of the enterprise API: one command a call, as a form of PHP's kind; the session is opened and renewed here."""

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from .connection import Connection
from .errors import REFUSALS, CommandRefused, CommandUnknown, NotUnderstood, SessionOver, Unusable

T = TypeVar("T")

Moment = datetime | date
"""A time, without a zone that of this machine; or a day, which an end includes."""


class Calls:
    """Calls the commands of one server as one member of a group. Safe to use from several threads."""

    def __init__(self, connection: Connection, api_key: str, login: str | None, password: str | None) -> None:
        self._connection = connection
        self._api_key = api_key
        self._login = login
        self._password = password
        self._session: str | None = None
        self._opening = threading.Lock()

    def ask(
        self,
        command: str,
        type: type[T],
        values: Mapping[str, Any] | None = None,
        *,
        session: bool = True,
        once: bool = False,
        key: str | None = None,
    ) -> T:
        """The answer to a command; `values` that are None are left out. Raises CommandRefused, Unreachable.

        One without a `session` needs none. What is to happen `once` is not sent again when it may have arrived,
        unless an Idempotency-Key comes with it.
        """
        given = {name: value for name, value in (values or {}).items() if value is not None}
        once = once and key is None
        if not session:
            return self._send(command, type, given, once, key)
        id = self._session or self._open(None)
        try:
            return self._send(command, type, given | {"dp_session_id": id}, once, key)
        except SessionOver:
            # It was refused at the door: nothing has happened that a second call would repeat.
            id = self._open(id)
        return self._send(command, type, given | {"dp_session_id": id}, once, key)

    def log_in(self) -> None:
        """Open a session now, instead of with the first command that needs one."""
        self._open(self._session)

    def log_out(self) -> None:
        """Close the session, if there is one."""
        with self._opening:
            id, self._session = self._session, None
        if id:
            try:
                self._send("logout", dict[str, Any], {"dp_session_id": id}, False, None)
            except SessionOver:
                pass

    def _open(self, over: str | None) -> str:
        """A new session in the place of the one that is `over`; another thread's, if it was quicker."""
        if not self._login or not self._password:
            raise Unusable("this needs a log-in; give the client login and password of a member.")
        with self._opening:
            if self._session is None or self._session == over:
                values = {"dp_login_user": self._login, "dp_login_password": self._password}
                self._session = self._send("loginEnterprise", _Opened, values, False, None).sessionid
            return self._session

    def _send(self, command: str, type: type[T], values: Mapping[str, Any], once: bool, key: str | None) -> T:
        body = form({"dp_command": command, **values})
        headers = {"Api-Key": self._api_key, "Content-Type": "application/x-www-form-urlencoded"}
        if key:
            headers["Idempotency-Key"] = key
        response = self._connection.ask(
            "POST", "/", headers=headers, body=lambda: {"content": body}, once=once
        )
        return _read(command, response, type)


class _Opened(msgspec.Struct):
    sessionid: str


class _Error(msgspec.Struct):
    errorcode: int = 0
    errormsg: str = ""
    exception: str = ""
    field: str = ""


class _Envelope(msgspec.Struct):
    type: str
    error: _Error = msgspec.field(default_factory=_Error)


def _read(command: str, response: httpx.Response, type: type[T]) -> T:
    """The answer as a struct; fields unknown to it are passed over."""
    try:
        answer = _present(msgspec.json.decode(response.content))
        envelope = msgspec.convert(answer, _Envelope, strict=False)
        if envelope.type == "success":
            return msgspec.convert(answer, type, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotUnderstood(
            f"the answer to {command} is not one of the enterprise API ({error}); is the address right?"
        ) from error
    raise _refusal(command, envelope.error)


def _refusal(command: str, error: _Error) -> CommandRefused:
    kind = REFUSALS.get(error.exception, CommandRefused)
    # A server that lacks a command says that this value of dp_command is not allowed.
    if "dp_command" in (error.field, *error.errormsg.split()):
        kind = CommandUnknown
    return kind(command, error.exception, error.errormsg, code=error.errorcode, field=error.field)


def _present(value: Any) -> Any:
    """Without nulls and empty lists: null means absent, and PHP writes an empty map as a list."""
    if isinstance(value, dict):
        return {name: _present(one) for name, one in value.items() if one is not None and one != []}
    if isinstance(value, list):
        return [_present(one) for one in value]
    return value


# --- what is sent ----------------------------------------------------------------------------------------


def form(values: Mapping[str, Any]) -> bytes:
    """A form body as PHP makes it: indexes in brackets, 1 and 0 for yes and no."""
    pairs: list[tuple[str, str]] = []

    def add(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, one in value.items():
                add(f"{name}[{key}]", one)
        elif isinstance(value, list | tuple):
            for place, one in enumerate(value):
                add(f"{name}[{place}]", one)
        elif value is not None:
            pairs.append((name, str(int(value)) if isinstance(value, bool) else str(value)))

    for name, value in values.items():
        add(name, value)
    return urlencode(pairs).encode()


def moment(value: Moment | None) -> str | None:
    """A time in UTC as the API writes it; a day is that day."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if value else None


def ids(values: Iterable[int] | int | None) -> list[int] | None:
    """One id or several, as a list; None for none."""
    if values is None:
        return None
    return [values] if isinstance(values, int) else list(values) or None
