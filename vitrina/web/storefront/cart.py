"""The cart: which offers a visitor wants, and how many of each. The browser keeps it, before anybody logs in."""

import re

from ...domain.orders import MOST_KEYS, MOST_LINES
from ..cookies import CART, YEAR
from ..visit import Visit

_LINE = re.compile(r"([1-9]\d{0,18})x([1-9]\d{0,2})")


def read(visit: Visit) -> dict[int, int]:
    """Quantities by offer. What cannot be read is passed over: it names nothing that could be bought."""
    found: dict[int, int] = {}
    for part in (visit.jar.get(CART) or "").split(".")[:MOST_LINES]:
        if match := _LINE.fullmatch(part):
            found[int(match[1])] = min(int(match[2]), MOST_KEYS)
    return found


def keep(visit: Visit, quantities: dict[int, int]) -> None:
    if quantities:
        lines = list(quantities.items())[:MOST_LINES]
        visit.jar.keep(CART, ".".join(f"{id}x{quantity}" for id, quantity in lines), YEAR)
    else:
        visit.jar.drop(CART)


def size(visit: Visit) -> int:
    """How many goods are in it."""
    return sum(read(visit).values())
