"""contentDownloadGet: a file whole or by range (RFC 9110: one range, suffix, open end, If-Range)."""

import re
from collections.abc import AsyncIterator
from importlib.resources import files

import msgspec

from ...adapters.files import FilesUnavailable
from ...domain.downloads import Download
from ...domain.problems import FileNotFound, StorageUnavailable
from .call import Call
from .errors import RangeNotSatisfiable

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)
_ICON = re.compile(r"vol0/catalog/icons/(\d{1,3})\.svg")


class Body(msgspec.Struct):
    """An answer that is streamed: `size` bytes in `pieces`."""

    status: int
    headers: dict[str, str]
    size: int
    pieces: AsyncIterator[bytes]


async def download(call: Call) -> Body:
    uri = call.request.path_params["uri"].lstrip("/")
    if icon := _ICON.fullmatch(uri):
        return _icon(icon[1])
    found = await call.shop.downloads.find(call.seller, uri)
    headers = {
        "Content-Type": found.media_type,
        "Accept-Ranges": "bytes",
        "ETag": f'"{found.stat.etag}"',
        # What a seller uploaded is never run as a page of this shop.
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=0",
    }
    start, end, status = _range(call, found)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.stat.size}"
    pieces = call.shop.downloads.read(found, start, end)
    return Body(status, headers, end - start, await _begun(pieces) if end > start else pieces)


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Read the first piece at once, so that a store that fails is still an error and no broken 200."""
    try:
        first = await anext(pieces)
    except FilesUnavailable as failure:
        raise StorageUnavailable(str(failure)) from failure

    async def all() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all()


def _range(call: Call, found: Download) -> tuple[int, int, int]:
    """(first byte, byte after the last, status). A Range that is not understood is passed over, as RFC 9110 wants."""
    size = found.stat.size
    match = _RANGE.fullmatch(call.request.headers.get("range", "").strip())
    validator = call.request.headers.get("if-range")
    if not match or match.groups() == ("", "") or (validator and validator.strip() != f'"{found.stat.etag}"'):
        return 0, size, 200
    first, last = match.groups()
    if first:
        start, end = _offset(first), min(_offset(last) + 1, size) if last else size
        if last and _offset(last) < start:
            return 0, size, 200
    else:
        start, end = max(0, size - _offset(last)), size
    if start >= size or start >= end:
        raise RangeNotSatisfiable(f"the file has {size} bytes; it has no range {match[0][:60]!r}", size=size)
    return start, end, 206


def _offset(digits: str) -> int:
    """A byte position; one beyond any file is cut to what can be reckoned with."""
    return int(digits) if len(digits) < 19 else 10**18


def _icon(section: str) -> Body:
    icon = files("vitrina.web") / "static" / "sections" / f"{section}.svg"
    if not icon.is_file():
        raise FileNotFound(f"there is no icon of section {section}")
    data = icon.read_bytes()

    async def pieces() -> AsyncIterator[bytes]:
        yield data

    headers = {"Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=86400"}
    return Body(200, headers, len(data), pieces())
