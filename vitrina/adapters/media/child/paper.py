"""PDF: how many pages, and a picture of the first."""

import math
from typing import Any

import pypdfium2
import pyvips

from .picture import COVER_WIDTHS, save_covers
from .refusal import Refusal

DAMAGED = "The PDF file is damaged; check that it opens in a reader, save it again and upload it."
LOCKED = "The PDF file is protected by a password; remove the protection and upload it again."
COVER_PIXELS = 8_000_000


def main(arguments: dict[str, Any]) -> dict[str, Any]:
    """{"pages": count, "covers": names}; covers stay empty when the first page cannot be drawn."""
    try:
        document = pypdfium2.PdfDocument("source")
        pages = len(document)
    except pypdfium2.PdfiumError as problem:
        raise Refusal(LOCKED if "password" in str(problem).lower() else DAMAGED) from problem
    if not 1 <= pages <= arguments["pages"]:
        raise Refusal(
            DAMAGED if pages < 1 else "The PDF file has too many pages; split it and upload the parts."
        )
    try:
        image = first_page(document)
    except (pypdfium2.PdfiumError, pyvips.Error, ValueError):
        return {"pages": pages, "covers": []}
    return {"pages": pages, "covers": save_covers(image)}


def first_page(document: pypdfium2.PdfDocument) -> pyvips.Image:
    """The first page on white, as wide as the largest cover, bounded in pixels."""
    page = document[0]
    width, height = page.get_size()
    if not (0.1 < width < 1e6 and 0.1 < height < 1e6):
        raise ValueError("page of no sane size")
    scale = min(COVER_WIDTHS[-1] / width, math.sqrt(COVER_PIXELS / (width * height)), 20_000 / height)
    bitmap = page.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True, prefer_bgrx=True)
    image = pyvips.Image.new_from_memory(bytes(bitmap.buffer), bitmap.width, bitmap.height, 4, "uchar")
    return image.extract_band(0, n=3).copy(interpretation="srgb").copy_memory()
