"""Prism, which mocks an API out of its description: what an integrator uses today. Installed from npm."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

from .result import BenchFailed
from .vitrina_server import free_port

VERSION = "5.14.2"  # the last one for Node.js 20; later ones want 24
_PACKAGE = "@stoplight/prism-cli"
_PATIENCE = 60  # seconds


def node_version() -> str:
    return subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()


def install(cache: Path) -> Path:
    """Prism's program; installed into the cache once."""
    program = cache / "prism" / "node_modules" / ".bin" / "prism"
    mark = cache / "prism" / f"installed-{VERSION}"
    if mark.exists() and program.exists():
        return program
    if not shutil.which("npm") or not shutil.which("node"):
        raise BenchFailed(
            "Prism is what Vitrina is measured against, and it needs Node.js 18.20 or newer with npm:"
            " install them (nodejs.org, or your system's packages), then run this again."
        )
    mark.parent.mkdir(parents=True, exist_ok=True)
    npm = ["npm", "install", "--prefix", str(mark.parent), "--no-audit", "--no-fund", "--loglevel=error"]
    ran = subprocess.run([*npm, f"{_PACKAGE}@{VERSION}"], capture_output=True, text=True)
    if ran.returncode or not program.exists():
        raise BenchFailed(f"npm could not install {_PACKAGE} {VERSION}: {ran.stderr.strip()[-1000:]}")
    mark.touch()
    return program


class Prism:
    """`prism mock` of one description; its log, with lines for each request, goes to a file."""

    def __init__(self, program: Path, description: Path, log: Path) -> None:
        self.log = log
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                [program, "mock", "--host", "127.0.0.1", "--port", str(self.port), str(description)],
                # In production it answers in a process of its own and formats its log in another: its best.
                env=os.environ | {"NODE_ENV": "production", "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                process_group=0,
            )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            if "Prism is listening" in self.log.read_text(errors="replace"):
                return self
            time.sleep(0.1)
        self.__exit__()
        raise BenchFailed(f"Prism did not start; its last words:\n{self.log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, 15)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
