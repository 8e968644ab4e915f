"""The library: what a buyer may have, keys, links, and the files at their end."""

from urllib.parse import quote

from ..answers import Body, file_body
from .call import ShopCall
from .wire import PREFIX
from .wire import library as wire

SHOWN_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


async def page(call: ShopCall) -> wire.LibraryPage:
    skip = call.query_number("skip", 0)
    take = call.query_number("take", 20)
    call.check()
    found, total = await call.shop.library.page(call.buyer, skip or 0, min(20 if take is None else take, 100))
    return wire.LibraryPage([wire.owned(one) for one in found], total)


async def get(call: ShopCall) -> wire.OwnedAnswer:
    return wire.owned(await call.shop.library.get(call.buyer, call.path_id("entitlement_id")))


async def reveal(call: ShopCall) -> list[wire.KeyAnswer]:
    keys = await call.shop.library.reveal(call.buyer, call.path_id("entitlement_id"), call.client)
    return [wire.KeyAnswer(key.id, key.value) for key in keys]


async def link(call: ShopCall) -> wire.LinkAnswer:
    id = call.path_id("entitlement_id")
    new = await call.json(wire.NewLink)
    library = call.shop.library
    if new.file is None:
        made = await library.stream(call.buyer, id, new.content_id)
    else:
        made = await library.download(call.buyer, id, new.content_id, new.file)
    return wire.LinkAnswer(f"{call.address}{PREFIX}/files/{made.path}", made.expires_at)


async def follow(call: ShopCall) -> Body:
    name = call.request.path_params["name"].lstrip("/")
    found = await call.shop.library.follow(call.request.path_params["signed"], name)
    body = await file_body(call.shop, call.request, found.download)
    if found.save_as is not None:
        kept = "inline" if found.shown else "attachment"
        body.headers["Content-Disposition"] = f"{kept}; filename*=UTF-8''{quote(found.save_as, safe='')}"
    if found.shown:
        # A browser's own viewer does not open in a sandbox; it runs what is in a document in one of its own.
        body.headers["Content-Security-Policy"] = SHOWN_POLICY
    return body
