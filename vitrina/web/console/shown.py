"""How items look to a member: in their language, with the group's prices and what the group has already."""

from collections.abc import Mapping

import msgspec

from ...domain.access import MemberRight
from ...domain.items import Size, sizes_of
from ...domain.licences import Wanted
from ...store.carts import CartLine
from ...store.items import Item
from ...store.licences import Licence, LicenceType
from ..visit import Visit
from ..words import Language


class Choice(msgspec.Struct, frozen=True):
    """A size of an item under a licence type, with its price in minor units."""

    type: LicenceType
    size: Size
    price: int

    @property
    def value(self) -> str:
        """As forms send it."""
        return f"{self.type.id}:{self.size.name}"


class Card(msgspec.Struct, frozen=True):
    """An item as its group sees it."""

    item: Item
    title: str
    choices: list[Choice]
    held: list[Licence]
    in_cart: bool

    @property
    def least(self) -> int | None:
        """The lowest price, if it can be licensed at all."""
        return min((choice.price for choice in self.choices), default=None)


class Terms(msgspec.Struct, frozen=True):
    """What a member's group may license, and what this member has in the cart."""

    types: list[LicenceType]
    currency: str
    may_license: bool
    in_cart: dict[int, CartLine]
    barred: frozenset[int]
    """Sellers whose items the group may not license."""


async def terms_of(visit: Visit) -> Terms:
    member = visit.member
    group = await visit.shop.groups.get(member.group_id)
    lines = await visit.shop.carts.lines(member)
    return Terms(
        await visit.shop.licence_types.of_group(member.group_id),
        group.currency,
        MemberRight.LICENSE in member.rights,
        {line.item_id: line for line in lines},
        frozenset(await visit.shop.groups.barred(member.group_id)),
    )


async def cards(visit: Visit, ids: list[int], terms: Terms) -> list[Card]:
    """Those of the items that are on sale, in this order."""
    items = await visit.shop.items.on_sale(ids)
    held = await visit.shop.licences.held(visit.member, list(items))
    return [card(items[id], visit.language, terms, held) for id in ids if id in items]


def card(item: Item, language: Language, terms: Terms, held: Mapping[int, list[Licence]]) -> Card:
    title = words_of(item, language)[0]
    choices = choices_of(item, terms)
    return Card(item, title, choices, held.get(item.id, []), item.id in terms.in_cart)


def words_of(item: Item, language: Language) -> tuple[str, str, list[str]]:
    """Title, description and keywords in a language; in the author's own where it has none."""
    told = item.translations.get(language, {})
    return (
        told.get("title") or item.title,
        told.get("description") or item.description,
        told.get("keywords") or item.keywords,
    )


def choices_of(item: Item, terms: Terms) -> list[Choice]:
    """The sizes that the group may license, by licence type, smallest first."""
    sizes = sizes_of(item)
    return [
        Choice(type, size, type.sizes[name])
        for type in terms.types
        if type.product_type == item.type and item.seller_id not in terms.barred
        for name, size in sizes.items()
        if name in type.sizes
    ]


def chosen(choices: list[Choice], line: CartLine | Wanted | None) -> Choice | None:
    """What is in the cart, if it can still be had; else what is proposed."""
    wanted = (line.licence_type_id, line.size) if line else None
    found = (one for one in choices if (one.type.id, one.size.name) == wanted)
    return next(found, None) or usual(choices)


def usual(choices: list[Choice]) -> Choice | None:
    """What is proposed first: the largest size of the first licence type, which is good for every use."""
    return next((one for one in reversed(choices) if one.type == choices[0].type), None)


def fitted(item: Item, side: int) -> tuple[int, int]:
    """The width and height of a preview whose longest side this is; of sounds, of the picture of their loudness."""
    if not item.width or not item.height:
        return side, round(side * 2 / 5)
    scale = side / max(item.width, item.height)
    return max(1, round(item.width * scale)), max(1, round(item.height * scale))
