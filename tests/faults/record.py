"""What clients asked for and what they were told: to be held against what is there in the end."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.builders import MIB


@dataclass
class Load:
    """Keys that a seller brought to an offer, all or none of them."""

    offer_id: int
    values: list[str]
    acknowledged: bool = False


@dataclass
class Purchase:
    """An order that a buyer asked for, with what came of it as far as they were told."""

    buyer_id: int
    key: str  # the Idempotency-Key
    wanted: dict[int, int]
    order_id: int | None = None
    total: int = 0
    paid: bool = False
    cancelled: bool = False
    refunded: bool | None = None  # False: reversed
    revealed: dict[int, list[str]] = field(default_factory=dict)  # by offer


@dataclass
class Licensing:
    """Licences that a member of a group asked for, written with their key as the project."""

    key: str  # the Idempotency-Key
    wanted: list[dict[str, Any]]
    licence_ids: list[int] | None = None  # of those that could be had
    passed_on: set[int] = field(default_factory=set)
    invoiced: bool = False


@dataclass
class Work:
    """A file that a seller sends in parts; its bytes come from a seed, so that it need not be kept."""

    seed: str
    size: int
    media_type: str
    kind: int
    given: bytes = b""  # what is sent instead
    good: bool = False
    content_id: int | None = None
    uuid: str = ""
    uri: str = ""
    acknowledged: set[int] = field(default_factory=set)

    @property
    def part_count(self) -> int:
        return -(-self.size // (2 * MIB))

    def part(self, index: int) -> bytes:
        """The bytes of a part, numbered from 1."""
        start = 2 * MIB * (index - 1)
        if self.given:
            return self.given[start : start + 2 * MIB]
        # A zero byte first: the file is of no type, which the shop finds out quickly.
        length = min(2 * MIB, self.size - start)
        return b"\0" + random.Random(f"{self.seed}:{index}").randbytes(length - 1)

    @property
    def whole(self) -> bool:
        return len(self.acknowledged) == self.part_count

    def digest(self) -> str:
        whole = hashlib.sha256()
        for piece in self._pieces():
            whole.update(piece)
        return whole.hexdigest()

    def _pieces(self) -> Iterator[bytes]:
        for index in range(1, self.part_count + 1):
            yield self.part(index)


class Record:
    """The memory of all clients; each entry is written by one of them."""

    def __init__(self) -> None:
        self.loads: list[Load] = []
        self.purchases: list[Purchase] = []
        self.licensings: list[Licensing] = []
        self.works: list[Work] = []
        self.offers: set[int] = set()
        self.deleted: set[int] = set()
        """Ids of keys that a seller was told are off the shelf."""

    def summary(self) -> str:
        """How much was acknowledged."""
        placed = [one for one in self.purchases if one.order_id is not None]
        told = {
            "orders": len(placed),
            "paid": sum(one.paid for one in placed),
            "cancelled": sum(one.cancelled for one in placed),
            "refunded": sum(one.refunded is True for one in placed),
            "reversed": sum(one.refunded is False for one in placed),
            "not answered": len(self.purchases) - len(placed),
            "keys": sum(len(load.values) for load in self.loads if load.acknowledged),
            "deleted": len(self.deleted),
            "offers": len(self.offers),
            "licences": sum(len(one.licence_ids or ()) for one in self.licensings),
            "passed on": sum(len(one.passed_on) for one in self.licensings),
            "works": sum(work.whole for work in self.works),
            "parts": sum(len(work.acknowledged) for work in self.works),
        }
        return ", ".join(f"{name} {count}" for name, count in told.items())
