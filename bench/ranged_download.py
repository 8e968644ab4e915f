"""Ranges of a file of 1 GB, at random places."""

import asyncio
import os
import random
from collections.abc import Callable
from hashlib import sha256

from . import goods, nginx
from .context import Context
from .result import BenchFailed, Figure, Result, at_least
from .sockets import Connection, Flow, flood
from .vitrina_upload import PART, VitrinaUpload

NAME = "ranged_download"
RATE = at_least(0.5)
GOAL = f"MB/s {RATE.text}"

SIZE, RANGE = 1024**3, 16 * 1024**2
CONNECTIONS = 8


class Reader:
    """Asks for one range after another of one file, on a connection of its own."""

    def __init__(self, port: int, path: str, headers: dict[str, str], seed: int) -> None:
        self._connection = Connection(port)
        self._line = f"GET {path}"
        self._headers = headers
        self._random = random.Random(seed)

    def __call__(self) -> int:
        self.take(self._random.randrange(SIZE - RANGE), keep=False)
        return RANGE

    def take(self, start: int, *, keep: bool = True) -> bytes:
        """A range from this byte on; dropped unread without `keep`."""
        headers = self._headers | {"Range": f"bytes={start}-{start + RANGE - 1}"}
        answer = self._connection.ask(self._line, headers, keep=keep)
        wanted = f"bytes {start}-{start + RANGE - 1}/{SIZE}"
        if (answer.status, answer.size, answer.headers.get("content-range")) != (206, RANGE, wanted):
            raise BenchFailed(f"{self._line} from {start}: {answer.status}, {answer.headers}")
        return answer.body

    def close(self) -> None:
        self._connection.close()


def run(context: Context) -> Result:
    """One file on one disk, in memory after the warm-up, given away by both."""
    vitrina = context.unlimited
    [shelf] = asyncio.run(goods.fill(vitrina, NAME, 1, 1))
    upload = VitrinaUpload(vitrina, shelf.token, SIZE)
    parts = [os.urandom(PART) for _ in range(8)]
    for index in range(SIZE // PART):
        upload.send(parts[index % len(parts)])
    upload.wait()
    upload.close()
    context.versions["nginx"] = nginx.version()
    token = {"Authorization": f"Bearer {shelf.token}"}

    def ours(seed: int) -> Reader:
        return Reader(vitrina.port, f"/api/v1/content/download/{upload.uri}", token, seed)

    with nginx.Nginx(context.folder / "nginx", vitrina.data / "files") as server:

        def theirs(seed: int) -> Reader:
            return Reader(server.port, f"/{upload.uri}", {}, seed)

        _compare(ours(0), theirs(0))
        flows = _flows(context, ours, theirs)
    return Result(
        "Ranged download of 1 GB",
        "nginx with sendfile and a process a core, giving away the same file to everybody",
        f"{CONNECTIONS} connections, plain sockets that drop what they get unread; ranges of 16 MiB at random places;"
        " Vitrina checks token and owner each time",
        flows,
    )


def _compare(ours: Reader, theirs: Reader) -> None:
    for start in (0, 12_345_678, SIZE - RANGE):
        if sha256(ours.take(start)).digest() != sha256(theirs.take(start)).digest():
            raise BenchFailed("Vitrina and nginx do not give the same bytes.")
    ours.close()
    theirs.close()


def _flows(context: Context, ours: Callable[[int], Reader], theirs: Callable[[int], Reader]) -> list[Figure]:
    found: list[list[Flow]] = [[], []]
    for turn in range(context.rounds):
        for side, flows in zip((ours, theirs), found, strict=True):
            readers = [side(seed) for seed in range(CONNECTIONS)]
            flood(readers, context.warm_up)
            flows.append(flood(readers, context.seconds))
            for reader in readers:
                reader.close()
        context.say(f"round {turn + 1}: {found[0][-1].rate:,.0f} against {found[1][-1].rate:,.0f} MB/s")
    names = ("rate", "MB/s", RATE), ("p50", "p50, ms", None), ("p99", "p99, ms", None)
    ours_found, theirs_found = found
    return [
        Figure(
            label,
            [getattr(flow, name) for flow in ours_found],
            [getattr(flow, name) for flow in theirs_found],
            goal,
        )
        for name, label, goal in names
    ]
