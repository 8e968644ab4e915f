"""Purchases of a member in the shape of the vendor's regular API, and authors whose items may not be licensed."""

from typing import Any

from ...domain.items import level_of, sizes_of
from ...store.items import Item
from ...store.licences import Licence
from . import wire
from .ask import Ask

Answer = dict[str, Any]

SORTS = ("timestamp", "price", "item_id")
DIRECTIONS = ("asc", "desc")


async def page(ask: Ask) -> Answer:
    offset, limit = ask.page()
    member_id = await ask.of_member("dp_subaccount_id") or ask.member.id
    item_id = ask.number("dp_item_id", least=1)
    size = ask.text("dp_size")
    found, count = await ask.shop.licences.page(
        ask.member,
        member_id=member_id,
        item_ids=None if item_id is None else [item_id],
        size=None if size is None else wire.size_of(size) or size,
        sort=ask.choice("dp_sort_field", SORTS) or "timestamp",
        descending=ask.choice("dp_sort_type", DIRECTIONS) != "asc",
        skip=offset,
        take=limit,
    )
    items = await ask.shop.items.of_ids(wire.ids_of(found))
    links = await ask.shop.search.similar_of(list(items.values()))
    linked = await ask.shop.items.on_sale([id for of in links.values() for ids in of for id in ids])
    dates = ask.choice("dp_datetime_format", ("datetime", "unix")) or "datetime"
    rows = [_row(ask, one, items[one.item_id], dates) for one in found]
    for row, one in zip(rows, found, strict=True):
        for name, ids in zip(("similar", "series", "same_model"), links[one.item_id], strict=True):
            row[name] = [_card(ask, id) for id in ids if id in linked]
    return {"purchases": rows, "count": count}


def _card(ask: Ask, item_id: int) -> Answer:
    sides = {"thumbnail": 110, "large_thumb": 380, "url_max_qa": 950}
    shown = {name: wire.preview_of(ask.address, item_id, f"{side}.jpg") for name, side in sides.items()}
    return {"id": item_id, **shown}


def _row(ask: Ask, licence: Licence, item: Item, dates: str) -> Answer:
    """Most numbers are texts here, as the only sample has them."""
    size = sizes_of(item).get(licence.size)
    width, height = (size.width, size.height) if size else (item.width, item.height)
    links = wire.previews(ask.address, item, "neutral")
    names = (
        "thumbnail",
        "medium_thumbnail",
        "large_thumb",
        "huge_thumb",
        "url",
        "url2",
        "url_big",
        "url_max_qa",
    )
    return {
        "mediaId": str(item.id),
        "licenseId": str(licence.id),
        "license": "extended" if licence.options else "standard",
        "size": licence.size.removesuffix("-2015"),
        "price": f"{licence.price / 100:.2f}",
        "method": "enterprise",
        "purchaseDate": wire.api_datetime(licence.created_at, dates),
        "purchasedWidth": str(width),
        "purchasedHeight": str(height),
        "status": item.status,
        "title": item.title,
        "description": item.description,
        "width": str(item.width),
        "height": str(item.height),
        "mp": f"{wire.megapixels(item.width, item.height):g}",
        "views": item.views,
        "downloads": item.downloads,
        "username": item.seller,
        "level": level_of(item.downloads),
        "userid": item.seller_id,
        "published": wire.api_datetime(item.published_at or item.created_at, dates),
        "updated": wire.api_datetime(item.updated_at, dates),
        "iseditorial": item.editorial,
        "itype": item.type,
        **{name: links[name] for name in names},
        "itemurl": wire.page_of(ask.address, item),
        "isFreeItem": item.free,
    }


async def restricted_sellers(ask: Ask) -> Answer:
    return {"restricted_sellers": await ask.shop.groups.barred(ask.member.group_id)}
