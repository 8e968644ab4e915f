"""Uploads from a browser, in parts. A file that is picked again goes on where it stopped."""

import uuid

import msgspec

from ...api.call import Call
from ...domain.contents import Declared, Kind
from ...domain.problems import UploadNotFound, invalid
from ...domain.uploads import MOST_FILE, MOST_PART, NewContent, Part
from ...store.uploads import Unfinished
from ..forms import Form
from ..visit import Answer, Visit

# What a file is taken for by its name; the shop looks into it before anybody else does.
TYPES: dict[str, tuple[Kind, str]] = {
    "mp4": (Kind.VIDEO, "video/mp4"),
    "m4v": (Kind.VIDEO, "video/mp4"),
    "mp3": (Kind.AUDIO, "audio/mpeg"),
    "pdf": (Kind.DOCUMENT, "application/pdf"),
    "epub": (Kind.DOCUMENT, "application/epub+zip"),
    "txt": (Kind.DOCUMENT, "text/plain"),
}
_declared = msgspec.json.Decoder(Declared)


class Waiting(msgspec.Struct, frozen=True):
    """An upload that waits for the rest of its file."""

    upload: Unfinished
    file_name: str
    file_modified: int | None

    @property
    def percent(self) -> int:
        return self.upload.received * 100 // self.upload.part_count


def waiting(found: list[Unfinished]) -> list[Waiting]:
    """Unfinished uploads, with how their files were called."""
    shown = []
    for one in found:
        declared = _declared.decode(one.declared) if one.declared else Declared()
        shown.append(Waiting(one, declared.file_name or one.title, declared.file_modified))
    return shown


async def begin(visit: Visit, form: Form) -> Answer:
    """Begin an upload, or go on with that of the same file: same name, size and time of change."""
    name = form.text("name", most=255)
    size = form.number("size", least=1, most=MOST_FILE)
    modified = form.number("modified")
    kind = TYPES.get(name.rpartition(".")[2].lower())
    if not form.fine:
        raise invalid("file", " ".join(form.wrong.values()))
    if kind is None:
        known = ", ".join(TYPES)
        raise invalid("file", f"a file of this kind cannot be sold; the shop takes {known}")
    for one in waiting(await visit.shop.uploads.unfinished(visit.seller)):
        if (one.file_name, one.upload.size, one.file_modified) == (name, size, modified):
            return await _answer(visit, one.upload.uuid)
    new = NewContent(
        title=name.rpartition(".")[0].strip() or name,
        description="",
        kind=kind[0],
        media_type=kind[1],
        parts=_parts(size),
        declared=Declared(file_name=name, file_modified=modified),
    )
    return await _answer(visit, (await visit.shop.uploads.begin(visit.seller, new)).uuid)


async def _answer(visit: Visit, id: uuid.UUID) -> Answer:
    progress = await visit.shop.uploads.progress(visit.seller, id)
    upload = progress.upload
    return visit.data(
        {
            "uuid": str(id),
            "content": upload.content_id,
            "part_size": upload.part_size,
            "missing": progress.missing,
        }
    )


def _parts(size: int) -> list[Part]:
    whole, rest = divmod(size, MOST_PART)
    sizes = [MOST_PART] * whole + ([rest] if rest else [])
    return [Part(index, length) for index, length in enumerate(sizes, 1)]


async def put_part(visit: Visit) -> Answer:
    """One part; once this has answered it is kept, whatever happens."""
    try:
        id = uuid.UUID(visit.request.path_params["upload"])
    except ValueError:
        raise UploadNotFound from None
    index = visit.id("index")
    uploads = visit.shop.uploads
    upload = await uploads.find(visit.seller, id)
    length = visit.request.headers.get("content-length", "")
    uploads.check_part(upload, index, upload.media_type, int(length) if length.isdigit() else None)
    data = await Call(visit.shop, visit.request).body(MOST_PART)
    received = await uploads.put_part(visit.seller, upload, index, data)
    return visit.data({"received": received.parts, "of": upload.part_count})
