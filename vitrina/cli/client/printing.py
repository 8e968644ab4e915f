"""How the client's commands show things: tables and pairs for people, JSON for programs; progress apart from both."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from ...client import Page
from .address import WrongUse

T = TypeVar("T")

# A table that goes into a file or a pipe is as wide as it needs to be, unless COLUMNS says otherwise.
_piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
out = Console(highlight=False, emoji=False, soft_wrap=True, width=500 if _piped else None)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)

_encoder = msgspec.json.Encoder(decimal_format="number")
_TEXTS = ("title", "offer", "key", "note", "prices", "licence")  # columns that may take several lines


def say(text: str) -> None:
    """One line for a person; brackets in it mean themselves."""
    out.print(clean(text), markup=False)


def note(text: str) -> None:
    """One line beside the output."""
    err.print(clean(text), markup=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; a column whose name begins with `> ` is of numbers."""
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in columns:
        side: Literal["left", "right"] = "right" if name.startswith("> ") else "left"
        long = name in _TEXTS
        shown.add_column(
            name.removeprefix("> "), justify=side, no_wrap=not long, overflow="fold", min_width=20 * long
        )
    for row in rows:
        shown.add_row(*(Text(clean(str(cell))) for cell in row))
    out.print(shown, soft_wrap=False)


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """Names and values below each other; empty values are left out."""
    shown = [(name, clean(str(value))) for name, value in rows if value not in ("", None)]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        out.print(Text.assemble((f"  {name:<{width}}  ", "dim"), value))


def rows_of(all: bool, every: Iterable[T], first: Callable[[], Page[T]]) -> tuple[list[T], int]:
    """The rows that a list shows, every one or those of its first page, and how many there are."""
    if all:
        rows = list(every)
        return rows, len(rows)
    page = first()
    return page.items, page.total


def as_json(value: Any) -> None:
    """JSON for programs, with the names of the wire."""
    out.out(msgspec.json.format(_encoder.encode(value)).decode(), highlight=False)


def tail(shown: int, total: int, more: str = "--all") -> None:
    """Below a list: that there is more."""
    if shown < total:
        note(f"{shown:,} of {total:,} are shown; {more} shows the rest.")


def clean(text: str) -> str:
    """Without characters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def size(count: int) -> str:
    """Bytes for a person."""
    amount = float(count)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.2f} GB"


def when(moment: datetime | None) -> str:
    """A time in the zone of this machine; empty without one, and for the wire's zero."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment and moment.timestamp() else ""


def bytes_bar() -> Progress:
    """A bar with amount, speed and time left; not shown where nobody watches."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def count_bar() -> Progress:
    """A bar that counts pieces."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def sure(question: str, yes: bool) -> None:
    """Ask a person before what cannot be undone; programs are not asked."""
    if yes or not sys.stdin.isatty():
        return
    err.print(f"{clean(question)} [y/N] ", end="", markup=False)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "д", "да"):
        raise WrongUse("nothing was changed.")
