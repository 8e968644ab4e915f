"""Statistics of the caller's group, and purchases of its members in the shape of the regular API."""

from typing import Any

from . import wire
from .ask import Ask

Answer = dict[str, Any]


async def dates(ask: Ask) -> Answer:
    ask.own_group()
    since, until = ask.span(must=True)
    assert since
    assert until
    offset, limit = ask.page()
    member_id = await ask.of_member()
    slots, count = await ask.shop.statistics.dates(ask.member, member_id, since, until, offset, limit)
    rows = [
        {
            "comps": slot.counts.comps,
            "licensed": slot.counts.licensed,
            "transferred": slot.counts.transferred,
            "title": wire.sql_datetime(slot.start),
        }
        for slot in slots
    ]
    return {"data": rows, "count": count}


async def total(ask: Ask) -> Answer:
    ask.own_group()
    since, until = ask.span(must=True)
    assert since
    assert until
    counts = await ask.shop.statistics.total(ask.member, await ask.of_member(), since, until)
    return {"comps": counts.comps, "licensed": counts.licensed, "transferred": counts.transferred}


async def items(ask: Ask) -> Answer:
    member_id = ask.must_number("dp_user_id", least=1)
    since, until = ask.span(must=True)
    assert since
    assert until
    offset, limit = ask.page()
    await ask.shop.members.must_be_of_group(ask.member, [member_id])
    found, count = await ask.shop.statistics.items(member_id, since, until, offset, limit)
    known = await ask.shop.items.of_ids([id for id, _ in found])
    rows = []
    for id, counts in found:
        item = known[id]
        slug = wire.path_of(item).rsplit("/", 1)[1].removesuffix(".html")
        rows.append(
            {
                "id": id,
                "comps": counts.comps,
                "licenses": counts.licensed,
                "transfers": counts.transferred,
                "blocked": item.status != "active",
                "height": item.height,
                "width": item.width,
                "type": wire.LETTERS[item.type],
                "title": item.title,
                "description": item.description,
                "filename": f"stock-photo-{slug}",
                "sellerId": item.seller_id,
                "sellerName": item.seller,
                "editorial": item.editorial,
                "mp": wire.megapixels(item.width, item.height),
                "uploadTimestamp": wire.unix(item.created_at),
                "nudity": item.nudity,
            }
        )
    return {"data": rows, "count": count}
