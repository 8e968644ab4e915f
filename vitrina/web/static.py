"""Style sheets, scripts and drawings: addresses that change with the bytes, so that they are kept for ever."""

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

import msgspec

from ..api.answers import Whole

_TYPES = {
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "js": "text/javascript; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_AN_HOUR = "public, max-age=3600"
_LEAST_TO_PACK = 1024  # bytes


class StaticFile(msgspec.Struct, frozen=True):
    """A file with its type, its mark, and itself packed where that pays."""

    body: bytes
    media_type: str
    mark: str
    packed: bytes | None


@cache
def static_address(name: str) -> str:
    """Where a page finds a file; another address when its bytes change."""
    found = static_file(name)
    assert found, f"there is no static file {name}"
    return f"/static/{name}?v={found.mark}"


@cache
def _existing() -> dict[str, StaticFile]:
    """All files there are, by name: no name that comes from outside ever touches the disk."""
    found = {}
    folders = [("", files("vitrina.web") / "static")]
    while folders:
        before, folder = folders.pop()
        for entry in folder.iterdir():
            if entry.is_dir():
                folders.append((f"{before}{entry.name}/", entry))
            elif media_type := _TYPES.get(entry.name.rpartition(".")[2]):
                body = entry.read_bytes()
                packed = gzip.compress(body, 9, mtime=0) if len(body) >= _LEAST_TO_PACK else None
                mark = sha256(body).hexdigest()[:12]
                found[before + entry.name] = StaticFile(body, media_type, mark, packed)
    return found


def static_file(name: str) -> StaticFile | None:
    return _existing().get(name)


def static_answer(found: StaticFile, headers: Mapping[str, str], mark: str | None) -> Whole:
    """The file as a client takes it: packed, or not at all if it has it."""
    told = {
        "Content-Type": found.media_type,
        "Cache-Control": _FOR_EVER if mark == found.mark else _FOR_AN_HOUR,
        "ETag": f'"{found.mark}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if headers.get("if-none-match", "").strip() == told["ETag"]:
        return Whole(304, b"", told)
    if found.packed is not None and "gzip" in headers.get("accept-encoding", ""):
        return Whole(200, found.packed, told | {"Content-Encoding": "gzip"})
    return Whole(200, found.body, told)
