"""Child processes for untrusted files: started under limits, watched, ended as a group."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from vitrina.adapters.media.child.launch import REFUSED, RETRY
from vitrina.adapters.media.child.refusal import TOO_MUCH_MEMORY
from vitrina.adapters.media.results import MediaLimits, MediaRefused, MediaUnavailable

LAUNCHER = str(Path(__file__).parent / "child" / "launch.py")
UNREADABLE = (
    "The file is damaged or not of its stated kind; check that it opens on your computer and upload it again."
)
TOO_SLOW = "The file takes too long to process; make it shorter or simpler and upload it again."
TOO_BIG = "The file grows too large when it is processed; make it shorter or simpler and upload it again."
TOLD = 1 << 20
WATCH_SECONDS = 1.0
LEAST_FREE = 64 << 20
# As ffmpeg, x264 and pandoc say it.
NO_MEMORY = ("cannot allocate memory", "malloc of size", "out of memory")


class Ended(msgspec.Struct, frozen=True):
    """A child that ended by itself: exit status (negative = signal) and the bounded text it wrote."""

    status: int
    out: bytes
    err: bytes


class Children:
    """Runs tools and verbs under limits. Every child works in the folder it is given."""

    def __init__(self, limits: MediaLimits) -> None:
        self.limits = limits

    async def verb(
        self,
        name: str,
        work: Path,
        /,
        *,
        seconds: float | None = None,
        memory: int | None = None,
        **arguments: object,
    ) -> Any:
        """The JSON answer of `child.NAME.main(arguments)`; MediaRefused or MediaUnavailable otherwise."""
        words = ["verb", name, msgspec.json.encode(arguments).decode()]
        ended = await self._run([sys.executable, "-I", LAUNCHER], words, work, seconds, memory)
        if ended.status != 0:
            raise explain(ended)
        return msgspec.json.decode(ended.out)

    async def tool(
        self, command: Sequence[str], work: Path, *, seconds: float | None = None, memory: int | None = None
    ) -> Ended:
        """What the tool said when all went well; MediaRefused or MediaUnavailable otherwise."""
        ended = await self._run(
            [sys.executable, "-I", "-S", LAUNCHER], ["exec", *command], work, seconds, memory
        )
        if ended.status != 0:
            raise explain(ended)
        return ended

    async def _run(
        self,
        start: Sequence[str],
        words: Sequence[str],
        work: Path,
        seconds: float | None,
        memory: int | None,
    ) -> Ended:
        seconds = seconds or self.limits.seconds
        memory = memory or self.limits.memory_bytes
        cpu = int(seconds * self.limits.threads) + 1
        bounds = [str(value) for value in (os.getpid(), cpu, memory, self.limits.output_bytes)]
        try:
            process = await asyncio.create_subprocess_exec(
                *start, *bounds, *words,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=work, env=environment(work), start_new_session=True,
            )  # fmt: skip
        except OSError as problem:
            raise MediaUnavailable(f"cannot start a child process: {problem}") from problem
        try:
            return await self._follow(process, work, seconds)
        finally:
            await end(process)

    async def _follow(self, process: asyncio.subprocess.Process, work: Path, seconds: float) -> Ended:
        assert process.stdout is not None
        assert process.stderr is not None
        watch = asyncio.ensure_future(self._watch(work))
        told = asyncio.gather(told_by(process.stdout), told_by(process.stderr), process.wait())
        try:
            done, _ = await asyncio.wait((watch, told), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                raise overdue(process.pid, seconds)
            if watch in done:
                watch.result()
            out, err, status = await told
            return Ended(status, out, err)
        finally:
            watch.cancel()
            told.cancel()
            await asyncio.gather(watch, told, return_exceptions=True)

    async def _watch(self, work: Path) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if await asyncio.to_thread(weight, work) > self.limits.output_bytes:
                raise MediaRefused(TOO_BIG)
            if shutil.disk_usage(work).free < LEAST_FREE:
                raise MediaUnavailable("the disk is full")


async def told_by(stream: asyncio.StreamReader) -> bytes:
    """The first TOLD bytes that a child says; the rest is read and dropped, so that it never blocks."""
    told = bytearray()
    while block := await stream.read(1 << 16):
        if len(told) < TOLD:
            told += block
    return bytes(told)


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill the child's whole group, if it still runs, and wait until it is gone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


def environment(work: Path) -> Mapping[str, str]:
    """All that a child is told of this machine."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(work),
        "TMPDIR": str(work),
        "MALLOC_ARENA_MAX": "2",
        "VIPS_CONCURRENCY": "1",
    }


def weight(folder: Path) -> int:
    """Bytes of all files below the folder; files that vanish meanwhile count nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def overdue(group: int, seconds: float) -> MediaRefused | MediaUnavailable:
    """Whose fault a wall-clock timeout is: a group that kept a processor busy had a heavy file."""
    busy = processor_seconds(group)
    if busy < seconds / 2:
        return MediaUnavailable(f"a child used {busy:.1f} s of processor in {seconds:.1f} s and was stopped")
    return MediaRefused(TOO_SLOW)


def processor_seconds(group: int) -> float:
    """Processor time that the processes of a group have used; endless where the system does not tell."""
    if not os.path.exists("/proc/self/stat"):
        return float("inf")
    ticks = 0
    for entry in os.scandir("/proc"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if entry.name.isdigit():
                fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12]) if int(fields[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def explain(ended: Ended) -> MediaRefused | MediaUnavailable:
    """Turn a failed child into a problem; what it said is kept as a note for the log."""
    said = ended.err.decode("utf-8", "replace")
    problem: MediaRefused | MediaUnavailable
    if ended.status == REFUSED:
        return MediaRefused(said.strip())
    if ended.status == RETRY or "No space left on device" in said:
        problem = MediaUnavailable("the media tools or the disk failed")
    elif ended.status == -signal.SIGXCPU:
        problem = MediaRefused(TOO_SLOW)
    elif ended.status == -signal.SIGXFSZ:
        problem = MediaRefused(TOO_BIG)
    elif ended.status in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
        problem = MediaUnavailable("a child process was killed from outside")
    elif any(word in said.lower() for word in NO_MEMORY):
        problem = MediaRefused(TOO_MUCH_MEMORY)
    else:
        problem = MediaRefused(UNREADABLE)
    problem.add_note(f"exit status {ended.status}: {said[-2000:]}")
    return problem
