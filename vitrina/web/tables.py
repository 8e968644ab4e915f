"""Tables as CSV, streamed: however long one is, only some rows are in memory at a time."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, datetime

from ..api.answers import Body, Streamed
from .visit import Answer, Visit
from .words import Language

Cell = str | int | float | date | datetime | None

# What a spreadsheet would run instead of showing.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


async def table_answer(visit: Visit, name: str, rows: AsyncIterator[list[list[Cell]]]) -> Answer:
    """A CSV file as programs of the visitor's language read it: with commas, or with semicolons in Russian."""
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Streamed(Body(200, headers, None, _pieces(visit.language, rows)), {})


async def _pieces(language: Language, rows: AsyncIterator[list[list[Cell]]]) -> AsyncIterator[bytes]:
    yield "\ufeff".encode()  # or spreadsheets take UTF-8 for something else
    async for some in rows:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";" if language == "ru" else ",", lineterminator="\r\n")
        writer.writerows([text_of(cell, language) for cell in row] for row in some)
        yield out.getvalue().encode()


def text_of(cell: Cell, language: Language) -> str:
    """A cell's text. Numbers stay numbers; a text that a spreadsheet would take for a formula is quoted."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        text = f"{cell:.2f}"
        return text.replace(".", ",") if language == "ru" else text
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if not isinstance(cell, str):
        return str(cell)
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
