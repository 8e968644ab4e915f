"""Answers of every REST door: those at hand, and files that are streamed, whole or by range (RFC 9110)."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from litestar import Request
from litestar.types import Receive, Scope, Send

from ..adapters.files import FilesUnavailable
from ..domain.downloads import Download
from ..domain.problems import Problem, StorageUnavailable
from ..domain.shop import Shop

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


class RangeNotSatisfiable(Problem):
    """The file has no such range."""

    def __init__(self, message: str | None = None, *, size: int = 0) -> None:
        super().__init__(message)
        self.size = size


class Body(msgspec.Struct):
    """An answer that is streamed: `size` bytes in `pieces`; None where nobody knows how many before the end."""

    status: int
    headers: dict[str, str]
    size: int | None
    pieces: AsyncIterator[bytes]


async def file_body(shop: Shop, request: Request[Any, Any, Any], found: Download) -> Body:
    """A file of a seller, or the part of it that Range asks for; raises RangeNotSatisfiable."""
    headers = {
        "Content-Type": found.media_type,
        "Accept-Ranges": "bytes",
        "ETag": f'"{found.stat.etag}"',
        # What a seller uploaded is never run as a page of this shop.
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; object-src 'none'; base-uri 'none'",
        "Cache-Control": "private, max-age=0",
    }
    start, end, status = _range(request, found)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.stat.size}"
    pieces = shop.downloads.read(found, start, end)
    return Body(status, headers, end - start, await _begun(pieces) if end > start else pieces)


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Read the first piece at once, so that a store that fails is still an error and no broken 200."""
    try:
        first = await anext(pieces)
    except FilesUnavailable as failure:
        raise StorageUnavailable(str(failure)) from failure

    async def all() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all()


def _range(request: Request[Any, Any, Any], found: Download) -> tuple[int, int, int]:
    """(first byte, byte after the last, status). A Range that is not understood is passed over, as RFC 9110 wants."""
    size = found.stat.size
    match = _RANGE.fullmatch(request.headers.get("range", "").strip())
    validator = request.headers.get("if-range")
    if not match or match.groups() == ("", "") or (validator and validator.strip() != f'"{found.stat.etag}"'):
        return 0, size, 200
    first, last = match.groups()
    if first:
        start, end = _offset(first), min(_offset(last) + 1, size) if last else size
        if last and _offset(last) < start:
            return 0, size, 200
    else:
        start, end = max(0, size - _offset(last)), size
    if start >= size or start >= end:
        raise RangeNotSatisfiable(f"the file has {size} bytes; it has no range {match[0][:60]!r}", size=size)
    return start, end, 206


def _offset(digits: str) -> int:
    """A byte position; one beyond any file is cut to what can be reckoned with."""
    return int(digits) if len(digits) < 19 else 10**18


def _raw(headers: dict[str, str], size: int | None) -> list[tuple[bytes, bytes]]:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    if size is not None:
        raw.append((b"content-length", b"%d" % size))
    return raw


class Whole:
    """An answer that is at hand."""

    __slots__ = ("_body", "_cookies", "_headers", "_status")

    def __init__(
        self, status: int, body: bytes, headers: dict[str, str], cookies: Sequence[str] = ()
    ) -> None:
        self._status = status
        self._body = body
        self._headers = headers
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _raw(self._headers, len(self._body))
        headers += [(b"set-cookie", cookie.encode("latin-1")) for cookie in self._cookies]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else self._body  # type: ignore[typeddict-item]  # no websocket comes here
        await send({"type": "http.response.body", "body": body, "more_body": False})


class Streamed:
    """An answer that is read as fast as the client takes it."""

    __slots__ = ("_body", "_headers")

    def __init__(self, body: Body, headers: dict[str, str]) -> None:
        self._body = body
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _raw(self._headers | self._body.headers, self._body.size)
        await send({"type": "http.response.start", "status": self._body.status, "headers": headers})
        if scope["method"] == "HEAD":  # type: ignore[typeddict-item]  # no websocket comes here
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        async for piece in self._body.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
