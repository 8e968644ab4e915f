"""Who may do what: rights that an operator grants to a seller."""

from enum import StrEnum

import msgspec

from .problems import MemberRightMissing, RightMissing


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


class MemberRight(StrEnum):
    """What a member of a group may do, as an editor of the group grants it."""

    LOG_IN = "log_in"
    LICENSE = "license"
    TEST_COPIES = "test_copies"
    EDIT_GROUP = "edit_group"


class MemberRef(msgspec.Struct, frozen=True):
    """A member of a working group as every action knows them: who, of which group, and with which rights."""

    id: int
    group_id: int
    rights: frozenset[MemberRight] = frozenset()

    @property
    def actor(self) -> str:
        return f"member:{self.id}"

    def must(self, right: MemberRight) -> None:
        """Raise MemberRightMissing unless the member holds the right."""
        if right not in self.rights:
            raise MemberRightMissing(f"you may not do this: it needs the right {right}")


THE_SHOP = "shop"
"""The actor of what nobody did by hand."""
