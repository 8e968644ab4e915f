"""Stock drawings as EPS: Ghostscript, where there is one, renders them into a picture that the rest works with."""

import msgspec

from vitrina.adapters.media.process import UNREADABLE, Children
from vitrina.adapters.media.results import MediaRefused
from vitrina.adapters.media.tools import find_ghostscript
from vitrina.adapters.media.workplace import Workplace

NEEDS_GHOSTSCRIPT = (
    "EPS drawings need Ghostscript, which this host has not; install it (gs) and send them again."
)
PAGE = "page.png"
MOST_BYTES = 512 << 20
"""Of all files while one drawing is rendered: a program may write as many as it likes."""


async def render(children: Children, program: str, place: Workplace, side: int) -> tuple[int, int]:
    """Draw it into PAGE, transparent where nothing is drawn, its longest side so many pixels; its sides in points."""
    seen = await children.verb("postscript", place.folder)
    left, bottom, right, top = seen["box"]
    wide, tall = right - left, top - bottom
    scale = side / max(wide, tall)
    width, height = max(round(wide * scale), 1), max(round(tall * scale), 1)
    command = [
        program, "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dNOPROMPT", "-sDEVICE=pngalpha",
        # The page is as large as we say, whatever the program asks for.
        f"-g{width}x{height}", "-dFIXEDMEDIA", f"-r{72 * scale:.6f}",
        "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", f"-sOutputFile={PAGE}",
        "-c", f"{-left:.6f} {-bottom:.6f} translate", "-f", seen["file"],
    ]  # fmt: skip
    bounded = Children(msgspec.structs.replace(children.limits, output_bytes=MOST_BYTES))
    await bounded.tool(command, place.folder)
    if not (place.folder / PAGE).exists():
        raise MediaRefused(UNREADABLE)
    return sides(seen["box"])


def sides(box: list[float]) -> tuple[int, int]:
    """Width and height in whole points, which count as pixels."""
    return max(round(box[2] - box[0]), 1), max(round(box[3] - box[1]), 1)


def required() -> str:
    """Ghostscript's path; MediaRefused without one, for whoever sends a drawing in."""
    program = find_ghostscript()
    if program is None:
        raise MediaRefused(NEEDS_GHOSTSCRIPT)
    return program
