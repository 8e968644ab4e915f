"""The library: what a buyer has; watching, listening, reading, downloading, keys, and a review of it."""

import base64

import msgspec

from ...domain.books import has_text
from ...domain.contents import Kind
from ...domain.library import Owned, OwnedWork
from ...domain.problems import Invalid
from ...domain.reviews import MOST_TEXT
from ...domain.sheets import PDF
from ...store.entitlements import Entitlement
from ..forms import Form
from ..visit import Answer, Visit
from .shown import file_of

PER_PAGE = 24
FILES = "/shop/v1/files/"


class Work(msgspec.Struct, frozen=True):
    """A work as the pages show it: what can be done with it. `reads` is a word of the group `reads`."""

    id: int
    title: str
    kind: str
    plays: bool
    reads: str | None
    duration: int | None
    pages: int | None
    files: list[tuple[int, str, int]]


async def page(visit: Visit) -> Answer:
    text = visit.query.get("page")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    found = await visit.shop.library.shelf(visit.buyer, (number - 1) * PER_PAGE, PER_PAGE + 1)
    shown = [(row, _cover(row)) for row in found[:PER_PAGE]]
    return visit.page("storefront/library.html", owned=shown, number=number, more=len(found) > PER_PAGE)


async def show(visit: Visit) -> Answer:
    return await _purchase_page(visit, await _owned(visit))


async def reveal(visit: Visit, form: Form) -> Answer:
    """Show the keys; this is recorded, so it is never done unasked."""
    keys = await visit.shop.library.reveal(visit.buyer, visit.id("entitlement_id"), visit.client)
    return await _purchase_page(visit, await _owned(visit), keys=[key.value for key in keys])


async def review(visit: Visit, form: Form) -> Answer:
    id = visit.id("entitlement_id")
    rating, text = form.number("rating", least=1, most=5), form.text("text", most=MOST_TEXT, required=False)
    if form.fine:
        try:
            await visit.shop.reviews.write(visit.buyer, id, rating, text)
            return visit.go(f"/library/{id}", "review_kept")
        except Invalid as invalid:
            form.refuse(invalid)
    return await _purchase_page(visit, await _owned(visit), form=form)


async def _owned(visit: Visit) -> Owned:
    return await visit.shop.library.get(visit.buyer, visit.id("entitlement_id"))


async def _purchase_page(
    visit: Visit, owned: Owned, keys: list[str] | None = None, form: Form | None = None
) -> Answer:
    row = owned.entitlement
    meta = msgspec.json.decode(row.meta) if row.meta else {}
    return visit.page(
        "storefront/purchase.html",
        status=422 if form else 200,
        row=row,
        cover=_cover(row),
        works=[_work(work) for work in owned.works],
        carries_keys=owned.carries_keys,
        keys=keys,
        instruction=meta.get("key_instruction"),
        review=await visit.shop.reviews.of_purchase(visit.buyer, row.id),
        form=form,
    )


async def play(visit: Visit) -> Answer:
    """A player; where there is no script, the browser plays the stream or the file itself."""
    buyer, id, content_id = visit.buyer, visit.id("entitlement_id"), visit.id("content_id")
    stream = await visit.shop.library.stream(buyer, id, content_id)
    file = await visit.shop.library.download(buyer, id, content_id, 0)
    owned = await visit.shop.library.work(buyer, id, content_id)
    return visit.page(
        "storefront/play.html",
        id=id,
        work=_work(owned),
        stream=FILES + stream.path,
        file=FILES + file.path,
        media_type=owned.content.media_type,
    )


async def read(visit: Visit) -> Answer:
    """A leaf of a book, or a page of a PDF."""
    id, content_id = visit.id("entitlement_id"), visit.id("content_id")
    owned = await visit.shop.library.work(visit.buyer, id, content_id)
    text = visit.query.get("leaf")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    if has_text(owned.work):
        book = await visit.shop.books.page(visit.buyer, id, content_id, number)
        return visit.page("storefront/read.html", id=id, content_id=content_id, book=book)
    sheet = await visit.shop.sheets.get(visit.buyer, id, content_id, number)
    whole = await visit.shop.library.show(visit.buyer, id, content_id)
    picture = base64.b64encode(sheet.jpeg).decode()
    return visit.page(
        "storefront/sheet.html",
        id=id,
        content_id=content_id,
        sheet=sheet,
        picture=picture,
        whole=FILES + whole.path,
    )


async def download(visit: Visit) -> Answer:
    """On to a fresh link to a file."""
    file = visit.id("file")
    made = await visit.shop.library.download(
        visit.buyer, visit.id("entitlement_id"), visit.id("content_id"), file
    )
    return visit.go(FILES + made.path)


def _cover(row: Entitlement) -> str | None:
    return file_of(row.offer_id, row.cover[0]) if row.cover else None


def _work(owned: OwnedWork) -> Work:
    found, content = owned.work.found, owned.content
    reads = "text" if has_text(owned.work) else "pdf" if content.media_type == PDF else None
    return Work(
        content.id,
        content.title,
        Kind(content.kind).name.lower(),
        owned.streams,
        reads if content.kind == Kind.DOCUMENT else None,
        found.duration_ms if found else None,
        found.pages if found else None,
        [(file.number, _name(file.media_type), file.size) for file in owned.files],
    )


def _name(media_type: str) -> str:
    """How people call a type of file."""
    return _NAMES.get(media_type, media_type.rpartition("/")[2].upper())


_NAMES = {
    "audio/mpeg": "MP3",
    "video/mp4": "MP4",
    "text/plain": "TXT",
    "application/epub+zip": "EPUB",
    "application/fb2": "FB2",
    "application/pdf": "PDF",
}
