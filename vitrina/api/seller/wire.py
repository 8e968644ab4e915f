"""The shapes of the WBD contract, and their translation to and from the shop's own types.

Prices are whole roubles on this wire and kopecks inside; times are UTC instants with `Z`.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal
from weakref import WeakKeyDictionary

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...domain.contents import Declared, Found, Rendition, Work, unpack, work_of
from ...domain.keys import Key
from ...store.contents import Content as ContentRow
from ...store.offers import CarriedContent, Listed
from ..call import FILLED

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # the contract's zero for `deleted`

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Roubles = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Age = Literal["0+", "6+", "12+", "14+", "16+", "18+"]
Title = Annotated[str, Meta(max_length=500, pattern=FILLED)]
TagText = Annotated[str, Meta(max_length=45, pattern=FILLED)]
KeyText = Annotated[str, Meta(max_length=200, pattern=FILLED)]
KeyList = Annotated[list[KeyText], Meta(max_length=1000)]
Tags = Annotated[list[TagText], Meta(min_length=1, max_length=5)]
Path = Annotated[list[Id], Meta(min_length=1, max_length=100)]
Uri = Annotated[str, Meta(max_length=500)]
Gallery = Annotated[list[Uri], Meta(max_length=8)]
Short = Annotated[str, Meta(max_length=100)]


def roubles(kopecks: int) -> int:
    return kopecks // 100


def instant(moment: datetime) -> datetime:
    """Whole seconds, as the contract shows times; msgspec writes UTC with `Z`."""
    return moment.replace(microsecond=0)


# --- requests --------------------------------------------------------------------------------------------


class OfferMetaRequest(msgspec.Struct):
    addresses: Annotated[str, Meta(max_length=1000)] | UnsetType | None = UNSET
    key_instruction: Annotated[str, Meta(max_length=5000)] | UnsetType | None = UNSET


class OfferCreateContent(msgspec.Struct):
    content: Id
    category_id: Literal[1, 2, 4]


class OfferCreateRequest(msgspec.Struct):
    title: Title
    description: Annotated[str, Meta(max_length=5000)]
    tags: Tags
    section: Literal[1, 2, 3, 4, 5, 6, 8, 9, 12, 13]
    catalog_path: Path
    age_rating: Age
    price: Roubles
    discount_price: Roubles = 0
    gallery: Gallery = []
    keys: KeyList = []
    status: Literal[0, 1] = 0
    content: Annotated[list[OfferCreateContent], Meta(max_length=1000)] = []
    meta: OfferMetaRequest | None = None


class OfferUpdateRequest(msgspec.Struct):
    title: Title | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=5000)] | UnsetType = UNSET
    price: Roubles | UnsetType = UNSET
    discount_price: Roubles | UnsetType | None = UNSET
    gallery: Gallery | UnsetType | None = UNSET
    age_rating: Age | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    status: Literal[0, 1, 2, 3] | UnsetType | None = UNSET
    catalog_path: Path | UnsetType = UNSET
    meta: OfferMetaRequest | UnsetType | None = UNSET
    # Not in the vendor's file, but on the page that the shop is built after.
    section: Literal[1, 2, 4, 5, 6] | UnsetType = UNSET


class OfferPriceUpdateRequest(msgspec.Struct):
    regular_price: Roubles | UnsetType = UNSET
    discount_price: Roubles | UnsetType = UNSET


class OfferStatusUpdateRequest(msgspec.Struct):
    status: Literal[0, 1, 2, 3]


class KeysLoadRequest(msgspec.Struct):
    keys: Annotated[list[KeyText], Meta(min_length=1, max_length=1000)]
    offer_id: Id


class ContentMeta(msgspec.Struct):
    thumbnail: Annotated[list[Uri], Meta(max_length=10)]
    source_file_name: Short | None = None
    rating: Age | None = None
    original_name: Short | None = None
    voice: Short | None = None
    bisac: str | None = None
    pages: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    author: Short | None = None
    translator: Short | None = None
    duration: Annotated[str, Meta(pattern=r"^\d{1,3}:[0-5]\d:[0-5]\d$")] | None = None


class ChunkPart(msgspec.Struct):
    index: Whole
    size: Whole


class UploadInitRequest(msgspec.Struct):
    title: Title
    description: Annotated[str, Meta(max_length=1000)]
    catalog_id: Literal[1, 2, 4]
    content_type: Literal["video/mp4", "audio/mpeg", "text/plain", "application/pdf", "application/epub+zip"]
    parts: list[ChunkPart]
    meta: ContentMeta | None


class UpdateContentRequest(msgspec.Struct):
    title: Title | None = None
    description: Annotated[str, Meta(max_length=1000)] | None = None


class ContentDeleteRequest(msgspec.Struct):
    content_id: Id


# --- answers ---------------------------------------------------------------------------------------------


class TagAnswer(msgspec.Struct):
    id: int
    value: str
    value_translit: str
    weight: float


class FileAnswer(msgspec.Struct):
    contentType: str  # the contract's spelling
    size: int
    uri: str


class OfferContentAnswer(msgspec.Struct):
    content: int
    title: str
    description: str
    files: list[FileAnswer]
    meta: str
    playlist: str
    category_id: int


class OfferAnswer(msgspec.Struct):
    id: int
    title: str
    description: str
    section: int
    catalog_path: list[int]
    price: int
    discount_price: int
    gallery: list[str]
    meta: str
    tags: list[TagAnswer]
    thumbnail: list[str]
    content: list[OfferContentAnswer]
    created: datetime
    updated: datetime
    deleted: datetime
    status: int
    view_count: int
    purchase_count: int
    adult: bool
    age_rating: str
    rating: float


class ContentAnswer(msgspec.Struct):
    id: int
    author_id: int
    title: str
    description: str
    content_type: str
    uri: str
    files: list[FileAnswer]
    playlist: str
    meta: dict[str, Any] | None
    category_id: int
    status: int
    created: datetime
    updated: datetime


class Page(msgspec.Struct):
    items: list[Any]
    total: int


_encode = msgspec.json.Encoder().encode
_rendered: WeakKeyDictionary[Listed, bytes] = WeakKeyDictionary()


def offer(listed: Listed) -> bytes:
    """An offer as the JSON of the contract's OfferResponse."""
    return _encode(_offer(listed))


