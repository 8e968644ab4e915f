"""wrk, the load generator: installed when missing, run against each side in turn."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from .context import Context
from .result import BenchFailed, Figure, Goal

CONNECTIONS = 32
_ROTATE = Path(__file__).with_name("lua") / "rotate.lua"


class Load(msgspec.Struct, frozen=True):
    """What one run of wrk measured; latencies in ms."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def find_wrk() -> str:
    """The program; from Debian's package where there is none."""
    if found := shutil.which("wrk"):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--quiet", "wrk"]
        if subprocess.run(install, capture_output=True).returncode:
            subprocess.run(["apt-get", "update", "--quiet"], capture_output=True)
            subprocess.run(install, capture_output=True)
    if found := shutil.which("wrk"):
        return found
    raise BenchFailed("wrk makes the load and is not there: install it (Debian: `sudo apt-get install wrk`).")


def version() -> str:
    said = subprocess.run([find_wrk(), "--version"], capture_output=True, text=True).stdout
    return said.split(" [")[0].removeprefix("wrk ")


def load(base_url: str, requests: Path, seconds: int) -> Load:
    """Keep 32 connections busy with the requests of the file; raises BenchFailed if any went wrong."""
    command = [
        *(find_wrk(), "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"),
        *("--timeout", "10s", "--latency", "--script", str(_ROTATE), base_url, "--", str(requests)),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if ran.returncode or not ran.stdout.strip():
        raise BenchFailed(f"wrk stopped: {ran.stderr.strip() or ran.stdout.strip()}")
    found = msgspec.convert(json.loads(ran.stdout.strip().splitlines()[-1]), Load)
    if found.refused or found.broken:
        raise BenchFailed(
            f"{base_url}: {found.refused} of {found.requests} answers were errors, {found.broken} connections"
            " broke; a figure with errors in it says nothing."
        )
    return found


def in_turn(
    context: Context,
    requests: Sequence[tuple[str, str]],
    ours: str,
    theirs: str,
    rate: Goal,
    p99: Goal | None = None,
) -> list[Figure]:
    """The same requests (path and token) to both sides, A B A B A B, each warmed up before it is measured."""
    file = context.folder / "requests.txt"
    file.write_text("".join(f"{path} {token}\n" for path, token in requests))
    found: dict[str, list[Load]] = {ours: [], theirs: []}
    for turn in range(context.rounds):
        for base_url, loads in found.items():
            load(base_url, file, context.warm_up)
            loads.append(load(base_url, file, context.seconds))
        context.say(
            f"round {turn + 1}: {found[ours][-1].rate:,.0f} against {found[theirs][-1].rate:,.0f} requests/s"
        )
    return [
        Figure("requests/s", [one.rate for one in found[ours]], [one.rate for one in found[theirs]], rate),
        Figure("p50, ms", [one.p50 for one in found[ours]], [one.p50 for one in found[theirs]]),
        Figure("p99, ms", [one.p99 for one in found[ours]], [one.p99 for one in found[theirs]], p99),
    ]
