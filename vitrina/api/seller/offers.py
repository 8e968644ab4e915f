"""Offers on the WBD wire."""

from typing import Any

import msgspec
from msgspec import UNSET

from ...domain.catalog import Section
from ...domain.offers import CarriedKind, Draft, OfferStatus
from ...domain.pictures import IMAGE_TYPES, MOST_IMAGE
from ...domain.problems import NotFound, invalid
from . import wire
from .call import SellerCall

_encoder = msgspec.json.Encoder()


async def create(call: SellerCall) -> bytes | None:
    sent = await call.json(wire.OfferCreateRequest)
    draft = Draft(
        title=sent.title,
        description=sent.description,
        tags=sent.tags,
        section=Section(sent.section),
        catalog_path=sent.catalog_path,
        age_rating=_years(sent.age_rating),
        price=sent.price * 100,
        discount_price=sent.discount_price * 100,
        gallery=sent.gallery,
        meta=_meta(sent.meta),
        keys=sent.keys,
        contents=[CarriedKind(one.content, one.category_id) for one in sent.content],
        publish=sent.status == 1,
    )

    async def action() -> bytes:
        return wire.offer(await call.shop.offers.create(call.seller, draft))

    return await call.once(action)


async def get(call: SellerCall) -> bytes:
    listed = await call.shop.offers.get(call.seller, call.path_id("offer_id"))
    return wire.offer(listed)


async def page(call: SellerCall) -> bytes:
    wanted = call.filter(statuses=(0, 1, 2))
    listed, total = await call.shop.offers.page(call.seller, wanted)
    return _encoder.encode(wire.Page([msgspec.Raw(wire.offer_in_list(one)) for one in listed], total))


async def update(call: SellerCall) -> None:
    offer_id = call.path_id("offer_id")
    sent = await call.json(wire.OfferUpdateRequest)
    changes: dict[str, Any] = {
        name: value
        for name in ("title", "description", "tags", "catalog_path", "section")
        if (value := getattr(sent, name)) is not UNSET
    }
    if sent.age_rating is not UNSET:
        changes["age_rating"] = _years(sent.age_rating)
    if sent.price is not UNSET:
        changes["price"] = sent.price * 100
    if sent.discount_price is not UNSET:
        changes["discount_price"] = (sent.discount_price or 0) * 100 or None
    if sent.gallery is not UNSET:
        changes["gallery"] = sent.gallery or []
    if sent.meta is not UNSET:
        changes["meta"] = _meta(sent.meta)
    if sent.status is not UNSET and sent.status is not None:
        changes["status"] = OfferStatus(sent.status)
    await call.shop.offers.update(call.seller, offer_id, changes)


async def update_price(call: SellerCall) -> None:
    offer_id = call.path_id("offer_id")
    sent = await call.json(wire.OfferPriceUpdateRequest)
    price = None if sent.regular_price is UNSET else sent.regular_price * 100
    # No discount is wanted when none is sent, or 0.
    discount = 0 if sent.discount_price is UNSET else sent.discount_price * 100
    if price is None and sent.discount_price is UNSET:
        raise invalid("regular_price", "give a new price, a new discounted price, or both")
    try:
        await call.shop.offers.set_price(call.seller, offer_id, price, discount)
    except NotFound as missing:
        raise _undocumented(missing) from None


async def update_status(call: SellerCall) -> None:
    offer_id = call.path_id("offer_id")
    sent = await call.json(wire.OfferStatusUpdateRequest)
    try:
        await call.shop.offers.set_status(call.seller, offer_id, OfferStatus(sent.status))
    except NotFound as missing:
        raise _undocumented(missing) from None


async def upload_cover(call: SellerCall) -> None:
    media_type = call.header_choice("X-Content-Type", IMAGE_TYPES)
    offer_id = call.header_number("X-Wbd-OfferId")
    call.check()
    try:
        await call.shop.offers.get(call.seller, offer_id)
        async with call.file(MOST_IMAGE) as path:
            await call.shop.offers.set_cover(call.seller, offer_id, path, media_type)
    except NotFound as missing:
        raise _undocumented(missing, "X-Wbd-OfferId") from None


def _undocumented(missing: NotFound, field: str = "offer_id") -> Exception:
    """The contract documents no 404 here: a strange offer is a wrong parameter."""
    return invalid(field, missing.message)


def _years(age: str) -> int:
    return int(age.rstrip("+"))


def _meta(meta: wire.OfferMetaRequest | None) -> dict[str, str | None] | None:
    """Only what was given; null takes a text away."""
    if meta is None:
        return None
    given: dict[str, str | None] = msgspec.to_builtins(meta)
    return given
