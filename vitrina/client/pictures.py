"""Pictures and clips: sent whole, answered with the URIs under which they are kept."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec

from .connection import Connection, read
from .errors import Unusable

MOST_PICTURE = 5 * 1024**2  # bytes
MOST_IN_GALLERY = 8
_IMAGES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_GALLERY = _IMAGES | {".mp4": "video/mp4"}


class Uris(msgspec.Struct):
    """Where pictures are kept."""

    uris: list[str] = []


class Pictures:
    """Uploads covers of contents, and galleries of offers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def upload_illustration(self, path: str | Path) -> list[str]:
        """Upload a content's cover (PNG or JPEG up to 5 MB): its URIs by width (480, 1280, 1920), for `thumbnail`."""
        return read(self.send("/api/v1/content/illustration", path, {}, creates=True), Uris).uris

    def upload_gallery(self, paths: Sequence[str | Path]) -> list[str]:
        """Upload up to 8 pictures (PNG, JPEG; 5 MB) and clips (MP4; 50 MB; all 100 MB): URIs in the same order."""
        kinds = [(Path(path), _kind(Path(path), _GALLERY)) for path in paths]
        if not 1 <= len(kinds) <= MOST_IN_GALLERY:
            raise Unusable(f"a gallery has 1 to {MOST_IN_GALLERY} files, not {len(kinds)}.")
        with ExitStack() as open_files:
            files = [(path.name, open_files.enter_context(path.open("rb")), kind) for path, kind in kinds]

            def body() -> dict[str, Any]:
                for _, file, _ in files:
                    file.seek(0)
                return {"files": [("files", file) for file in files]}

            response = self._connection.ask("POST", "/api/v1/content/gallery", body=body, creates=True)
        return read(response, Uris).uris

    def send(
        self, to: str, path: str | Path, headers: dict[str, str], *, creates: bool = False
    ) -> httpx.Response:
        """Send one picture as the body of a POST."""
        path = Path(path)
        kind = _kind(path, _IMAGES)
        size = path.stat().st_size
        if size > MOST_PICTURE:
            raise Unusable(f"{path} has {size:,} bytes; a picture has at most {MOST_PICTURE:,}.")
        data = path.read_bytes()
        headers = headers | {"X-Content-Type": kind, "Content-Type": "application/octet-stream"}
        return self._connection.ask(
            "POST", to, headers=headers, body=lambda: {"content": data}, creates=creates
        )


def _kind(path: Path, kinds: dict[str, str]) -> str:
    try:
        return kinds[path.suffix.lower()]
    except KeyError:
        allowed = ", ".join(kinds)
        raise Unusable(
            f"{path}: the kind of a file is told by its name; here it is one of {allowed}."
        ) from None
