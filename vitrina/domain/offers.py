"""Offers: what a buyer sees and pays for. draft ⇄ published ⇄ paused, and any of them → deleted."""

from enum import IntEnum
from pathlib import Path
from typing import Any

import msgspec

from ..adapters.jobs import JobQueue
from ..store.database import Database
from ..store.folders import FolderStore
from ..store.keys import KeyStore
from ..store.offers import Listed, NewOffer, Offer, OfferStore
from .access import Seller
from .catalog import Catalog, Section
from .clock import Clock
from .contents import Contents
from .events import Events, change
from .filters import Filter
from .jobs import DrawCover, RemoveFolders
from .keys import Keys
from .offer_rules import (
    hidden_words,
    instruction_problems,
    merged_meta,
    price_problems,
    section_problems,
    unready,
)
from .pictures import Pictures, missing_pictures, split_uri
from .problems import Cause, Invalid, OfferNotFound
from .tags import tag_steps


class OfferStatus(IntEnum):
    DRAFT = 0
    PUBLISHED = 1
    PAUSED = 2
    DELETED = 3


class CoverSource(IntEnum):
    """Where an offer's cover comes from; only an uploaded one is the seller's own choice."""

    NONE = 0
    UPLOADED = 1
    CONTENT = 2
    DRAWN = 3


AGE_RATINGS = (0, 6, 12, 14, 16, 18)
_LOOKED_AT = {
    "title",
    "description",
    "section",
    "catalog_path",
    "gallery",
    "meta",
    "tag_ids",
    "kinds",
    "cover",
}
"""What a buyer reads and sees, and an operator looks at anew when it has changed; a price is no matter of theirs."""
_TOLD = ("status", "price", "discount_price")  # whose values an event tells


class CarriedKind(msgspec.Struct, frozen=True):
    """A content to carry, and the kind that the seller takes it for."""

    content_id: int
    kind: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """All that a seller says when making an offer. Prices in kopecks.

    An offer that is not `complete` stays a draft: its keys, contents and instruction come later.
    """

    title: str
    description: str
    tags: list[str]
    section: Section
    catalog_path: list[int]
    age_rating: int
    price: int
    discount_price: int | None = None
    gallery: list[str] = []
    meta: dict[str, str | None] | None = None
    keys: list[str] | None = None
    contents: list[CarriedKind] | None = None
    publish: bool = False
    complete: bool = True


