"""Reviews: what buyers say of what they bought. One a purchase, and whoever wrote it may change it."""

from ..store.database import Database
from ..store.entitlements import EntitlementStore
from ..store.reviews import Review, ReviewStore
from .access import Buyer
from .clock import Clock
from .events import Events
from .library import Library
from .problems import AccessEnded, Cause, Invalid

MOST_TEXT = 3000


class Reviews:
    """Takes reviews from buyers, and shows them to everybody."""

    def __init__(
        self,
        db: Database,
        store: ReviewStore,
        entitlements: EntitlementStore,
        library: Library,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._entitlements = entitlements
        self._library = library
        self._events = events
        self._clock = clock

    async def page(self, offer_id: int, before: int | None, take: int) -> list[Review]:
        """What is said of an offer, newest first, with ids below `before`."""
        return await self._store.page(offer_id, before, take)

    async def of_purchase(self, buyer: Buyer, entitlement_id: int) -> Review | None:
        """What the buyer said of this purchase."""
        return await self._store.of_purchase(buyer.id, entitlement_id)

    async def write(self, buyer: Buyer, entitlement_id: int, rating: int, text: str) -> None:
        """Say it, or say it anew. Raises EntitlementNotFound, AccessEnded, Invalid."""
        text = text.strip()
        causes = [] if 1 <= rating <= 5 else [Cause("rating", "give 1 to 5 stars")]
        if len(text) > MOST_TEXT or "\x00" in text:
            causes.append(Cause("text", f"write at most {MOST_TEXT} characters"))
        if causes:
            raise Invalid(*causes)
        await self._library.get(buyer, entitlement_id)
        async with self._db.transaction():
            # One at a time: two first words on the same purchase would both be counted.
            held = await self._entitlements.hold_alone(buyer.id, entitlement_id, self._clock())
            if held is None:
                raise AccessEnded
            offer_id, seller_id = held
            id, before, hidden = await self._store.write(
                buyer.id, entitlement_id, offer_id, rating, text, self._clock()
            )
            if not hidden:
                await self._store.count(offer_id, 1 if before is None else 0, rating - (before or 0))
            told = {"offer": offer_id, "rating": rating}
            await self._events.add("review.written", buyer.actor, id, seller_id=seller_id, **told)
