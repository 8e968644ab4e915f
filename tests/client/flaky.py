"""A network that notes what goes through it and fails when told to; behind it stands the real server."""

from collections.abc import Callable, Iterator

import httpx

Trouble = Callable[[httpx.Request, int], None]
"""Given a request and how many of its kind went before; raises what the network does to it."""


class Flaky(httpx.BaseTransport):
    """The real network with trouble before a request goes out, or after its answer came in."""

    def __init__(self, before: Trouble | None = None, after: Trouble | None = None) -> None:
        self._real = httpx.HTTPTransport()
        self._before = before
        self._after = after
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        earlier = self.count(request.method, request.url.path)
        self.seen.append(request)
        if self._before:
            self._before(request, earlier)
        response = self._real.handle_request(request)
        if self._after:
            response.read()
            self._after(request, earlier)
        return response

    def count(self, method: str, path: str) -> int:
        return sum(one.method == method and one.url.path == path for one in self.seen)

    def close(self) -> None:
        self._real.close()


class CutShort(httpx.BaseTransport):
    """The real network, on which each answer `below` breaks off after so many bytes, the first `times` times."""

    def __init__(self, bytes: int, times: int, below: str = "/") -> None:
        self._real = httpx.HTTPTransport()
        self._bytes = bytes
        self._times = times
        self._below = below
        self.ranges: list[str | None] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith(self._below):
            return self._real.handle_request(request)
        self.ranges.append(request.headers.get("Range"))
        response = self._real.handle_request(request)
        if len(self.ranges) > self._times:
            return response
        assert isinstance(response.stream, httpx.SyncByteStream)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=_Cut(response.stream, self._bytes)
        )

    def close(self) -> None:
        self._real.close()


class _Cut(httpx.SyncByteStream):
    def __init__(self, whole: httpx.SyncByteStream, left: int) -> None:
        self._whole = whole
        self._left = left

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._whole:
            yield piece[: self._left]
            self._left -= len(piece)
            if self._left <= 0:
                raise httpx.ReadError("connection reset by peer")

    def close(self) -> None:
        self._whole.close()
