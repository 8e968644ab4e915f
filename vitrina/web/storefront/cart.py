"""The cart: which offers a visitor wants, and how many of each. The browser keeps it, before anybody logs in."""

import re

import msgspec

from ...domain.catalog import Section
from ...domain.orders import MOST_KEYS, MOST_LINES
from ..cookies import CART, YEAR
from ..forms import Form
from ..visit import Answer, Visit
from .shown import Card, card

_LINE = re.compile(r"([1-9]\d{0,17})x([1-9]\d{0,2})")


class Line(msgspec.Struct, frozen=True):
    """An offer in the cart; None of it if it is not on sale any more."""

    offer_id: int
    quantity: int
    card: Card | None
    countable: bool
    available: int | None

    @property
    def sum(self) -> int:
        return self.card.price * self.quantity if self.card else 0

    @property
    def problem(self) -> str | None:
        """A word of the group `cart_problem`."""
        if self.card is None:
            return "gone"
        if self.available is not None and self.available < self.quantity:
            return "too_many" if self.available else "sold_out"
        return None


async def show(visit: Visit) -> Answer:
    found = await lines(visit)
    total = sum(line.sum for line in found)
    fine = bool(found) and not any(line.problem for line in found)
    return visit.page("storefront/cart.html", lines=found, total=total, fine=fine)


async def change(visit: Visit, form: Form) -> Answer:
    """Add an offer, set quantities, or take one away."""
    quantities = read(visit)
    if add := _id(form.get("add")):
        if len(quantities) >= MOST_LINES and add not in quantities:
            return visit.go("/cart", "cart_full")
        quantities[add] = min(quantities.get(add, 0) + 1, MOST_KEYS)
        (line,) = await _lines(visit, {add: quantities[add]})
        if not line.countable:
            quantities[add] = 1
        keep(visit, quantities)
        return visit.go("/checkout" if form.flag("buy") else f"/offers/{add}", "added")
    for offer_id in list(quantities):
        text = form.get(f"quantity-{offer_id}").strip()
        if text.isascii() and text.isdigit() and len(text) < 4:
            quantities[offer_id] = min(int(text), MOST_KEYS)
    quantities.pop(_id(form.get("remove")), None)
    keep(visit, {id: quantity for id, quantity in quantities.items() if quantity})
    return visit.go("/cart")


async def lines(visit: Visit) -> list[Line]:
    """What is in the cart, as it is sold now."""
    return await _lines(visit, read(visit))


async def _lines(visit: Visit, quantities: dict[int, int]) -> list[Line]:
    found = await visit.shop.storefront.some(list(quantities))
    made = []
    for offer_id, quantity in quantities.items():
        one = found.get(offer_id)
        countable = one is not None and Section(one.listed.offer.section).carries_keys
        available = one.available if one else None
        made.append(
            Line(
                offer_id,
                quantity if countable else 1,
                card(one) if one else None,
                countable,
                available,
            )
        )
    return made


def read(visit: Visit) -> dict[int, int]:
    """Quantities by offer. What cannot be read is passed over: it names nothing that could be bought."""
    found: dict[int, int] = {}
    for part in (visit.jar.get(CART) or "").split(".")[:MOST_LINES]:
        if match := _LINE.fullmatch(part):
            found[int(match[1])] = min(int(match[2]), MOST_KEYS)
    return found


def keep(visit: Visit, quantities: dict[int, int]) -> None:
    if quantities:
        visit.jar.keep(CART, ".".join(f"{id}x{quantity}" for id, quantity in quantities.items()), YEAR)
    else:
        visit.jar.drop(CART)


def size(visit: Visit) -> int:
    """How many goods are in it."""
    return sum(read(visit).values())


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
