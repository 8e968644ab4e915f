"""Shapes of what is on sale."""

from datetime import datetime

import msgspec

from ....domain.catalog import Shelf
from ....domain.contents import work_of
from ....store.storefront import OnSale
from . import PREFIX

# --- answers ---------------------------------------------------------------------------------------------


class SubcategoryAnswer(msgspec.Struct):
    id: int
    name: str


class SectionAnswer(msgspec.Struct):
    id: int
    name: str
    offers: int
    subcategories: list[SubcategoryAnswer]


class ContentAnswer(msgspec.Struct):
    id: int
    kind: int
    title: str
    description: str
    duration_ms: int | None
    pages: int | None
    preview: str | None


class OfferAnswer(msgspec.Struct):
    """`price` is what is to be paid; `full_price` what it was before the discount. `available`: keys on the shelf."""

    id: int
    title: str
    description: str
    section: int
    catalog_path: list[int]
    tags: list[str]
    seller: str
    seller_id: int
    price: int
    full_price: int
    currency: str
    age_rating: int
    rating: float
    cover: list[str]
    gallery: list[str]
    contents: list[ContentAnswer]
    available: int | None
    views: int
    purchases: int
    published: datetime


class Offers(msgspec.Struct):
    items: list[OfferAnswer]
    total: int


# --- translation -----------------------------------------------------------------------------------------


def url_of(offer_id: int, uri: str) -> str:
    return f"{PREFIX}/offers/{offer_id}/files/{uri}"


def offer(found: OnSale) -> OfferAnswer:
    row = found.listed.offer
    contents = []
    for content in found.listed.contents:
        made = work_of(content).found
        preview = made.preview if made else None
        contents.append(
            ContentAnswer(
                content.id,
                content.kind,
                content.title,
                content.description,
                made.duration_ms if made else None,
                made.pages if made else None,
                url_of(row.id, preview) if preview else None,
            )
        )
    return OfferAnswer(
        row.id,
        row.title,
        row.description,
        row.section,
        row.catalog_path,
        [tag.value for tag in found.listed.tags],
        found.seller,
        row.seller_id,
        row.price if row.discount_price is None else row.discount_price,
        row.price,
        "RUB",
        row.age_rating,
        row.rating,
        [url_of(row.id, uri) for uri in row.cover],
        [url_of(row.id, uri) for uri in row.gallery],
        contents,
        found.available,
        found.listed.views,
        found.listed.purchases,
        row.created_at,
    )


def section(shelf: Shelf) -> SectionAnswer:
    subcategories = [SubcategoryAnswer(row.id, row.name) for row in shelf.subcategories]
    return SectionAnswer(shelf.section, shelf.section.name.lower(), shelf.total, subcategories)
