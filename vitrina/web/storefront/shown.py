"""Offers as the storefront's templates show them."""

import msgspec

from ...domain.catalog import Section
from ...store.storefront import OnSale

ADULT = 18


class Card(msgspec.Struct, frozen=True):
    """An offer in a list."""

    id: int
    title: str
    seller: str
    section: int
    price: int
    full_price: int
    age: int
    rating: float
    reviews: int
    cover: str | None
    sold_out: bool

    @property
    def adult(self) -> bool:
        return self.age >= ADULT


def card(found: OnSale) -> Card:
    row = found.listed.offer
    return Card(
        row.id,
        row.title,
        found.seller,
        row.section,
        row.price if row.discount_price is None else row.discount_price,
        row.price,
        row.age_rating,
        row.rating,
        found.reviews,
        file_of(row.id, row.cover[0]) if row.cover else None,
        Section(row.section).carries_keys and not found.available,
    )


def cards(found: list[OnSale]) -> list[Card]:
    return [card(one) for one in found]


def file_of(offer_id: int, uri: str) -> str:
    """Where a browser finds a picture or a preview that an offer shows."""
    return f"/shop/v1/offers/{offer_id}/files/{uri}"
