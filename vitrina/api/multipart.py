"""Bodies of multipart/form-data, read as they come in; memory does not grow with them."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, TypeAlias

from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from ..domain.problems import invalid
from .call import BodyTooLarge, MediaTypeNotSupported

OVERHEAD = 64 * 1024  # bytes of boundaries and headers around the parts
MOST_SEGMENTS = 100

Event: TypeAlias = MultipartSegment | bytes | bytearray | None
"""The head of a part, its bytes in pieces, and None at its end."""


async def read_parts(
    request: Request[Any, Any, Any], most: int, too_large: str
) -> AsyncGenerator[Event, None]:
    """The parts of a body of at most `most` bytes; raises MediaTypeNotSupported, BodyTooLarge(too_large), Invalid."""
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get("boundary", "")
    if media_type.lower() != "multipart/form-data" or not boundary:
        raise MediaTypeNotSupported("send the files as multipart/form-data with a boundary")
    try:
        with PushMultipartParser(boundary, max_segment_count=MOST_SEGMENTS) as parser:
            async for piece in _bounded(request, most + OVERHEAD, too_large):
                for event in parser.parse(piece):
                    yield event
    except MultipartError as error:
        raise invalid("body", f"this is not valid multipart/form-data: {error}") from None


async def _bounded(request: Request[Any, Any, Any], most: int, too_large: str) -> AsyncIterator[bytes]:
    """The body in pieces, refused as soon as it is known to be too large."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise BodyTooLarge(too_large)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise BodyTooLarge(too_large)
        yield piece
