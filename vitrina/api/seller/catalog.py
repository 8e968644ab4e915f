"""GetCatalog: the tree of sections and subcategories."""

from typing import Any

import msgspec

from ...domain.catalog import Shelf
from .call import SellerCall

# The contract calls sections by these words.
NAMES = {
    1: "VIDEO",
    2: "AUDIO",
    3: "KEYS",
    4: "EBOOKS",
    5: "AUDIOBOOKS",
    6: "DIGITAL",
    8: "SERVICES",
    9: "ON_REQUEST",
    12: "COUPONS",
    13: "CERTIFICATES",
}


async def get_catalog(call: SellerCall) -> bytes:
    shelves = await call.shop.catalog.shelves()
    root = _node(0, "Каталог", 0, children=[_section(place, shelf) for place, shelf in enumerate(shelves)])
    return msgspec.json.encode({"items": [root], "total": 1})


def _section(place: int, shelf: Shelf) -> dict[str, Any]:
    section = int(shelf.section)
    children = [
        _node(one.id, one.name, section, order=one.position, path=[one.id]) for one in shelf.subcategories
    ]
    return _node(
        section, NAMES[section], section, order=place, total=shelf.total, is_section=True, children=children
    )


def _node(
    id: int,
    name: str,
    section: int,
    *,
    order: int = 0,
    total: int = 0,
    is_section: bool = False,
    path: list[int] | None = None,
    children: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        "img": f"vol0/catalog/icons/{id}.svg" if is_section else "",
        "is_section": is_section,
        "node_order": order,
        "parent_id": 0,
        "path": path,
        "section_id": section,
        "total": total,
        "children": children or [],
    }
