"""Prism, which mocks an API out of its description: what an integrator uses today. Installed from npm."""

from pathlib import Path

from . import npm
from .peer import Peer
from .vitrina_server import free_port

VERSION = "5.14.2"  # the last one for Node.js 20; later ones want 24


class Prism(Peer):
    """`prism mock` of one description; its log has lines for each request."""

    def __init__(self, cache: Path, description: Path, log: Path) -> None:
        folder = npm.install(cache, "prism", {"@stoplight/prism-cli": VERSION}, "18.20")
        port = free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        program = folder / "node_modules" / ".bin" / "prism"
        super().__init__(
            "Prism",
            [program, "mock", "--host", "127.0.0.1", "--port", str(port), str(description)],
            log,
            lambda: "Prism is listening" in self.said,
            # In production it answers in a process of its own and formats its log in another: its best.
            environment={"NODE_ENV": "production", "NO_COLOR": "1"},
        )
