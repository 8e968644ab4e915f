"""Activation keys: one-time codes sold with an offer. available → reserved → sold; available → deleted; → expired."""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import IntEnum

import msgspec

from ..store.database import Database
from ..store.keys import KeyCounts, KeyRow, KeyStore
from ..store.offers import Offer, OfferStore
from ..store.sales import SaleStore
from .access import Right, Seller
from .catalog import Section
from .clock import Clock
from .events import Events
from .problems import Cause, Invalid, KeysNotCarried, OfferNotFound, invalid
from .secrets import Seal

MOST_AT_ONCE = 1000


class KeyStatus(IntEnum):
    AVAILABLE = 0
    RESERVED = 1
    SOLD = 2
    DELETED = 3
    EXPIRED = 4


# What a seller may take away: nobody has paid for it, and nobody is about to.
REMOVABLE = frozenset({KeyStatus.AVAILABLE, KeyStatus.EXPIRED})


class Key(msgspec.Struct, frozen=True):
    """One key, opened. `sold_price` in kopecks."""

    id: int
    offer_id: int
    value: str
    status: int
    created_at: datetime
    sold_at: datetime | None
    deleted_at: datetime | None
    sold_title: str | None
    sold_price: int | None
    batch: str | None


class Deletion(msgspec.Struct, frozen=True):
    """What became of one key that was to be deleted; `found` is its status before, None if unknown."""

    key_id: int
    found: KeyStatus | None

    @property
    def gone(self) -> bool:
        return self.found in (KeyStatus.AVAILABLE, KeyStatus.DELETED, KeyStatus.EXPIRED)


class Keys:
    """Loads, lists, counts and deletes keys. Orders take them off the shelf."""

    def __init__(
        self,
        db: Database,
        store: KeyStore,
        offers: OfferStore,
        sales: SaleStore,
        seal: Seal,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._offers = offers
        self._sales = sales
        self._seal = seal
        self._events = events
        self._clock = clock

    async def add(self, seller: Seller, offer_id: int, values: list[str], batch: str | None = None) -> None:
        """Put keys on an offer's shelf, all or none; `batch` is the seller's own label for them.

        Raises OfferNotFound, KeysNotCarried, Invalid.
        """
        async with self._db.transaction():
            await self._offer(seller, offer_id)
            # One load at a time for an offer: two with the same keys would wait for each other crosswise.
            await self._offers.lock(seller.id, offer_id)
            await self.load(seller, offer_id, values, batch)

    async def load(self, seller: Seller, offer_id: int, values: list[str], batch: str | None = None) -> None:
        """`add` for an offer that is known to be the seller's and to carry keys."""
        places: dict[str, int] = {}
        causes = []
        for place, value in enumerate(values):
            if value in places:
                reason = f"key {value!r} stands in the request twice, first at keys[{places[value]}]"
                causes.append(Cause(f"keys[{place}]", reason))
            places.setdefault(value, place)
        prints = {self._seal.fingerprint(value, offer_id): value for value in places}
        rows = [(self._seal.close(value, offer_id), print) for print, value in prints.items()]
        async with self._db.transaction():
            added = await self._store.add(seller.id, offer_id, rows, batch, self._clock())
            for print, value in prints.items():
                if print not in added:
                    reason = f"key {value!r} was loaded into this offer before"
                    causes.append(Cause(f"keys[{places[value]}]", reason))
            if causes:
                raise Invalid(*causes)
            await self._sales.forget_told(offer_id)
            told = {"count": len(added), "batch": batch}
            await self._events.add("keys.loaded", seller.actor, offer_id, seller_id=seller.id, **told)

    async def known(self, seller: Seller, offer_id: int, values: list[str]) -> set[str]:
        """Those of the keys that were loaded into the offer before. Raises OfferNotFound, KeysNotCarried."""
        await self._offer(seller, offer_id)
        prints = {self._seal.fingerprint(value, offer_id): value for value in values}
        return {prints[print] for print in await self._store.known(offer_id, list(prints))}

    async def all(self, seller: Seller, offer_id: int, statuses: set[KeyStatus]) -> AsyncIterator[list[Key]]:
        """All keys of an offer in those statuses, some at a time. Raises OfferNotFound, KeysNotCarried."""
        await self._offer(seller, offer_id)
        after = 0
        while rows := await self._store.behind(seller.id, offer_id, sorted(statuses), after, MOST_AT_ONCE):
            yield [self._open(row) for row in rows]
            after = rows[-1].id

    async def counts(self, seller: Seller, offer_id: int) -> KeyCounts:
        """How many keys of each status; raises OfferNotFound."""
        if await self._offers.get(seller.id, offer_id) is None:
            raise OfferNotFound(f"offer with id {offer_id} not found")
        return await self._store.counts(offer_id)

    async def page(
        self, seller: Seller, offer_id: int, statuses: set[KeyStatus], skip: int, take: int
    ) -> tuple[list[Key], int]:
        """A page of an offer's keys, oldest first, and how many there are in those statuses."""
        await self._offer(seller, offer_id)
        rows = await self._store.page(seller.id, offer_id, sorted(statuses), skip, take)
        counts = await self._store.counts(offer_id)
        total = sum(getattr(counts, status.name.lower()) for status in statuses)
        return [self._open(row) for row in rows], total

    async def chosen(self, seller: Seller, offer_id: int, ids: list[int]) -> list[Key]:
        """Those of the keys that the offer has and that can be deleted. Raises OfferNotFound, KeysNotCarried."""
        await self._offer(seller, offer_id)
        rows = await self._store.chosen(seller.id, offer_id, ids[:MOST_AT_ONCE])
        return [self._open(row) for row in rows if row.status in REMOVABLE]

    async def sold(
        self,
        seller: Seller,
        offer_id: int | None,
        since: datetime | None,
        until: datetime | None,
        skip: int,
        take: int,
    ) -> tuple[list[Key], int]:
        """Sold keys, by time of sale from `since` (inclusive) to `until` (exclusive), and how many in all."""
        rows, total = await self._store.sold_page(seller.id, offer_id, since, until, skip, take)
        return [self._open(row) for row in rows], total

    async def delete(self, seller: Seller, ids: list[int]) -> list[Deletion]:
        """Take keys off the shelf for good; those sold or reserved stay. Raises RightMissing."""
        seller.must(Right.DELETE_KEYS)
        if len(ids) > MOST_AT_ONCE:
            raise invalid("ids", f"at most {MOST_AT_ONCE} keys at a time")
        async with self._db.transaction():
            found = await self._store.lock(seller.id, sorted(set(ids)))
            gone = [id for id, status in found.items() if status in REMOVABLE]
            if gone:
                await self._store.delete(gone, self._clock())
                await self._events.add("keys.deleted", seller.actor, gone[0], seller_id=seller.id, keys=gone)
        return [Deletion(id, KeyStatus(found[id]) if id in found else None) for id in ids]

    async def _offer(self, seller: Seller, offer_id: int) -> Offer:
        offer = await self._offers.get(seller.id, offer_id)
        if offer is None:
            raise OfferNotFound(f"offer with id {offer_id} not found")
        if not Section(offer.section).carries_keys:
            raise KeysNotCarried(
                f"offer {offer_id} is in section {offer.section}; keys belong to sections 3, 12 and 13"
            )
        return offer

    def _open(self, row: KeyRow) -> Key:
        return Key(
            row.id,
            row.offer_id,
            self._seal.open(row.sealed, row.offer_id),
            row.status,
            row.created_at,
            row.sold_at,
            row.deleted_at,
            row.sold_title,
            row.sold_price,
            row.batch,
        )
