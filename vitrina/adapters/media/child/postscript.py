"""Drawings as EPS: what their comments say. Pure byte reading; the program in them is run by Ghostscript alone."""

import re
import struct
from pathlib import Path
from typing import Any

from . import metadata
from .refusal import Refusal

MOST_BYTES = 100 << 20
PLAIN = "plain.eps"
BINARY = b"\xc5\xd0\xd3\xc6"
ENDS = 256 << 10  # where comments are looked for, at the start and at the end
FARTHEST = 1e6  # points from the origin
NUMBER = rb"\s+(-?\d{1,9}(?:\.\d{1,9})?)"
BOX = re.compile(rb"^%%(?:HiRes)?BoundingBox:" + NUMBER * 4, re.MULTILINE)

TOO_BIG = f"The drawing is larger than {MOST_BYTES >> 20} MB; simplify it and send it again."
CUT_SHORT = "The drawing is cut short; save it as EPS again and send it once more."
NO_BOX = (
    "The drawing does not say how large it is (%%BoundingBox); save it as EPS again and send it once more."
)
LINE = "The drawing is a mere line; only drawings with a width and a height are sold."


def main(_arguments: dict[str, Any]) -> dict[str, Any]:
    """`file` is the one to run; `box` left, bottom, right and top in points; `told` what is written in it."""
    if Path("source").stat().st_size > MOST_BYTES:
        raise Refusal(TOO_BIG)
    data, file = Path("source").read_bytes(), "source"
    if data.startswith(BINARY):
        data, file = program_of(data), PLAIN
        Path(PLAIN).write_bytes(data)
    return {"file": file, "box": box(data), "told": told_in(data)}


def program_of(data: bytes) -> bytes:
    """A file with a preview for old programs: a header says where the drawing itself stands."""
    if len(data) < 30:
        raise Refusal(CUT_SHORT)
    start, length = struct.unpack_from("<II", data, 4)
    found = data[start : start + length]
    if start < 30 or len(found) < length or not found.startswith(b"%!"):
        raise Refusal(CUT_SHORT)
    return found


def box(data: bytes) -> tuple[float, float, float, float]:
    """The one that stands first, or, where it is put off with `(atend)`, last."""
    found = BOX.search(data[:ENDS].replace(b"\r", b"\n")) or BOX.search(data[-ENDS:].replace(b"\r", b"\n"))
    if found is None:
        raise Refusal(NO_BOX)
    left, bottom, right, top = (float(number) for number in found.groups())
    width, height = right - left, top - bottom
    if max(map(abs, (left, bottom, right, top))) > FARTHEST or min(width, height) <= 0:
        raise Refusal(NO_BOX)
    if max(width, height) > 50 * min(width, height):
        raise Refusal(LINE)
    return left, bottom, right, top


def told_in(data: bytes) -> metadata.Told:
    """XMP wins over the comments; a title that is a file's name says nothing."""
    start = data.find(b"<x:xmpmeta")
    end = data.find(b"</x:xmpmeta>", start, start + metadata.MOST_BYTES) if start >= 0 else -1
    told = metadata.xmp(data[start : end + len(b"</x:xmpmeta>")]) if end >= 0 else {}
    for key, name in (("title", b"Title"), ("author", b"For")):
        found = re.search(
            rb"^%%" + name + rb":([^\r\n]{1,1000})", data[:ENDS].replace(b"\r", b"\n"), re.MULTILINE
        )
        text = metadata.clean(metadata.decoded(found[1], utf8=False)).strip("() ") if found else ""
        if text and not re.search(r"\.\w{2,4}$", text):
            told.setdefault(key, text[:200])
    return told
