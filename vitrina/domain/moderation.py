"""Moderation: operators look at what buyers see, hide what should not be seen, saying why, and restore it."""

from collections.abc import Sequence
from datetime import datetime

from ..store.database import Database
from ..store.moderation import NOUNS, ModerationStore, Noun, Place, Subject
from ..store.offers import OfferStore
from ..store.reviews import ReviewStore
from .access import THE_SHOP
from .clock import Clock
from .events import Events
from .intake import Intake
from .offers import Offers
from .problems import Conflict, ItemNotFound, NotFound, OfferNotFound, ReviewNotFound, invalid

MOST_REASON = 300
_MISSING: dict[Noun, type[NotFound]] = {
    "offer": OfferNotFound,
    "item": ItemNotFound,
    "review": ReviewNotFound,
}
_APPROVED: dict[Noun, str] = {
    "offer": "offer.approved",
    "item": "item.approved",
    "review": "review.approved",
}


class Moderation:
    """What waits to be looked at, oldest first, and what an operator may do with it."""

    def __init__(
        self,
        db: Database,
        store: ModerationStore,
        offer_store: OfferStore,
        reviews: ReviewStore,
        offers: Offers,
        intake: Intake,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._offer_store = offer_store
        self._reviews = reviews
        self._offers = offers
        self._intake = intake
        self._events = events
        self._clock = clock

    async def waiting(self, nouns: list[Noun], after: Place | None, take: int) -> list[Subject]:
        """What was published or changed since an operator looked at it last, behind a place."""
        return await self._store.waiting(nouns, after, take)

    async def hidden(self, nouns: list[Noun], after: Place | None, take: int) -> list[Subject]:
        """What operators hid, behind a place."""
        return await self._store.hidden(nouns, after, take)

    async def counts(self, most: int) -> dict[Noun, int]:
        """How many of each wait, counted no further than `most`."""
        return {noun: await self._store.count(noun, most) for noun in NOUNS}

    async def get(self, noun: Noun, id: int) -> Subject:
        """One of them, whether it waits or not; raises NotFound."""
        subject = await self._store.get(noun, id)
        if subject is None:
            raise _MISSING[noun](f"there is no {noun} {id}")
        return subject

    async def approve(
        self, noun: Noun, states: Sequence[tuple[int, datetime]], *, actor: str = THE_SHOP
    ) -> int:
        """These, as they were when they changed last, were looked at and are fine; how many are still so."""
        async with self._db.transaction():
            seen = await self._store.saw(noun, list(states))
            await self._events.add_many(_APPROVED[noun], actor, [(seller, id, {}) for id, seller in seen])
            return len(seen)

    # --- out and in again --------------------------------------------------------------------------------

    async def hide(self, noun: Noun, id: int, reason: str, *, actor: str = THE_SHOP) -> None:
        """No buyer sees it any more until it is restored; its seller reads why. Raises NotFound, Invalid.

        For what is hidden already the reason alone is replaced, and nobody is told again.
        """
        reason = " ".join(reason.split())
        if not 3 <= len(reason) <= MOST_REASON:
            raise invalid("reason", f"say why, in 3 to {MOST_REASON} characters; the seller reads it")
        async with self._db.transaction():
            subject = await self._locked(noun, id)
            if noun == "item":
                await self._intake.withdraw(id, reason=reason, actor=actor)
            await self._store.hide(noun, id, reason, self._clock())
            if subject.hidden_at is not None:
                return
            if noun == "offer":
                await self._events.add("offer.hidden", actor, id, seller_id=subject.seller_id, reason=reason)
            elif noun == "review":
                await self._count(subject, -1)
                told = {"offer": subject.about, "reason": reason}
                await self._events.add("review.hidden", actor, id, seller_id=subject.seller_id, **told)

    async def restore(self, noun: Noun, id: int, *, actor: str = THE_SHOP) -> None:
        """Buyers may see it again; an offer that was on sale is on sale again if it lacks nothing.

        Raises NotFound, or Conflict where nobody hid it.
        """
        async with self._db.transaction():
            subject = await self._locked(noun, id)
            if noun == "item":
                await self._intake.restore(id, actor=actor)
                return
            if subject.hidden_at is None:
                raise Conflict(f"{noun} {id} is not hidden")
            if noun == "offer":
                published = await self._publish_again(id)
                told = {"published": published}
                await self._events.add("offer.restored", actor, id, seller_id=subject.seller_id, **told)
            else:
                await self._count(subject, 1)
                told_of = {"offer": subject.about}
                await self._events.add("review.restored", actor, id, seller_id=subject.seller_id, **told_of)
            await self._store.restore(noun, id)

    async def _publish_again(self, offer_id: int) -> bool:
        if not await self._store.was_published(offer_id):
            return False
        offer = await self._offer_store.without_owner(offer_id)
        if offer is None or await self._offers.unsaleable(offer):
            return False
        await self._store.publish(offer_id, self._clock())
        return True

    async def _count(self, review: Subject, sign: int) -> None:
        assert review.about is not None
        assert review.rating is not None
        await self._reviews.count(review.about, sign, sign * review.rating)

    async def _locked(self, noun: Noun, id: int) -> Subject:
        subject = await self._store.lock(noun, id)
        if subject is None:
            raise _MISSING[noun](f"there is no {noun} {id}")
        return subject
