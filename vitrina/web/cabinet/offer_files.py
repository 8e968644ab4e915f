"""Pictures of an offer: taken from a script or a form, shown to their seller before anybody else sees them."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ...api.answers import Streamed, file_body
from ...api.call import Call
from ...domain.contents import work_of
from ...domain.pictures import IMAGE_TYPES, MOST_CLIP, MOST_IMAGE, MOST_IN_GALLERY
from ...domain.problems import FileNotFound, Invalid, invalid
from ...store.offers import Listed
from ..forms import Form, SentFile
from ..problems import sentence_of
from ..visit import Answer, Visit
from . import one_offer


async def put_cover(visit: Visit) -> Answer:
    """A new cover; the body is the picture."""
    await visit.shop.offers.get(visit.seller, visit.id("offer_id"))
    async with _body(visit, MOST_IMAGE) as path:
        await _set_cover(visit, path, visit.request.headers.get("content-type", ""))
    return visit.data({})


async def send_cover(visit: Visit, form: Form) -> Answer:
    """A new cover by a form, without script."""
    try:
        await _set_cover(visit, _sent(form).path, _sent(form).media_type)
    except Invalid as refused:
        return await one_offer.page(visit, sentence_of(refused, visit.words))
    return visit.go(f"/cabinet/offers/{visit.id('offer_id')}#cover", "offer_saved")


async def _set_cover(visit: Visit, path: Path, media_type: str) -> None:
    if media_type not in IMAGE_TYPES:
        raise invalid("cover", "the file is neither a PNG nor a JPEG picture")
    await visit.shop.offers.set_cover(visit.seller, visit.id("offer_id"), path, media_type)


async def put_picture(visit: Visit) -> Answer:
    """One more picture or clip in the gallery; the body is the file."""
    _check_room((await visit.shop.offers.get(visit.seller, visit.id("offer_id"))).offer.gallery)
    async with _body(visit, MOST_CLIP) as path:
        await _hang(visit, path)
    return visit.data({})


async def send_picture(visit: Visit, form: Form) -> Answer:
    """One more picture or clip by a form, without script."""
    try:
        await _hang(visit, _sent(form).path)
    except Invalid as refused:
        return await one_offer.page(visit, sentence_of(refused, visit.words))
    return visit.go(f"/cabinet/offers/{visit.id('offer_id')}#gallery", "offer_saved")


async def _hang(visit: Visit, path: Path) -> None:
    listed = await visit.shop.offers.get(visit.seller, visit.id("offer_id"))
    _check_room(listed.offer.gallery)
    uris = await visit.shop.pictures.gallery(visit.seller, [path])
    gallery = (await visit.shop.offers.get(visit.seller, listed.offer.id)).offer.gallery
    _check_room(gallery)
    await visit.shop.offers.update(visit.seller, listed.offer.id, {"gallery": [*gallery, *uris]})


def _sent(form: Form) -> SentFile:
    if form.sent is None:
        raise invalid("body", "the file is empty")
    return form.sent


def _check_room(gallery: list[str]) -> None:
    if len(gallery) >= MOST_IN_GALLERY:
        raise invalid("gallery", f"a gallery has at most {MOST_IN_GALLERY} files; remove one first")


@asynccontextmanager
async def _body(visit: Visit, most: int) -> AsyncIterator[Path]:
    data = await Call(visit.shop, visit.request).body(most)
    if not data:
        raise invalid("body", "the file is empty")
    with tempfile.TemporaryDirectory(prefix="vitrina-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        yield path


async def arrange(visit: Visit, form: Form) -> Answer:
    """Take a picture out of the gallery, or put it first."""
    listed = await visit.shop.offers.get(visit.seller, visit.id("offer_id"))
    uri = form.get("uri")
    rest = [one for one in listed.offer.gallery if one != uri]
    known = len(rest) < len(listed.offer.gallery)
    gallery = [uri, *rest] if known and form.flag("first") else rest
    try:
        await visit.shop.offers.update(visit.seller, listed.offer.id, {"gallery": gallery})
    except Invalid as refused:
        form.refuse(refused)
    return visit.go(f"/cabinet/offers/{listed.offer.id}#gallery", "offer_saved" if form.fine else None)


async def file(visit: Visit) -> Answer:
    """A picture or preview that belongs to the seller's own offer, on sale or not."""
    listed = await visit.shop.offers.get(visit.seller, visit.id("offer_id"))
    uri = visit.request.path_params["uri"].lstrip("/")
    if uri not in _shown(listed):
        raise FileNotFound(f"offer {listed.offer.id} shows no file {uri[:200]!r}")
    found = await visit.shop.downloads.at(uri)
    body = await file_body(visit.shop, visit.request, found)
    return Streamed(body, {})


def _shown(listed: Listed) -> set[str]:
    uris = {*listed.offer.cover, *listed.offer.gallery}
    for content in listed.contents:
        work = work_of(content)
        uris.update(work.cover)
        if work.found and work.found.preview:
            uris.add(work.found.preview)
    return uris