def offer_in_list(listed: Listed) -> bytes:
    """The same, made once as long as the offer stays as it is: lists show the same ones over and over."""
    found = _rendered.get(listed)
    if found is None:
        found = _rendered[listed] = offer(listed)
    return found


def _offer(listed: Listed) -> OfferAnswer:
    row = listed.offer
    return OfferAnswer(
        row.id,
        row.title,
        row.description,
        row.section,
        row.catalog_path,
        roubles(row.price),
        roubles(row.discount_price or 0),
        row.gallery,
        msgspec.json.encode(row.meta).decode() if row.meta else "",
        [TagAnswer(tag.id, tag.value, tag.value_translit, float(tag.weight)) for tag in listed.tags],
        row.cover,
        [offer_content(content) for content in listed.contents],
        instant(row.created_at),
        instant(row.updated_at),
        NEVER,
        row.status,
        listed.views,
        listed.purchases,
        row.age_rating == 18,
        f"{row.age_rating}+",
        row.rating,
    )


def offer_content(content: CarriedContent) -> OfferContentAnswer:
    meta, files = _carried(content.declared, content.found, content.files)
    return OfferContentAnswer(
        content.id, content.title, content.description, files, meta, content.playlist, content.kind
    )


@lru_cache(maxsize=1024)
def _carried(declared: str | None, found: str | None, files: str) -> tuple[str, list[FileAnswer]]:
    """What a content's three JSON columns are on the wire. Lists show the same few contents over and over."""
    work = unpack(declared, found, files)
    meta = content_meta(work)
    return "" if meta is None else msgspec.json.encode(meta).decode(), file_answers(work)


def content(row: ContentRow) -> ContentAnswer:
    """A content as the contract's Content."""
    work = work_of(row)
    meta = content_meta(work)
    if row.failure:
        meta = (meta or {}) | {"failure": row.failure}
    return ContentAnswer(
        row.id,
        row.seller_id,
        row.title,
        row.description,
        row.media_type,
        row.uri,
        file_answers(work),
        row.playlist,
        meta,
        row.kind,
        row.status,
        instant(row.created_at),
        instant(row.updated_at),
    )


def file_answers(work: Work) -> list[FileAnswer]:
    return [FileAnswer(file.media_type, file.size, file.uri) for file in work.files]


def content_meta(work: Work) -> dict[str, Any] | None:
    """What is known of a content: what the seller declared, corrected by what was found in the file."""
    if work.declared is None and work.found is None:
        return None
    meta = _declared_meta(work.declared) if work.declared else {}
    if work.found:
        meta |= _found_meta(work.found)
    if work.cover:
        meta["thumbnail"] = work.cover
    return meta


def _declared_meta(declared: Declared) -> dict[str, Any]:
    meta = {
        "thumbnail": declared.cover,
        "rating": None if declared.age_rating is None else f"{declared.age_rating}+",
        "author": declared.author,
        "pages": declared.pages,
        "source_file_name": declared.file_name,
        "original_name": declared.original_title,
        "voice": declared.narrator,
        "bisac": declared.isbn,
        "translator": declared.translator,
        "duration": declared.duration,
    }
    return {name: value for name, value in meta.items() if value is not None}


def _found_meta(found: Found) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if found.duration_ms is not None:
        meta["duration_ms"] = found.duration_ms
        meta["duration"] = _clock_time(found.duration_ms)
    if found.width and found.height:
        meta["dimensions"] = [f"{video.width}x{video.height}" for video in found.videos]
    if found.videos:
        meta["encoded_videos"] = [_rendition(video) for video in found.videos]
    if found.audios:
        meta["encoded_audios"] = [_rendition(audio) for audio in found.audios]
    for name in ("preview", "waveform", "pages", "bitrate"):
        if getattr(found, name) is not None:
            meta[name] = getattr(found, name)
    return meta


def _rendition(rendition: Rendition) -> dict[str, Any]:
    picture = {"dimension": f"{rendition.width}x{rendition.height}"} if rendition.width else {}
    return picture | {"size": rendition.size, "bitrate": rendition.bitrate}


def _clock_time(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def key(row: Key) -> dict[str, Any]:
    """A key as the contract's KeyResponse: the nullable dates are always there."""
    return {
        "id": row.id,
        "value": row.value,
        "created_at": instant(row.created_at),
        "buyed_at": instant(row.sold_at) if row.sold_at else None,
        "deleted_at": instant(row.deleted_at) if row.deleted_at else None,
    }


def sold_key(row: Key) -> dict[str, Any]:
    """A key as the contract's KeyRedeemedResponse."""
    assert row.sold_at is not None
    return {
        "id": row.id,
        "value": row.value,
        "created_at": instant(row.created_at),
        "buyed_at": instant(row.sold_at),
        "offer_id": row.offer_id,
        "offer_title": row.sold_title or "",
        "offer_price": roubles(row.sold_price or 0),
    }
