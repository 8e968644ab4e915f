"""The gallery's multipart body, written to temporary files as it comes in."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from multipart import MultipartSegment

from ...domain.pictures import MOST_CLIP, MOST_GALLERY, MOST_IN_GALLERY
from ...domain.problems import invalid
from ..multipart import Event, read_parts
from .call import SellerCall

_TOO_LARGE = f"all files of a gallery together have at most {MOST_GALLERY // 1024**2} MB"


@asynccontextmanager
async def gallery_files(call: SellerCall) -> AsyncIterator[list[Path]]:
    """The files of the field `files`, in order; gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="vitrina-") as folder:
        receiver = _Receiver(Path(folder))
        try:
            async with aclosing(read_parts(call.request, MOST_GALLERY, _TOO_LARGE)) as parts:
                async for event in parts:
                    receiver.take(event)
        finally:
            receiver.close()
        if not receiver.paths:
            raise invalid("files", "send at least one file in the field `files`")
        call.digest = receiver.digest
        yield receiver.paths


class _Receiver:
    """Writes the segments named `files` to one file each and passes over the others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._size = 0
        self._total = 0
        # Of the files, not of the body: a client that asks again chooses another boundary.
        self._hash = sha256()
        self.paths: list[Path] = []

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def take(self, event: Event) -> None:
        if isinstance(event, MultipartSegment):
            if event.name == "files":
                self._open()
        elif event is None:
            self.close()
        elif self._file:
            self._write(bytes(event))

    def _open(self) -> None:
        if len(self.paths) == MOST_IN_GALLERY:
            raise invalid("files", f"send at most {MOST_IN_GALLERY} files")
        path = self._folder / f"{len(self.paths)}"
        self.paths.append(path)
        self._file = path.open("wb")
        self._size = 0

    def _write(self, piece: bytes) -> None:
        assert self._file is not None
        self._size += len(piece)
        self._total += len(piece)
        if self._size > MOST_CLIP:
            reason = f"the file is larger than {MOST_CLIP // 1024**2} MB"
            raise invalid(f"files[{len(self.paths) - 1}]", reason)
        if self._total > MOST_GALLERY:
            raise invalid("files", f"all files together have at most {MOST_GALLERY // 1024**2} MB")
        self._hash.update(piece)
        self._file.write(piece)

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
            self._hash.update(self._size.to_bytes(8, "big"))
