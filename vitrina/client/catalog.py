"""The catalogue: sections (what is sold) and their subcategories (where it stands)."""

from enum import IntEnum

import msgspec

from .connection import Connection
from .pages import Page


class Section(IntEnum):
    """What an offer is. Keys go with 3, 12, 13; contents with 1, 2, 4, 5, 6."""

    VIDEO = 1
    AUDIO = 2
    KEYS = 3
    EBOOKS = 4
    AUDIOBOOKS = 5
    DIGITAL = 6
    SERVICES = 8
    ON_REQUEST = 9
    COUPONS = 12
    CERTIFICATES = 13


class CatalogNode(msgspec.Struct, kw_only=True):
    """A place in the catalogue: the root, a section, or a subcategory.

    `id` of a section is its number, `id` of a subcategory goes into an offer's `catalog_path`;
    `total` counts a section's offers.
    """

    id: int = 0
    name: str = ""
    img: str = ""
    is_section: bool = False
    node_order: int = 0
    parent_id: int = 0
    section_id: int = 0
    total: int = 0
    path: list[int] = []
    children: list["CatalogNode"] = []


class Catalog:
    """Reads the catalogue."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> CatalogNode:
        """The root; its children are sections, theirs are subcategories."""
        roots = self._connection.get("/api/v1/catalog", Page[CatalogNode]).items
        return roots[0] if roots else CatalogNode()

    def sections(self) -> list[CatalogNode]:
        """The sections, each with its subcategories as `children`."""
        return self.get().children
