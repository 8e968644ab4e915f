"""Downloads: a file by its address, gone on with where it broke off, at its place only when it is whole."""

import os
import re
from pathlib import Path

import httpx
import msgspec

from .connection import Connection, rest
from .errors import refusal
from .uploads import Progress

_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)")


class _About(msgspec.Struct):
    """Which file a .part is the beginning of; beside it as .part.json. `uri` is any lasting name of it."""

    uri: str
    etag: str = ""


def download(
    connection: Connection,
    address: str,
    uri: str,
    path: Path,
    progress: Progress | None,
    *,
    follow: bool = False,
) -> Path:
    """Download to `path` by way of `path`.part; tries again as long as bytes keep coming.

    `uri` names the file for good, also where its `address` is another each time.
    """
    part = _Part(path, uri)
    patience = connection.patience()
    while True:
        had = part.size
        try:
            with connection.open(address, part.headers(), follow=follow) as response:
                if response.status_code in (200, 206):
                    part.take(response, progress)
                elif response.status_code == 416 and had:
                    if not part.is_whole(response):
                        part.drop()
                        continue
                else:
                    response.read()
                    delay = patience.after(response)
                    if delay is None:
                        raise refusal(response)
                    rest(delay)
                    continue
        except httpx.RequestError as error:
            if part.size > had:
                patience.renew()
            delay = patience.after(None)
            if delay is None:
                raise connection.unreachable(error) from error
            rest(delay)
            continue
        return part.finish()


class _Part:
    """What has come of a file so far; gone on with only if it is of the same URI and, where there is one, ETag."""

    def __init__(self, path: Path, uri: str) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._note = path.with_name(path.name + ".part.json")
        self._about = _About(uri)
        try:
            about = msgspec.json.decode(self._note.read_bytes(), type=_About)
        except (FileNotFoundError, msgspec.DecodeError):
            about = None
        if about and about.uri == uri:
            self._about = about
        else:
            self.drop()

    @property
    def size(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def drop(self) -> None:
        """Begin from the first byte."""
        self._part.unlink(missing_ok=True)
        self._about.etag = ""

    def headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if self.size:
            headers["Range"] = f"bytes={self.size}-"
            if self._about.etag and not self._about.etag.startswith("W/"):
                headers["If-Range"] = self._about.etag
        return headers

    def take(self, response: httpx.Response, progress: Progress | None) -> None:
        """Append what comes, or begin anew when the server sends the file from its start."""
        start, total = 0, int(response.headers.get("Content-Length", 0))
        if response.status_code == 206:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            start, total = (int(found[1] or -1), int(found[2])) if found else (-1, 0)
        if start != self.size:
            self.drop()
        if start not in (0, self.size):
            raise httpx.RemoteProtocolError("the server sent another range than it was asked for")
        self._about.etag = response.headers.get("ETag", "")
        self._note.write_bytes(msgspec.json.encode(self._about))
        done = start
        with self._part.open("ab") as file:
            if progress:
                progress(done, total)
            for piece in response.iter_raw():
                file.write(piece)
                done += len(piece)
                if progress:
                    progress(done, max(total, done))
            file.flush()
            os.fsync(file.fileno())
        if done < total:
            raise httpx.RemoteProtocolError(f"the connection broke off after {done:,} of {total:,} bytes")

    def is_whole(self, response: httpx.Response) -> bool:
        """Whether a range was refused because there is nothing left of the file."""
        found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        return found is not None and int(found[2]) == self.size > 0

    def finish(self) -> Path:
        self._part.replace(self._path)
        self._note.unlink(missing_ok=True)
        return self._path
