"""Offers: what a buyer sees and pays for. Prices are whole roubles."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import msgspec

from .connection import Connection, read
from .contents import File
from .pages import Page, all_pages
from .pictures import Pictures


class OfferStatus(IntEnum):
    """Whether an offer is on sale."""

    DRAFT = 0
    PUBLISHED = 1
    PAUSED = 2
    DELETED = 3


class Tag(msgspec.Struct, kw_only=True):
    """A word that an offer is found by; the heavier, the more telling."""

    id: int = 0
    value: str = ""
    value_translit: str = ""
    weight: float = 0


class OfferContent(msgspec.Struct, kw_only=True):
    """A content that an offer carries; `content` is its id, `meta` JSON text."""

    content: int
    title: str = ""
    description: str = ""
    files: list[File] = []
    meta: str = ""
    playlist: str = ""
    category_id: int = 0


class Offer(msgspec.Struct, kw_only=True):
    """One offer. `status` is an OfferStatus, `section` a Section, `meta` JSON text, `rating` 0 to 100."""

    id: int
    title: str = ""
    description: str = ""
    section: int = 0
    catalog_path: list[int] = []
    price: int = 0
    discount_price: int = 0
    gallery: list[str] = []
    meta: str = ""
    tags: list[Tag] = []
    thumbnail: list[str] = []
    content: list[OfferContent] = []
    created: datetime | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    status: int = 0
    view_count: int = 0
    purchase_count: int = 0
    adult: bool = False
    age_rating: str = ""
    rating: float = 0


class OfferMeta(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How to activate a key (up to 5,000 characters), and where coupons and certificates are taken (1,000)."""

    key_instruction: str | None = None
    addresses: str | None = None


class Carried(msgspec.Struct, forbid_unknown_fields=True):
    """A content to carry: its id, and its category (1 video, 2 audio, 4 document)."""

    content: int
    category_id: int


class NewOffer(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that an offer can be created with; the fields are those of the wire.

    `title` up to 500 characters, `description` up to 5,000, 1 to 5 `tags` of up to 45, `catalog_path` ids of
    subcategories, `age_rating` such as "12+", up to 8 `gallery` URIs, up to 1,000 `keys` of up to 200.
    """

    title: str
    description: str
    tags: list[str]
    section: int
    catalog_path: list[int]
    age_rating: str
    price: int
    discount_price: int = 0
    gallery: list[str] = []
    keys: list[str] = []
    status: int = OfferStatus.DRAFT
    content: list[Carried] = []
    meta: OfferMeta | None = None


class OfferChanges(TypedDict, total=False):
    """What `update` may change; None takes a discount, a gallery or the meta away."""

    title: str
    description: str
    price: int
    discount_price: int | None
    gallery: Sequence[str] | None
    age_rating: str
    tags: Sequence[str]
    status: int
    catalog_path: Sequence[int]
    meta: OfferMeta | None


class Offers:
    """Creates, lists and changes offers. Every method raises ApiError, Unreachable, NotUnderstood."""

    def __init__(self, connection: Connection, pictures: Pictures) -> None:
        self._connection = connection
        self._pictures = pictures

    def create(self, new: NewOffer) -> Offer:
        """Create an offer; with `status` PUBLISHED it must be fit for sale at once."""
        return read(self._connection.post("/api/v1/offers", new, creates=True), Offer)

    def get(self, offer_id: int) -> Offer:
        """One offer; ApiError 404 if there is none, or it was deleted."""
        return self._connection.get(f"/api/v1/offers/{offer_id}", Offer)

    def list(
        self,
        *,
        search: str | None = None,
        category: int | None = None,
        status: int | None = None,
        sort: Literal["created", "updated"] | None = None,
        sort_dir: Literal["asc", "desc"] | None = None,
        skip: int = 0,
        take: int = 50,
    ) -> Page[Offer]:
        """A page of offers: `search` is a part of the title, `category` the kind of content they carry."""
        params = {
            "search": search,
            "category": category,
            "status": status if status is None else int(status),
            "sort": sort,
            "sort_dir": sort_dir,
            "skip": skip,
            "take": take,
        }
        return self._connection.get("/api/v1/offers/author", Page[Offer], params)

    def iterate(
        self, *, search: str | None = None, category: int | None = None, status: int | None = None
    ) -> Iterator[Offer]:
        """Every offer, the oldest first, page by page; make a list of them before you change what is sought."""
        return all_pages(
            lambda skip, take: self.list(
                search=search,
                category=category,
                status=status,
                sort="created",
                sort_dir="asc",
                skip=skip,
                take=take,
            )
        )

    def update(self, offer_id: int, **changes: Unpack[OfferChanges]) -> None:
        """Change what is named; everything else stays."""
        self._connection.post(f"/api/v1/offers/{offer_id}", changes)

    def set_price(self, offer_id: int, price: int, discount_price: int = 0) -> None:
        """Set the price and the price after discount, in roubles; 0 is no discount."""
        body = {"regular_price": price, "discount_price": discount_price}
        self._connection.post(f"/api/v1/offer/price/{offer_id}", body)

    def set_status(self, offer_id: int, status: OfferStatus) -> None:
        """Publish, pause, take back to draft or delete; ApiError 400 names what stands against it."""
        self._connection.post(f"/api/v1/offer/{offer_id}", {"status": int(status)})

    def set_cover(self, offer_id: int, path: str | Path) -> None:
        """Upload the offer's cover: PNG or JPEG up to 5 MB, best square and at least 1200 × 1200."""
        self._pictures.send("/api/v1/offers/thumb", path, {"X-Wbd-OfferId": str(offer_id)})
