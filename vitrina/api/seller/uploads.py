"""Uploads in parts on the WBD wire."""

import re
import uuid

import msgspec

from ...domain.contents import Declared, Kind
from ...domain.problems import Cause, Invalid, NotFound, invalid
from ...domain.uploads import MOST_PART, NewContent, Part
from ..call import BodyTooLarge
from . import wire
from .call import SellerCall

_TYPES = (
    *("video/mp4", "audio/mpeg", "text/plain", "application/pdf"),
    *("application/zip", "application/epub+zip"),
)
_ISBN = re.compile(r"97[89]\d{10}")
_encoder = msgspec.json.Encoder()


async def init(call: SellerCall) -> bytes | None:
    sent = await call.json(wire.UploadInitRequest)
    causes = _meta_problems(sent)
    if causes:
        raise Invalid(*causes)
    new = NewContent(
        title=sent.title,
        description=sent.description,
        kind=Kind(sent.catalog_id),
        media_type=sent.content_type,
        parts=[Part(part.index, part.size) for part in sent.parts],
        declared=_declared(sent.meta) if sent.meta else None,
    )

    async def action() -> bytes:
        begun = await call.shop.uploads.begin(call.seller, new)
        return _encoder.encode({"content_id": begun.content_id, "uuid": str(begun.uuid)})

    return await call.once(action)


async def chunk(call: SellerCall) -> bytes:
    media_type = call.header_choice("X-Content-Type", _TYPES)
    index = call.header_number("X-Wbd-Part-Index")
    id = _uuid(call, "X-Wbd-Content-Uuid", call.header("X-Wbd-Content-Uuid"))
    call.check()
    uploads = call.shop.uploads
    try:
        upload = await uploads.find(call.seller, id)
        length = call.request.headers.get("content-length", "")
        uploads.check_part(upload, index, media_type, int(length) if length.isdigit() else None)
        data = await call.body(MOST_PART)
        received = await uploads.put_part(call.seller, upload, index, data)
    except NotFound as missing:
        # The contract documents no 404 here: a strange upload is a wrong parameter.
        raise invalid("X-Wbd-Content-Uuid", missing.message) from None
    except BodyTooLarge as large:
        raise invalid("body", large.message) from None
    return _encoder.encode({"chunk": received.parts, "uri": received.uri})


async def progress(call: SellerCall) -> bytes:
    id = _uuid(call, "uuid", call.request.path_params["uuid"])
    call.check()
    found = await call.shop.uploads.progress(call.seller, id)
    upload = found.upload
    return _encoder.encode(
        {
            "uuid": str(upload.uuid),
            "content_id": upload.content_id,
            "status": upload.status,
            "part_size": upload.part_size,
            "size": upload.size,
            "received": found.received,
            "missing": found.missing,
            "expires": wire.instant(upload.expires_at),
        }
    )


def _uuid(call: SellerCall, name: str, text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        if text:
            call.wrong(
                name,
                f"value {text[:100]!r} is invalid for parameter {name}; give the uuid that init answered",
            )
        return uuid.UUID(int=0)


def _meta_problems(sent: wire.UploadInitRequest) -> list[Cause]:
    """What the contract demands of `meta` by kind; a null `meta` declares nothing."""
    if sent.meta is None:
        return []
    needed = {1: ["rating"], 2: ["rating", "author"], 4: ["rating", "author", "pages"]}[sent.catalog_id]
    causes = [
        Cause(f"meta.{name}", f"this field is required for contents of category {sent.catalog_id}")
        for name in needed
        if getattr(sent.meta, name) in (None, "")
    ]
    if sent.meta.bisac and not _ISBN.fullmatch(re.sub(r"[\s-]", "", sent.meta.bisac)):
        causes.append(Cause("meta.bisac", "an ISBN has 13 digits and begins with 978 or 979"))
    return causes


def _declared(meta: wire.ContentMeta) -> Declared:
    return Declared(
        cover=meta.thumbnail,
        age_rating=int(meta.rating.rstrip("+")) if meta.rating else None,
        author=meta.author,
        pages=meta.pages,
        file_name=meta.source_file_name,
        original_title=meta.original_name,
        narrator=meta.voice,
        isbn=meta.bisac,
        translator=meta.translator,
        duration=meta.duration,
    )
