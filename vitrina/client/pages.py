"""Lists that come page by page."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

AT_ONCE = 100  # rows that are asked for when all are wanted


class Page(msgspec.Struct, Generic[T]):
    """Some rows of a list, and how many the whole list has."""

    items: list[T] = []
    total: int = 0


def all_pages(fetch: Callable[[int, int], Page[T]]) -> Iterator[T]:
    """Every row of a list, page by page; `fetch` is given skip and take."""
    skip = 0
    while True:
        page = fetch(skip, AT_ONCE)
        yield from page.items
        skip += len(page.items)
        if not page.items or 0 < page.total <= skip:
            return
