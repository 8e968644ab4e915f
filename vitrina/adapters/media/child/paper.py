"""PDF: how many pages, a picture of the first as a cover, and pages as they are read."""

import math
from typing import Any

import pypdfium2
import pyvips

from .picture import COVER_WIDTHS, save_covers, save_jpeg
from .refusal import Refusal

DAMAGED = "The PDF file is damaged; check that it opens in a reader, save it again and upload it."
LOCKED = "The PDF file is protected by a password; remove the protection and upload it again."
COVER_PIXELS = 8_000_000
SHEET_WIDTH = 1400  # pixels, of a page that is read
SHEET_PIXELS = 4_000_000
MOST_TEXT = 20_000  # letters of a page


def main(arguments: dict[str, Any]) -> Any:
    """`look`: {"pages": count, "covers": names}. `sheets`: pages as JPEGs in `made`, with what is written on them."""
    try:
        document = pypdfium2.PdfDocument("source")
        pages = len(document)
    except pypdfium2.PdfiumError as problem:
        raise Refusal(LOCKED if "password" in str(problem).lower() else DAMAGED) from problem
    if arguments["act"] == "sheets":
        first, last = arguments["first"], min(arguments["first"] + arguments["count"] - 1, pages)
        return [sheet(document, number) for number in range(first, last + 1)]
    return look(document, pages, arguments)


def look(document: pypdfium2.PdfDocument, pages: int, arguments: dict[str, Any]) -> dict[str, Any]:
    """Covers stay empty when the first page cannot be drawn."""
    if not 1 <= pages <= arguments["pages"]:
        raise Refusal(
            DAMAGED if pages < 1 else "The PDF file has too many pages; split it and upload the parts."
        )
    try:
        image = drawn(document[0], COVER_WIDTHS[-1], COVER_PIXELS)
    except (pypdfium2.PdfiumError, pyvips.Error, ValueError):
        return {"pages": pages, "covers": []}
    return {"pages": pages, "covers": save_covers(image)}


def sheet(document: pypdfium2.PdfDocument, number: int) -> dict[str, Any]:
    """A page as it is read; one that cannot be drawn is told of without a picture."""
    page = document[number - 1]
    told: dict[str, Any] = {"number": number, "width": 0, "height": 0, "text": written_on(page)}
    try:
        image = drawn(page, SHEET_WIDTH, SHEET_PIXELS)
    except (pypdfium2.PdfiumError, pyvips.Error, ValueError):
        return told
    save_jpeg(image, f"{number}.jpg")
    return told | {"width": image.width, "height": image.height}


def written_on(page: pypdfium2.PdfPage) -> str:
    """The words of a page; none of a page that is a picture itself."""
    try:
        text = page.get_textpage().get_text_range(count=-1)
    except pypdfium2.PdfiumError:
        return ""
    lines = ["".join(filter(str.isprintable, line)).strip() for line in text[:MOST_TEXT].splitlines()]
    return "\n".join(filter(None, lines))


def drawn(page: pypdfium2.PdfPage, widest: int, pixels: int) -> pyvips.Image:
    """A page on white, so wide, bounded in pixels."""
    width, height = page.get_size()
    if not (0.1 < width < 1e6 and 0.1 < height < 1e6):
        raise ValueError("page of no sane size")
    scale = min(widest / width, math.sqrt(pixels / (width * height)), 20_000 / height)
    bitmap = page.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True, prefer_bgrx=True)
    image = pyvips.Image.new_from_memory(bytes(bitmap.buffer), bitmap.width, bitmap.height, 4, "uchar")
    return image.extract_band(0, n=3).copy(interpretation="srgb").copy_memory()
