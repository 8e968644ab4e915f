"""Cookies: what a browser keeps for a visitor. Those that open doors are out of scripts' and other sites' reach."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

import msgspec

SESSION = "session-{}"  # one for each role: a seller may buy, too
CHALLENGE = "challenge-{}"  # of who gave the right password, until they give their code
VISITOR = "visitor"
LANGUAGE = "language"
FLASH = "flash"
CART = "cart"

YEAR = 365 * 24 * 3600


class Jar:
    """The cookies of one request, and those that its answer sets.

    Over HTTPS their names begin with `__Host-`: then no neighbouring host can plant them.
    """

    def __init__(self, header: str, *, secure: bool) -> None:
        self._prefix = "__Host-vitrina-" if secure else "vitrina-"
        self._secure = secure
        self._given = _read(header)
        self._set: dict[str, _Kept] = {}

    def get(self, name: str) -> str | None:
        if name in self._set:
            return self._set[name].value or None
        value = self._given.get(self._prefix + name)
        return unquote(value) if value else None

    def keep(self, name: str, value: str, seconds: int | None = None) -> None:
        """Have the browser keep a value: for so long, or until it is closed."""
        self._set[name] = _Kept(value, seconds)

    def drop(self, name: str) -> None:
        if self.get(name) is not None:
            self._set[name] = _Kept("", 0)

    def headers(self) -> list[str]:
        """The values of the answer's Set-Cookie headers."""
        return [self._header(name, kept) for name, kept in self._set.items()]

    def _header(self, name: str, kept: "_Kept") -> str:
        text = f"{self._prefix}{name}={quote(kept.value, safe='')}; Path=/; HttpOnly; SameSite=Lax"
        if kept.seconds is not None:
            text += f"; Max-Age={kept.seconds}"
        return text + "; Secure" if self._secure else text


class _Kept(msgspec.Struct, frozen=True):
    value: str
    seconds: int | None


def _read(header: str) -> Mapping[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}
