"""Stock: sellers who wish are told once when few keys are left, and their offers pause when none is."""

from ..store.database import Database
from ..store.offers import OfferStore
from ..store.sales import SaleStore
from .access import Seller
from .clock import Clock
from .problems import OfferNotFound, invalid

MOST = 1_000_000


class Stock:
    """Keeps the sellers' wishes and acts on them."""

    def __init__(self, db: Database, offers: OfferStore, sales: SaleStore, clock: Clock) -> None:
        self._db = db
        self._offers = offers
        self._sales = sales
        self._clock = clock

    async def watch(
        self, seller: Seller, offer_id: int, low_stock_at: int | None, pause_when_sold_out: bool
    ) -> None:
        """Tell the seller when so many keys are left (None: never); pause the offer at none."""
        if low_stock_at is not None and not 1 <= low_stock_at <= MOST:
            raise invalid("low_stock_at", f"give a number of keys from 1 to {MOST}, or null")
        async with self._db.transaction():
            if await self._offers.lock(seller.id, offer_id) is None:
                raise OfferNotFound(f"offer with id {offer_id} not found")
            await self._offers.wish_stock(offer_id, low_stock_at, pause_when_sold_out)
        await self.look([offer_id])

    async def watched(self, seller: Seller, offer_id: int) -> tuple[int | None, bool]:
        """(low_stock_at, pause_when_sold_out) of an offer; raises OfferNotFound."""
        found = await self._offers.stock_wishes(seller.id, offer_id)
        if found is None:
            raise OfferNotFound(f"offer with id {offer_id} not found")
        return found

    async def running_out(self, seller: Seller, most: int) -> list[tuple[int, str, int]]:
        """(offer, title, keys left) of offers that need keys."""
        return await self._sales.running_out(seller.id, most)

    async def look(self, offer_ids: list[int]) -> None:
        """After a sale has committed: only then is what is left known to all."""
        low = await self._sales.low(offer_ids) if offer_ids else []
        if low:
            async with self._db.transaction():
                await self._sales.tell_low_stock(low, self._clock())

    async def look_everywhere(self) -> int:
        """For a process that was killed between a sale and its look; run by schedule."""
        offer_ids = await self._sales.watched_and_low(1000)
        await self.look(offer_ids)
        return len(offer_ids)
