"""Shapes of what a buyer owns: works, files, keys."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ....domain.library import Owned, OwnedWork
from . import Id

# --- requests --------------------------------------------------------------------------------------------


class NewLink(msgspec.Struct):
    content_id: Id
    file: Annotated[int, Meta(ge=0, le=1000)] | None = None
    """The number of a file to download; none asks for the stream."""


# --- answers ---------------------------------------------------------------------------------------------


class FileAnswer(msgspec.Struct):
    number: int
    media_type: str
    size: int


class WorkAnswer(msgspec.Struct):
    id: int
    kind: int
    title: str
    streams: bool
    duration_ms: int | None
    pages: int | None
    files: list[FileAnswer]


class OwnedAnswer(msgspec.Struct):
    """`keys` is how many keys there are to reveal."""

    id: int
    order_id: int
    offer_id: int
    title: str
    section: int
    since: datetime
    until: datetime | None
    keys: int
    instruction: str | None
    contents: list[WorkAnswer]


class LibraryPage(msgspec.Struct):
    items: list[OwnedAnswer]
    total: int


class LinkAnswer(msgspec.Struct):
    url: str
    expires_at: datetime


class KeyAnswer(msgspec.Struct):
    id: int
    value: str


# --- translation -----------------------------------------------------------------------------------------


def owned(found: Owned) -> OwnedAnswer:
    row = found.entitlement
    meta = msgspec.json.decode(row.meta) if row.meta else {}
    return OwnedAnswer(
        row.id,
        row.order_id,
        row.offer_id,
        row.title,
        row.section,
        row.since,
        row.until,
        row.quantity if found.carries_keys else 0,
        meta.get("key_instruction"),
        [_work(one) for one in found.works],
    )


def _work(one: OwnedWork) -> WorkAnswer:
    made = one.work.found
    return WorkAnswer(
        one.content.id,
        one.content.kind,
        one.content.title,
        one.streams,
        made.duration_ms if made else None,
        made.pages if made else None,
        [FileAnswer(file.number, file.media_type, file.size) for file in one.files],
    )
