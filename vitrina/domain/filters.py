"""Which rows of a list are wanted, in which order, and how many of them."""

import msgspec


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """For lists of offers and of contents; `kind` of an offer is that of any content it carries.

    `search` is a part of the title, `sort` is created or updated, rows are counted from 0.
    """

    search: str | None = None
    kind: int | None = None
    status: int | None = None
    sort: str = "created"
    descending: bool = True
    skip: int = 0
    take: int = 50
