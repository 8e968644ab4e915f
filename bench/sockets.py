"""HTTP over plain sockets, a thread a connection: load that takes next to no processor, the same for both sides."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from statistics import quantiles

import msgspec

from .result import BenchFailed

_PATIENCE = 60  # seconds
_ROOM = 1024 * 1024


class Answer(msgspec.Struct, frozen=True):
    """Names of headers are in lower case; `size` is the body's, which is kept only if it was asked for."""

    status: int
    headers: dict[str, str]
    size: int
    body: bytes


class Connection:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""
        self._room = bytearray(_ROOM)

    def close(self) -> None:
        self._socket.close()

    def ask(self, line: str, headers: dict[str, str], body: bytes = b"", *, keep: bool = True) -> Answer:
        """Send one request; without `keep` the answer's body is counted and dropped."""
        named = {"Host": "127.0.0.1", **headers}
        if body or not line.startswith(("GET", "HEAD")):
            named["Content-Length"] = str(len(body))
        lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        self._socket.sendall(body)
        return self._answer(keep, line.startswith("HEAD"))

    def _answer(self, keep: bool, head_only: bool) -> Answer:
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        if headers.get("transfer-encoding") == "chunked":
            while (size := int(self._until(b"\r\n"), 16)) > 0:
                self._exactly(size + 2)
            self._exactly(2)
            return Answer(int(first.split()[1]), headers, 0, b"")
        size = 0 if head_only else int(headers.get("content-length", 0))
        body = self._exactly(size) if keep else self._drop(size)
        return Answer(int(first.split()[1]), headers, size, body)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._read:
            self._read += self._more()
        found, _, self._read = self._read.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        pieces, held = [self._read], len(self._read)
        while held < size:
            pieces.append(self._more())
            held += len(pieces[-1])
        whole = b"".join(pieces)
        self._read = whole[size:]
        return whole[:size]

    def _drop(self, size: int) -> bytes:
        size -= len(self._read)
        self._read = b""
        while size > 0:
            # MSG_TRUNC: the kernel throws the bytes away and copies nothing, so that the reader costs nothing.
            count = self._socket.recv_into(self._room, min(size, _ROOM), socket.MSG_TRUNC)
            if not count:
                raise BenchFailed("a server closed the connection in the middle of an answer")
            size -= count
        return b""

    def _more(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise BenchFailed("a server closed the connection in the middle of an answer")
        return piece


class Flow(msgspec.Struct, frozen=True):
    """What went through: MB/s of all connections together, and how long a request took, in ms."""

    rate: float
    p50: float
    p99: float


def flood(senders: Sequence[Callable[[], int]], seconds: float) -> Flow:
    """Call each again and again in a thread of its own; a call is one request and answers with its bytes."""
    moved = [0] * len(senders)
    times: list[float] = []
    failures: list[Exception] = []
    began = time.monotonic()

    def run(place: int) -> None:
        try:
            while (now := time.monotonic()) < began + seconds and not failures:
                moved[place] += senders[place]()
                times.append(time.monotonic() - now)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(senders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    if failures:
        raise failures[0]
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return Flow(sum(moved) / took / 1e6, cuts[49] * 1000, cuts[98] * 1000)
