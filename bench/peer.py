"""A peer's process: started, waited for, ended with all its children."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from .result import BenchFailed

_PATIENCE = 60  # seconds


class Peer:
    """A program that serves; what it says goes to a file. `ready` tells when it can be asked."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        ready: Callable[[], bool],
        *,
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
        stop: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._ready = ready
        self._stop = stop
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                process_group=0,
                user=user,
            )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._ready():
                return self
            time.sleep(0.01)
        self.__exit__()
        raise BenchFailed(f"{self.name} did not start; its last words:\n{self.said[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, self._stop)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")


def answers(port: int) -> Callable[[], bool]:
    """Whether somebody takes connections on this port."""

    def ready() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ready
