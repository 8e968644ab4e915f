"""One upload to Vitrina over a connection of its own, with the methods of the peer's."""

import time

import msgspec

from .result import BenchFailed
from .sockets import Answer, Connection
from .vitrina_server import VitrinaServer

PART = 2 * 1024 * 1024  # bytes
_PATIENCE = 60  # seconds
_CHUNK = "POST /api/v1/content/upload/chunk"


class VitrinaUpload:
    """A film of `size` bytes, sent part after part."""

    def __init__(self, server: VitrinaServer, token: str, size: int) -> None:
        self._connection = Connection(server.port)
        self._token = {"Authorization": f"Bearer {token}"}
        parts = [
            {"index": index, "size": min(PART, size - start)}
            for index, start in enumerate(range(0, size, PART), 1)
        ]
        film = {"title": "Film", "description": "A film", "catalog_id": 1, "content_type": "video/mp4"}
        body = msgspec.json.encode(film | {"parts": parts, "meta": None})
        headers = self._token | {"Content-Type": "application/json"}
        begun = self._connection.ask("POST /api/v1/content/upload/init", headers, body)
        if begun.status != 200:
            raise BenchFailed(f"Vitrina did not begin an upload: {begun.status} {begun.body!r}")
        self._headers = self._token | {
            "Content-Type": "application/octet-stream",
            "X-Content-Type": "video/mp4",
            "X-Wbd-Content-Uuid": msgspec.json.decode(begun.body)["uuid"],
        }
        self._sent = 0
        self.uri = ""

    def send(self, part: bytes) -> int:
        """Send the next part; its size, once it was acknowledged."""
        self._sent += 1
        headers = self._headers | {"X-Wbd-Part-Index": str(self._sent)}
        answer = self._connection.ask(_CHUNK, headers, part)
        if answer.status != 200:
            raise BenchFailed(f"Vitrina refused part {self._sent}: {answer.status} {answer.body!r}")
        self.uri = msgspec.json.decode(answer.body)["uri"]
        return len(part)

    def wait(self) -> None:
        """Until the job that comes after the last part has put the file in its place."""
        deadline = time.monotonic() + _PATIENCE
        while self._ask("HEAD").status != 200:
            if time.monotonic() > deadline:
                raise BenchFailed(f"Vitrina has not put {self.uri} in its place within {_PATIENCE} s.")
            time.sleep(0.1)

    def fetch(self) -> int:
        """Download the finished file whole; its size."""
        answer = self._ask("GET")
        if answer.status != 200:
            raise BenchFailed(f"Vitrina does not give {self.uri}: {answer.status}")
        return answer.size

    def _ask(self, method: str) -> Answer:
        path = f"/api/v1/content/download/{self.uri}"
        return self._connection.ask(f"{method} {path}", self._token, keep=False)

    def close(self) -> None:
        self._connection.close()
