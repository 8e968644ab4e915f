"""@tus/server with @tus/file-store, the reference server of resumable uploads for Node.js. Installed from npm."""

import os
from pathlib import Path

from . import npm
from .peer import Peer, answers
from .result import BenchFailed
from .sockets import Connection
from .vitrina_server import free_port

VERSIONS = {"@tus/server": "2.4.5", "@tus/file-store": "2.1.1"}
_PROGRAM = """\
import { Server } from '@tus/server'
import { FileStore } from '@tus/file-store'
const [folder, port] = process.argv.slice(2)
const server = new Server({ path: '/files', datastore: new FileStore({ directory: folder }) })
server.listen({ host: '127.0.0.1', port: Number(port) })
"""


class Tus(Peer):
    """The server over a folder, as its documentation starts it."""

    def __init__(self, cache: Path, folder: Path) -> None:
        installed = npm.install(cache, "tus", VERSIONS, "20.19")
        program = installed / "serve.mjs"
        program.write_text(_PROGRAM)
        self.folder = folder
        self.port = free_port()
        super().__init__(
            "tus",
            ["node", program, folder, str(self.port)],
            folder.with_suffix(".log"),
            answers(self.port),
            environment={"NODE_ENV": "production"},
        )

    def clear(self) -> None:
        """Throw away what was sent; with it goes what the system has not written yet."""
        for file in self.folder.iterdir():
            file.unlink()


class TusUpload:
    """One upload, sent part after part, as the protocol wants."""

    def __init__(self, server: Tus, size: int) -> None:
        self._connection = Connection(server.port)
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size)}
        made = self._connection.ask("POST /files", headers)
        if made.status != 201:
            raise BenchFailed(f"tus did not begin an upload: {made.status} {made.body!r}")
        self._path = "/files/" + os.path.basename(made.headers["location"])
        self._sent = 0

    def send(self, part: bytes) -> int:
        """Send the next part; its size, once it was acknowledged."""
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(self._sent),
            "Content-Type": "application/offset+octet-stream",
        }
        answer = self._connection.ask(f"PATCH {self._path}", headers, part)
        if answer.status != 204:
            raise BenchFailed(f"tus refused a part: {answer.status} {answer.body!r}")
        self._sent += len(part)
        return len(part)

    def wait(self) -> None:
        """The file is in its place already."""

    def fetch(self) -> int:
        """Download the finished file whole; its size."""
        return self._connection.ask(f"GET {self._path}", {}, keep=False).size

    def close(self) -> None:
        self._connection.close()
