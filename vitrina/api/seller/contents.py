"""Contents and pictures on the WBD wire."""

import msgspec

from ...domain.pictures import IMAGE_TYPES, MOST_IMAGE
from ...domain.problems import NotFound, invalid
from . import wire
from .call import SellerCall
from .multipart import gallery_files

_encoder = msgspec.json.Encoder()


async def get(call: SellerCall) -> bytes:
    content = await call.shop.contents.get(call.seller, call.path_id("content_id"))
    return _encoder.encode(wire.content(content))


async def page(call: SellerCall) -> bytes:
    wanted = call.filter(statuses=(0, 1, 2, 3, 4, 5))
    contents, total = await call.shop.contents.page(call.seller, wanted)
    return _encoder.encode(wire.Page([wire.content(one) for one in contents], total))


async def update(call: SellerCall) -> bytes:
    content_id = call.path_id("content_id")
    sent = await call.json(wire.UpdateContentRequest)
    try:
        content = await call.shop.contents.update(
            call.seller, content_id, title=sent.title, description=sent.description
        )
    except NotFound as missing:
        # The contract documents no 404 here: a strange content is a wrong parameter.
        raise invalid("content_id", missing.message) from None
    return _encoder.encode(wire.content(content))


async def retry(call: SellerCall) -> bytes:
    content = await call.shop.contents.retry(call.seller, call.path_id("content_id"))
    return _encoder.encode(wire.content(content))


async def delete(call: SellerCall) -> None:
    sent = await call.json(wire.ContentDeleteRequest)
    await call.shop.contents.delete(call.seller, sent.content_id)


async def upload_illustration(call: SellerCall) -> bytes | None:
    media_type = call.header_choice("X-Content-Type", IMAGE_TYPES)
    call.check()
    async with call.file(MOST_IMAGE) as path:

        async def action() -> bytes:
            uris = await call.shop.pictures.cover(call.seller, path, media_type)
            return _encoder.encode({"uris": uris, "userId": call.seller.id})

        return await call.once(action)


async def upload_gallery(call: SellerCall) -> bytes | None:
    async with gallery_files(call) as paths:

        async def action() -> bytes:
            return _encoder.encode({"uris": await call.shop.pictures.gallery(call.seller, paths)})

        return await call.once(action)
