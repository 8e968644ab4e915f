"""A fresh Vitrina with its own data folder, on a free port, with the settings everybody gets."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from vitrina.store.embedded import running_dsn

from .result import BenchFailed

ROOT = Path(__file__).resolve().parents[1]
_PATIENCE = 120  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class VitrinaServer:
    """`vitrina serve` as a process; its log, with a line a request, goes to a file."""

    def __init__(self, data: Path, tree: Path = ROOT, **settings: str) -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        self.port = port = free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        self.seconds_to_ready = 0.0
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VITRINA_")}
        own = {"VITRINA_DATA": str(data), "VITRINA_PORT": str(port), **settings}
        self._began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vitrina", "serve"],
                cwd=tree,
                env=clean | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=5):
                    self.seconds_to_ready = time.monotonic() - self._began
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)
        self.__exit__()
        raise BenchFailed(f"Vitrina did not start; its last words:\n{self.log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()

    @property
    def database_url(self) -> str:
        url = running_dsn(self.data)
        if url is None:
            raise BenchFailed("Vitrina's database does not run any more.")
        return url

    def get(self, path: str, token: str = "") -> bytes:
        return fetch(self.base_url + path, token)


def fetch(url: str, token: str = "") -> bytes:
    """The body of a 200; raises BenchFailed for any other answer."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())
    except urllib.error.URLError as error:
        said = error.read().decode(errors="replace") if isinstance(error, urllib.error.HTTPError) else ""
        raise BenchFailed(f"{url}: {error} {said}") from None
