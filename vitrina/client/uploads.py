"""Uploads: a master file sent in parts of 2 MiB by a few threads, begun anew or gone on with."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from .connection import Connection, Stopped, read, rest
from .errors import Unusable
from .patience import Pace

PART = 2 * 1024**2  # bytes
PIECE = 128 * 1024  # bytes between two reports of progress
MOST_FILE = 3 * 1024**3  # bytes
THREADS = 4
TYPES = {
    ".mp4": "video/mp4",
    ".mp3": "audio/mpeg",
    ".pdf": "application/pdf",
    ".epub": "application/epub+zip",
    ".txt": "text/plain",
}
_CATEGORIES = {"video/mp4": 1, "audio/mpeg": 2}
_DOCUMENT = 4

Progress = Callable[[int, int], None]
"""Told how many bytes are done, and how many there are."""


class Upload(msgspec.Struct, kw_only=True):
    """An upload: the content that it makes, the uuid to go on with, and the master's URI once all is sent."""

    content_id: int
    uuid: str
    uri: str = ""


class UploadState(msgspec.Struct, kw_only=True):
    """How far an upload is: `size` and `part_size` in bytes, numbers of parts from 1."""

    uuid: str
    content_id: int
    part_size: int
    size: int
    received: list[int] = []
    missing: list[int] = []
    status: int = 0
    expires: datetime | None = None


class _PartAnswer(msgspec.Struct):
    chunk: int = 0
    uri: str = ""


def content_type_of(path: Path) -> str:
    """The media type of a work by its file's name; raises Unusable."""
    try:
        return TYPES[path.suffix.lower()]
    except KeyError:
        allowed = ", ".join(TYPES)
        raise Unusable(f"{path}: the kind of a work is told by its name; it is one of {allowed}.") from None


def category_of(content_type: str) -> int:
    """1 video, 2 audio, 4 document."""
    return _CATEGORIES.get(content_type, _DOCUMENT)


def begin(
    connection: Connection,
    path: Path,
    title: str,
    description: str,
    content_type: str,
    meta: dict[str, Any] | None,
) -> Upload:
    """Announce a file of this size."""
    size = path.stat().st_size
    if not 1 <= size <= MOST_FILE:
        raise Unusable(f"{path} has {size:,} bytes; a work has 1 to {MOST_FILE:,} (3 GiB).")
    parts = [
        {"index": index, "size": min(PART, size - start)}
        for index, start in enumerate(range(0, size, PART), 1)
    ]
    body = {
        "title": title,
        "description": description,
        "catalog_id": category_of(content_type),
        "content_type": content_type,
        "parts": parts,
        "meta": meta,
    }
    return read(connection.post("/api/v1/content/upload/init", body, creates=True), Upload)


class Sender:
    """Sends the parts of one file; holds no more of it than one part a thread."""

    def __init__(
        self,
        connection: Connection,
        path: Path,
        uuid: str,
        content_type: str,
        threads: int,
        progress: Progress | None,
    ) -> None:
        self._connection = connection
        self._path = path
        self._headers = {
            "Content-Type": "application/octet-stream",
            "X-Content-Type": content_type,
            "X-Wbd-Content-Uuid": uuid,
        }
        self._threads = max(1, threads)
        self._pace = Pace(self._threads)
        self._stop = threading.Event()
        self._reading = threading.Lock()
        self._telling = threading.Lock()
        self._progress = progress
        self._size = path.stat().st_size
        self._part_size = PART
        self._sent = 0

    def send(self, state: UploadState | None = None) -> str:
        """Send all parts, or those that `state` says are missing; the master's URI, empty if none was.

        Raises Unusable when the file is not the one that was announced.
        """
        missing = range(1, -(-self._size // PART) + 1) if state is None else self._missing(state)
        self._tell(0)
        uri = ""
        with self._path.open("rb") as file, ThreadPoolExecutor(self._threads, "vitrina-upload") as pool:
            try:
                for done in as_completed([pool.submit(self._send_part, file, index) for index in missing]):
                    uri = done.result() or uri
            finally:
                # Also after Ctrl-C: what is under way breaks off, what waits is dropped.
                self._stop.set()
                pool.shutdown(cancel_futures=True)
        return uri

    def _missing(self, state: UploadState) -> list[int]:
        if state.size != self._size:
            raise Unusable(
                f"{self._path} has {self._size:,} bytes, but the upload was begun with {state.size:,}: "
                "it is another file, or it has changed; upload it anew."
            )
        self._part_size = state.part_size
        self._sent = self._size - sum(self._length(index) for index in state.missing)
        return state.missing

    def _length(self, index: int) -> int:
        return min(self._part_size, self._size - self._part_size * (index - 1))

    def _send_part(self, file: BinaryIO, index: int) -> str:
        rest(0, self._stop)
        data = self._read(file, index)
        headers = {**self._headers, "X-Wbd-Part-Index": str(index), "Content-Length": str(len(data))}
        counted = _Counted(data, self._tell, self._stop)
        response = self._connection.ask(
            "POST",
            "/api/v1/content/upload/chunk",
            headers=headers,
            body=lambda: {"content": counted.pieces()},
            pace=self._pace,
            stop=self._stop,
        )
        counted.complete()
        return read(response, _PartAnswer).uri

    def _read(self, file: BinaryIO, index: int) -> bytes:
        with self._reading:
            file.seek(self._part_size * (index - 1))
            data = file.read(self._length(index))
        if len(data) != self._length(index):
            raise Unusable(f"{self._path} became shorter while it was sent; upload it anew.")
        return data

    def _tell(self, more: int) -> None:
        with self._telling:
            self._sent += more
            if self._progress:
                self._progress(self._sent, self._size)


class _Counted:
    """The bytes of one part; each try tells what it sends, and takes back what the last one sent in vain."""

    def __init__(self, data: bytes, tell: Callable[[int], None], stop: threading.Event) -> None:
        self._data = data
        self._tell = tell
        self._stop = stop
        self._told = 0

    def pieces(self) -> Iterator[bytes]:
        self._count(-self._told)
        for start in range(0, len(self._data), PIECE):
            if self._stop.is_set():
                raise Stopped
            piece = self._data[start : start + PIECE]
            yield piece
            self._count(len(piece))

    def complete(self) -> None:
        """Whatever a server did not care to read has arrived all the same."""
        self._count(len(self._data) - self._told)

    def _count(self, more: int) -> None:
        if more:
            self._told += more
            self._tell(more)
