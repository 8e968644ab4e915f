"""Test copies, and the links by which they and licensed files are fetched."""

from typing import Any

from ...domain.problems import ItemNotFound, SizeNotOpen
from ...store.comps import Comp
from ...store.items import Item
from . import wire
from .ask import Ask
from .errors import ValueNotAllowed

Answer = dict[str, Any]


def size_in(ask: Ask) -> str:
    """dp_option as the canonical size."""
    size = wire.size_of(ask.must_text("dp_option"))
    if size is None:
        raise ValueNotAllowed("dp_option")
    return size


def link_to(ask: Ask, item_id: int, size: str, *, copy: int | None = None) -> str:
    link = ask.shop.stock_files.link(ask.member.group_id, item_id, size, copy)
    return f"{ask.address}/storage/item/download?id={link}"


async def take_copy(ask: Ask) -> Answer:
    item_id, size = ask.must_number("dp_item_id", least=1), size_in(ask)
    try:
        copy = await ask.shop.copies.take(ask.member, item_id, size)
    except SizeNotOpen as problem:
        raise ValueNotAllowed("dp_option", problem.message) from None
    return {"apiKey": ask.api_key, "downloadLink": link_to(ask, item_id, size, copy=copy)}


async def copies(ask: Ask) -> Answer:
    ask.own_group()
    offset, limit = ask.page()
    since, until = ask.span()
    types = ask.texts("dp_type")
    if types and not set(types) <= set(wire.ITEM_TYPES):
        raise ValueNotAllowed("dp_type")
    found, count = await ask.shop.copies.page(
        ask.member,
        since=since,
        until=until,
        member_id=await ask.of_member(),
        types=types,
        skip=offset,
        take=limit,
    )
    items = await ask.shop.items.of_ids(wire.ids_of(found))
    names = await ask.shop.members.names([one.member_id for one in found])
    downloads = [_row(ask, one, items[one.item_id], names.get(one.member_id, "")) for one in found]
    return {"downloads": downloads, "count": count}


def _row(ask: Ask, one: Comp, item: Item, actor: str) -> Answer:
    seller = {"id": item.seller_id, "username": item.seller}
    return {
        "id": one.id,
        "datetime": wire.unix(one.created_at),
        "filename": item.title,
        "groupId": one.group_id,
        "itemId": item.id,
        "marker": 0,
        "option": one.size,
        "itemType": item.type,
        "editorial": item.editorial,
        "itemLink": wire.path_of(item),
        "preview": wire.preview_of(ask.address, item.id, "110.jpg"),
        "width": item.width,
        "height": item.height,
        "userId": one.member_id,
        "actor": {"id": one.member_id, "username": actor},
        "seller": seller,
        "seler": seller,
        "download": link_to(ask, item.id, one.size, copy=one.id),
        "visible": item.status == "active",
    }


async def download_link(ask: Ask) -> Answer:
    item_id, size = ask.must_number("dp_item_id", least=1), size_in(ask)
    if not await ask.shop.licences.holds(ask.member.group_id, item_id, size):
        if item_id not in await ask.shop.items.of_ids([item_id]):
            raise ItemNotFound(f"item {item_id} not found")
        raise ValueNotAllowed("dp_option", f"your group has no licence for size {size} of item {item_id}")
    return {"downloadLink": link_to(ask, item_id, size)}
