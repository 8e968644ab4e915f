"""Lists of the desk: newest first, and what is behind a page is asked for by the id of its last row."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from ..visit import Visit

PER_PAGE = 30
MOST_WORDS = 200


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=Numbered)


class Part(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list; `older` is the id below which it goes on."""

    rows: Sequence[T]
    older: int | None
    first: bool


def part(visit: Visit, found: Sequence[T]) -> Part[T]:
    """What to show of rows of which one more than a page was asked for."""
    shown = found[:PER_PAGE]
    older = shown[-1].id if len(found) > PER_PAGE else None
    return Part(shown, older, number(visit.query.get("before")) is None)


def before(visit: Visit) -> int | None:
    """The id that the page stays below."""
    return number(visit.query.get("before"))


def number(text: str) -> int | None:
    """An id as it was typed, perhaps with № before it."""
    text = text.strip().lstrip("№#").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def words(visit: Visit) -> str:
    """What is searched for."""
    return " ".join(visit.query.get("q").replace("\ufffd", "").split())[:MOST_WORDS]