class Offers:
    """Everything that a seller does with offers."""

    def __init__(
        self,
        db: Database,
        store: OfferStore,
        key_store: KeyStore,
        folders: FolderStore,
        catalog: Catalog,
        contents: Contents,
        keys: Keys,
        pictures: Pictures,
        jobs: JobQueue,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._key_store = key_store
        self._folders = folders
        self._catalog = catalog
        self._contents = contents
        self._keys = keys
        self._pictures = pictures
        self._jobs = jobs
        self._events = events
        self._clock = clock

    # --- reading -----------------------------------------------------------------------------------------

    async def get(self, seller: Seller, offer_id: int) -> Listed:
        """One offer of the seller; raises OfferNotFound."""
        listed = await self._store.get_listed(seller.id, offer_id)
        if listed is None:
            raise OfferNotFound(f"offer with id {offer_id} not found")
        return listed

    async def page(self, seller: Seller, wanted: Filter) -> tuple[list[Listed], int]:
        """A page of the seller's offers, and how many match in all."""
        return await self._store.page(seller.id, **msgspec.structs.asdict(wanted))

    async def hidden(self, seller: Seller, most: int) -> list[Offer]:
        """Those that an operator hid, the last ones first."""
        return await self._store.hidden(seller.id, most)

    # --- making ------------------------------------------------------------------------------------------

    async def create(self, seller: Seller, draft: Draft) -> Listed:
        """A new offer; raises Invalid with all causes, or RightMissing."""
        if draft.section.right:
            seller.must(draft.section.right)
        async with self._db.transaction():
            now = self._clock()
            carried = await self._check(seller, draft)
            new = NewOffer(
                draft.title,
                draft.description,
                draft.section,
                draft.catalog_path,
                draft.price,
                draft.discount_price or None,
                draft.age_rating,
                draft.gallery,
                draft.meta,
            )
            tag_ids = await self._retag([], draft.tags)
            kinds = sorted({content.kind for content in carried})
            status = OfferStatus.PUBLISHED if draft.publish else OfferStatus.DRAFT
            offer_id = await self._store.add(seller.id, new, tag_ids, kinds, status, now)
            await self._store.carry(offer_id, [content.id for content in carried])
            if draft.keys:
                await self._keys.load(seller, offer_id, draft.keys)
            await self._stand_in(offer_id, carried)
            if draft.publish:
                await self._store.show_operators(offer_id, now)
            await self._events.add(
                "offer.created", seller.actor, offer_id, seller_id=seller.id, status=status
            )
            return await self.get(seller, offer_id)

    async def _check(self, seller: Seller, draft: Draft) -> list[Any]:
        """The contents that the offer will carry; raises Invalid with everything that is wrong."""
        section = draft.section
        causes = await self._catalog.problems_of(section, draft.catalog_path)
        causes += price_problems(draft.price, draft.discount_price, "discount_price")
        causes += await missing_pictures(self._folders, seller, "gallery", draft.gallery)
        causes += _key_problems(draft)
        carried, content_causes = await self._carried(seller, section, draft.contents or [])
        causes += content_causes
        if draft.complete and section.carries_contents and not draft.contents:
            causes.append(Cause("content", f"section {section} needs at least one content"))
        if draft.publish and section.carries_contents and not causes:
            causes += unready(carried)
        if causes:
            raise Invalid(*causes)
        return carried

    async def _carried(
        self, seller: Seller, section: Section, wanted: list[CarriedKind]
    ) -> tuple[list[Any], list[Cause]]:
        if not section.carries_contents:
            reason = f"section {section} carries no contents; they belong to sections 1, 2, 4, 5 and 6"
            return [], [Cause("content", reason)] if wanted else []
        found = {
            content.id: content
            for content in await self._contents.share(seller, [w.content_id for w in wanted])
        }
        carried: dict[int, Any] = {}
        causes = []
        for place, one in enumerate(wanted):
            content = found.get(one.content_id)
            if content is None:
                causes.append(
                    Cause(f"content[{place}].content", f"content with id {one.content_id} not found")
                )
            elif content.kind != one.kind:
                reason = f"content {content.id} is of category {content.kind}, not {one.kind}"
                causes.append(Cause(f"content[{place}].category_id", reason))
            else:
                carried[content.id] = content
        return list(carried.values()), causes

    async def _retag(self, old_ids: list[int], values: list[str]) -> list[int]:
        """Leave old tags for new ones; the ids of the new, in the seller's order."""
        old = await self._store.tags(old_ids) if old_ids else {}
        ids = await self._store.count_tags(tag_steps((tag.value for tag in old.values()), values))
        return list(dict.fromkeys(ids[value.casefold()] for value in values))

    async def _stand_in(self, offer_id: int, carried: list[Any]) -> None:
        """Until the seller uploads a cover, that of the first content serves, or else a drawn one."""
        covers = [cover for content in carried if (cover := self._contents.cover_of(content))]
        if covers:
            changes = {"cover": covers[0], "cover_source": CoverSource.CONTENT}
            await self._store.change(offer_id, changes, self._clock())
        else:
            await self._jobs.later(self._db.connection, DrawCover(offer_id))

    # --- changing ----------------------------------------------------------------------------------------

    async def update(self, seller: Seller, offer_id: int, changes: dict[str, Any]) -> None:
        """Change what is given: any field of Draft but keys and contents, and `status`.

        Raises OfferNotFound, RightMissing, or Invalid with all causes.
        """
        async with self._db.transaction():
            offer = await self._locked(seller, offer_id)
            section = Section(changes.get("section", offer.section))
            if section.right:
                seller.must(section.right)
            causes = section_problems(offer, section)
            if "section" in changes or "catalog_path" in changes:
                path = changes.get("catalog_path", offer.catalog_path)
                causes += await self._catalog.problems_of(section, path)
            price = changes.get("price", offer.price)
            discount = changes.get("discount_price", offer.discount_price)
            field = "discount_price" if changes.get("discount_price") else "price"
            causes += price_problems(price, discount, field)
            gallery = changes.get("gallery") or []
            causes += await missing_pictures(self._folders, seller, "gallery", gallery)
            changes = dict(changes)
            if "meta" in changes:
                changes["meta"] = merged = merged_meta(offer.meta, changes["meta"])
                if (offer.meta or {}).get(
                    "key_instruction"
                ):  # a draft may still lack it, but none is taken away
                    causes += instruction_problems(section, merged)
                offer = msgspec.structs.replace(offer, meta=merged)
            status = changes.get("status")
            if status is not None:
                causes += await self._move_problems(offer, OfferStatus(status))
            if causes:
                raise Invalid(*causes)
            await self._write(offer, changes)

    async def set_price(self, seller: Seller, offer_id: int, price: int | None, discount: int | None) -> None:
        """A new price (None: keep it) and discount (None or 0: none), in kopecks."""
        async with self._db.transaction():
            offer = await self._locked(seller, offer_id)
            now = offer.price if price is None else price
            causes = price_problems(now, discount, "discount_price")
            if causes:
                raise Invalid(*causes)
            await self._write(offer, {"price": now, "discount_price": discount or None})

    async def set_status(self, seller: Seller, offer_id: int, status: OfferStatus) -> None:
        """Publish, pause, take back to draft or delete; raises Invalid naming what stands against it."""
        async with self._db.transaction():
            offer = await self._locked(seller, offer_id)
            section = Section(offer.section)
            if status is OfferStatus.PUBLISHED and section.right:
                seller.must(section.right)
            causes = await self._move_problems(offer, status)
            if causes:
                raise Invalid(*causes)
            await self._write(offer, {"status": status})

    async def set_contents(self, seller: Seller, offer_id: int, wanted: list[CarriedKind]) -> None:
        """Which works an offer carries, in this order; one on sale keeps only works that are ready. Raises Invalid."""
        section = Section((await self.get(seller, offer_id)).offer.section)
        async with self._db.transaction():
            # Works before the offer, as whoever deletes a work takes them.
            carried, causes = await self._carried(seller, section, wanted)
            offer = await self._locked(seller, offer_id)
            if offer.status == OfferStatus.PUBLISHED:
                causes += unready(carried)
            if causes:
                raise Invalid(*causes)
            await self._store.uncarry(offer_id)
            await self._store.carry(offer_id, [content.id for content in carried])
            await self._write(offer, {"kinds": sorted({content.kind for content in carried})})
            if offer.cover_source in (CoverSource.NONE, CoverSource.CONTENT):
                await self._store.change(offer_id, {"cover": [], "cover_source": 0}, self._clock())
                await self._stand_in(offer_id, carried)

    async def set_cover(self, seller: Seller, offer_id: int, picture: Path, media_type: str) -> None:
        """Put an uploaded picture on an offer, in three sizes, instead of the cover it had."""
        await self.get(seller, offer_id)
        cover = await self._pictures.cover(seller, picture, media_type)
        async with self._db.transaction():
            offer = await self._locked(seller, offer_id)
            await self._write(offer, {"cover": cover, "cover_source": CoverSource.UPLOADED})
            if offer.cover and offer.cover_source != CoverSource.CONTENT:
                old = [split_uri(offer.cover[0])[0]]
                await self._folders.remove(old)
                await self._jobs.later(self._db.connection, RemoveFolders(old))

    async def _locked(self, seller: Seller, offer_id: int) -> Offer:
        offer = await self._store.lock(seller.id, offer_id)
        if offer is None:
            raise OfferNotFound(f"offer with id {offer_id} not found")
        return offer

    async def _write(self, offer: Offer, changes: dict[str, Any]) -> None:
        now = self._clock()
        if "title" in changes:
            changes["title_folded"] = changes["title"].casefold()
        if "discount_price" in changes:
            changes["discount_price"] = changes["discount_price"] or None
        if changes.get("status") == OfferStatus.DELETED:
            changes["deleted_at"] = now
            await self._retag(offer.tag_ids, [])
        elif "tags" in changes:
            changes["tag_ids"] = await self._retag(offer.tag_ids, changes["tags"])
        changes.pop("tags", None)
        await self._store.change(offer.id, changes, now)
        published = changes.get("status") == OfferStatus.PUBLISHED != offer.status
        seen = offer.status == OfferStatus.PUBLISHED or offer.hidden_reason is not None
        if published or (seen and changes.keys() & _LOOKED_AT):
            await self._store.show_operators(offer.id, now)
        new = {name: changes[name] for name in _TOLD if name in changes}
        fields = sorted(changes.keys() - {"cover_source"})
        told = {"fields": fields, **new, **change(msgspec.structs.asdict(offer), new)}
        seller = Seller(offer.seller_id)
        await self._events.add("offer.changed", seller.actor, offer.id, seller_id=seller.id, **told)

    async def _move_problems(self, offer: Offer, to: OfferStatus) -> list[Cause]:
        if offer.status == to:
            return []
        if to is OfferStatus.PAUSED and offer.status == OfferStatus.DRAFT:
            return [Cause("status", "a draft is not on sale, so it cannot be paused; publish it first")]
        if to is not OfferStatus.PUBLISHED:
            return []
        if offer.hidden_reason is not None:
            return [Cause("status", hidden_words(offer.hidden_reason))]
        return await self.unsaleable(offer)

    async def unsaleable(self, offer: Offer) -> list[Cause]:
        """What an offer lacks to be on sale."""
        section = Section(offer.section)
        if causes := instruction_problems(section, offer.meta):
            return causes
        if section.carries_keys and not (await self._key_store.counts(offer.id)).available:
            return [Cause("status", "there is no key on the shelf; add keys, then publish")]
        if section.carries_contents:
            return unready(await self._store.contents([offer.id]))
        return []


def _key_problems(draft: Draft) -> list[Cause]:
    if not draft.section.carries_keys:
        reason = f"section {draft.section} carries no keys; they belong to sections 3, 12 and 13"
        return [Cause("keys", reason)] if draft.keys else []
    if not draft.complete:
        return []
    causes = []
    if not draft.keys:
        causes.append(Cause("keys", f"section {draft.section} needs at least one key"))
    return causes + instruction_problems(draft.section, draft.meta)
