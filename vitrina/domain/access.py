"""Who may do what: rights that an operator grants to a seller."""

from enum import StrEnum

import msgspec

from .problems import RightMissing


class Right(StrEnum):
    """Something that a seller may do only after the operator granted it."""

    DELETE_KEYS = "delete_keys"
    SELL_SERVICES = "sell_services"
    SELL_ON_REQUEST = "sell_on_request"


WORDS = {
    Right.DELETE_KEYS: "delete keys",
    Right.SELL_SERVICES: "sell in section 8 (services)",
    Right.SELL_ON_REQUEST: "sell in section 9 (on request)",
}


class Seller(msgspec.Struct, frozen=True):
    """A seller as every action knows them: who, and with which rights."""

    id: int
    rights: frozenset[Right] = frozenset()

    def must(self, right: Right) -> None:
        """Raise RightMissing unless the seller holds the right."""
        if right not in self.rights:
            raise RightMissing(f"you may not {WORDS[right]}: ask the operator of this shop to grant it")

    @property
    def actor(self) -> str:
        return f"seller:{self.id}"


class Buyer(msgspec.Struct, frozen=True):
    """Somebody who buys."""

    id: int

    @property
    def actor(self) -> str:
        return f"buyer:{self.id}"


class Operator(msgspec.Struct, frozen=True):
    """Somebody who runs the shop."""

    id: int

    @property
    def actor(self) -> str:
        return f"operator:{self.id}"


THE_SHOP = "shop"
"""The actor of what nobody did by hand."""
