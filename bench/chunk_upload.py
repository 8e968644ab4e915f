"""Chunks of 2 MiB, acknowledged durable; and the memory that large files take."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psutil

from . import goods, processes
from .context import CACHE, Context
from .result import BenchFailed, Figure, Result, at_least, ours_at_most
from .sockets import Flow, flood
from .tus import Tus, TusUpload
from .vitrina_upload import PART, VitrinaUpload

NAME = "chunk_upload"
RATE = at_least(1.5)
GROWTH = ours_at_most(25, "MB")
GOAL = f"MB/s {RATE.text}, memory from 10 MB to 3 GB {GROWTH.text}"

UPLOADS = 16  # at a time, each on a connection of its own
SMALL, LARGE = 10_000_000, 3 * 1024**3


class Upload(Protocol):
    def send(self, part: bytes) -> int: ...
    def wait(self) -> None: ...
    def fetch(self) -> int: ...
    def close(self) -> None: ...


Begin = Callable[[int], Upload]


def run(context: Context) -> Result:
    """Memory first, while both servers are fresh; then as many chunks as go through."""
    vitrina, tus = context.unlimited, context.tus
    [shelf] = asyncio.run(goods.fill(vitrina, NAME, 1, 1))

    def begin_ours(size: int) -> Upload:
        return VitrinaUpload(vitrina, shelf.token, size)

    def begin_theirs(size: int) -> Upload:
        return TusUpload(tus, size)

    # A server of its own: this one may end by itself once a client has fetched a file and gone (Node.js 20).
    with Tus(CACHE, context.folder / "tus-memory") as fresh:
        theirs = _memory([psutil.Process(fresh.process.pid)], lambda size: TusUpload(fresh, size))
    shutil.rmtree(fresh.folder)
    http = [p for name, p in processes.shop_of(vitrina.process.pid).items() if name.startswith("HTTP")]
    ours = _memory(http, begin_ours)
    _clear(vitrina.data, tus.folder)
    return Result(
        "2 MiB chunk upload, acknowledged durable",
        "@tus/server with @tus/file-store on the same disk, which acknowledges what the system has not written yet"
        " (no fsync)",
        f"{UPLOADS} uploads at a time, a plain socket and a thread each, chunk after chunk, the same for both; memory:"
        " the most that the HTTP process was resident with while one file went through, in one connection",
        [*_flows(context, begin_ours, begin_theirs), *_growth(ours, theirs)],
    )


def _flows(context: Context, ours: Begin, theirs: Begin) -> list[Figure]:
    found: list[list[Flow]] = [[], []]
    for turn in range(context.rounds):
        for begin, flows in zip((ours, theirs), found, strict=True):
            uploads = [begin(LARGE) for _ in range(UPLOADS)]
            part = os.urandom(PART)
            senders = [lambda upload=upload, part=part: upload.send(part) for upload in uploads]
            flood(senders, context.warm_up)
            flows.append(flood(senders, context.seconds))
            for upload in uploads:
                upload.close()
            # Neither side shall pay for writing out what the other has sent.
            _clear(context.unlimited.data, context.tus.folder)
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


def _clear(data: Path, folder: Path) -> None:
    """Remove the bytes that were sent, on both sides."""
    for file in itertools.chain(data.glob("files/**/content*"), folder.iterdir()):
        if file.is_file():
            file.unlink()


def _memory(servers: list[psutil.Process], begin: Begin) -> list[float]:
    """The peak of the largest process in MB: with a small file sent, a large one sent, and that one fetched."""
    part = os.urandom(PART)
    peaks = []
    for size in (SMALL, LARGE):
        upload = begin(size)
        processes.forget_peaks(servers)
        for start in range(0, size, PART):
            upload.send(part[: size - start])
        peaks.append(processes.peak(servers))
    upload.wait()
    processes.forget_peaks(servers)
    if upload.fetch() != LARGE:
        raise BenchFailed("a file came back with another size than it was sent with")
    peaks.append(processes.peak(servers))
    upload.close()
    return peaks


def _growth(ours: list[float], theirs: list[float]) -> list[Figure]:
    small, sent, fetched = ([value] for value in ours)
    small_theirs, sent_theirs, fetched_theirs = ([value] for value in theirs)
    growth = [max(ours[1:]) - ours[0]]
    return [
        Figure("memory with 10 MB sent, MB", small, small_theirs),
        Figure("memory with 3 GB sent, MB", sent, sent_theirs),
        Figure("memory with 3 GB fetched, MB", fetched, fetched_theirs),
        Figure("memory from 10 MB to 3 GB, MB more", growth, [max(theirs[1:]) - theirs[0]], GROWTH),
    ]
