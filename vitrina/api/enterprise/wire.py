"""The shapes of the enterprise contract. Where it gives two names for one thing, both are sent."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from ...domain.items import level_of, sizes_of
from ...store.items import Item, Summary
from ...store.licences import Licence

Answer = dict[str, Any]

CURRENCY_IDS = {"USD": 0, "EUR": 5}
ITEM_TYPES = ("image", "vector", "video", "audio")
LETTERS = {"image": "i", "vector": "v", "video": "d", "audio": "a"}

# option → (label, number, place in a menu), as the contract's table of sizes has them.
SIZES = {
    "s-2015": ("Small", 1, 5),
    "m-2015": ("Medium", 2, 6),
    "l-2015": ("Large", 3, 7),
    "xl-2015": ("Extra large", 4, 8),
    "vect": ("Vector", 5, 9),
    "cs": ("Premium small", 6, 1),
    "cl": ("Premium large", 7, 2),
    "240": ("240p", 8, 1),
    "480": ("480p", 9, 2),
    "720": ("720p", 10, 3),
    "1080": ("1080p", 11, 4),
    "4k": ("4K", 12, 5),
}
_ALIASES = {
    "xs": "s-2015",
    "s": "s-2015",
    "m": "m-2015",
    "l": "l-2015",
    "xl": "xl-2015",
    "xxl": "xl-2015",
    "\u0441l": "cl",  # the guide spells it with a Cyrillic letter
    "\u0441s": "cs",
}
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def size_of(option: str) -> str | None:
    """The canonical option of what a client sent; None if there is no such size."""
    option = _ALIASES.get(option, option)
    return option if option in SIZES else None


def money(minor: int) -> float:
    return round(minor / 100, 2)


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def sql_datetime(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def api_datetime(moment: datetime, format: str = "datetime") -> str | int:
    """`Feb.18, 2013 20:07:26`, month names English whatever the locale; or Unix seconds."""
    if format == "unix":
        return unix(moment)
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    time = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
    return f"{_MONTHS[moment.month - 1]}.{moment.day:02}, {moment.year} {time}"


def page_of(address: str, item: Summary) -> str:
    """The address of an item's page."""
    return f"{address}{path_of(item)}"


def path_of(item: Summary) -> str:
    slug = _NO_SLUG.sub("-", item.title.lower()).strip("-")[:80] or item.type
    return f"/{item.id}/{slug}.html"


def preview_of(address: str, item_id: int, name: str, watermark: str = "neutral") -> str:
    """The address of a preview: its name is the longest side, or the name of a clip."""
    return f"{address}/stock/{item_id}/{watermark}/{name}"


def previews(address: str, item: Summary, watermark: str) -> Answer:
    folder = preview_of(address, item.id, "", watermark)
    of110, of170, of450, of950 = (f"{folder}{side}.jpg" for side in (110, 170, 450, 950))
    return {
        "thumbnail": of110,
        "thumb": of110,
        "medium_thumbnail": of170,
        "thumb_170": of170,
        "thumb_large": of170,
        "large_thumb": f"{folder}380.jpg",
        "thumb_huge": of450,
        "huge_thumb": of450,
        "thumb_max": of950,
        "url": of110,
        "url2": of450,
        "url_big": of950,
        "url_max_qa": of950,
    }


def price_sizes(item: Item) -> Answer:
    """The contract's map of sizes: by letter, or for video by height."""
    found = {}
    for name, size in sizes_of(item).items():
        if name == "vect":
            continue
        found[name.removesuffix("-2015")] = {
            "width": size.width,
            "height": size.height,
            "credits": 0,
            "subscription": 0,
            "imagepack": 0,
            "ondemand": 0,
            "mp": megapixels(size.width, size.height),
        }
    return found


def megapixels(width: int, height: int) -> float:
    return round(width * height / 1_000_000, 2)


class Shown:
    """How a client wants items: previews' watermark, language, format of dates, full information."""

    def __init__(
        self,
        address: str,
        *,
        watermark: str = "neutral",
        language: str | None = None,
        dates: str = "datetime",
        full: bool = False,
        categories: dict[int, tuple[str, str]] | None = None,
    ) -> None:
        self.address = address
        self.watermark = watermark
        self.language = language
        self.dates = dates
        self.full = full
        self.categories = categories or {}

    def words(self, item: Summary) -> tuple[str, str]:
        """Title and description in the wanted language, where there is a translation."""
        told = item.translations.get(self.language or "", {})
        return told.get("title") or item.title, told.get("description") or item.description

    def keywords(self, item: Item) -> list[str]:
        """Keywords in the wanted language, where there is a translation."""
        found: list[str] = item.translations.get(self.language or "", {}).get("keywords") or item.keywords
        return found


Related = tuple[Any, Any, Any]
"""What looks alike, what is of the same series, what shows the same model."""


def catalog_item(item: Item, shown: Shown, related: Related = ((), (), ())) -> Answer:
    """An item as search, getRelated, getChangedItems and getMediaData show it."""
    if not shown.full:
        return summary(item, shown, related)
    place = 1 if shown.language == "ru" else 0
    names = {str(id): shown.categories[id][place] for id in item.categories if id in shown.categories}
    return summary(
        item, shown, related, price_sizes(item), {"tags": shown.keywords(item), "categories": names}
    )


def summary(
    item: Summary, shown: Shown, related: Related, sizes: Answer | None = None, more: Answer | None = None
) -> Answer:
    """The same without full information, but for `sizes` and `more`."""
    title, description = shown.words(item)
    published = item.published_at or item.created_at
    answer = {
        "type": item.type,
        "id": item.id,
        "title": title,
        "description": description,
        "userid": item.seller_id,
        "user_id": item.seller_id,
        "username": item.seller,
        "avatar": None,
        "status": item.status,
        "itype": item.type,
        "views": item.views,
        "downloads": item.downloads,
        "level": level_of(item.downloads),
        "width": item.width,
        "height": item.height,
        "mp": megapixels(item.width, item.height),
        "published": api_datetime(published, shown.dates),
        "updated": api_datetime(item.updated_at, shown.dates),
        "upload_timestamp": str(unix(item.created_at)),
        "iseditorial": item.editorial,
        "editorial": _yes(item.editorial),
        "exclusive": _yes(item.exclusive),
        "isexclusive": item.exclusive,
        "isextended": True,
        "nudity": item.nudity,
        "isFreeItem": item.free,
        "blocked": item.status != "active",
        "is_mobile": "no",
        "royalty_model": None,
        "original_filesize": item.size,
        "original_extension": item.extension,
        "deposit_item_id": item.id,
        "itemurl": page_of(shown.address, item),
        "sizes": sizes,
        "similar": related[0],
        "series": related[1],
        "same_model": related[2],
    }
    answer |= previews(shown.address, item, shown.watermark)
    if more:
        answer |= more
    if item.releases:
        answer["model_release_ids"] = item.releases
    if item.type in ("video", "audio"):
        answer |= _of_type(item, shown)
    return answer


def _of_type(item: Summary, shown: Shown) -> Answer:
    """Clips and sounds alone have more."""
    if item.type == "video":
        return {
            "mp4": preview_of(shown.address, item.id, "preview.mp4", shown.watermark),
            "webm": preview_of(shown.address, item.id, "preview.webm", shown.watermark),
            "length": (item.duration_ms or 0) // 1000,
            "fps": item.fps or 0,
        }
    return {
        "mp3": preview_of(shown.address, item.id, "preview.mp3", shown.watermark),  # the contract has no name
        "duration_in_seconds": (item.duration_ms or 0) / 1000,
        "channels": item.channels or 0,
        "bitrate_kbs": (item.bitrate or 0) // 1000,
        "precision_bits": 16,
        "sampling_frequency_hz": item.sample_rate or 0,
        "bpm": 0,
    }


def related_card(item: Summary, shown: Shown) -> Answer:
    title, description = shown.words(item)
    return {
        "id": item.id,
        "type": item.type,
        "title": title,
        "description": description,
        "original_title": item.title,
        "original_description": item.description,
        "width": item.width,
        "height": item.height,
        "thumbnail": preview_of(shown.address, item.id, "110.jpg", shown.watermark),
        "large_thumb": preview_of(shown.address, item.id, "380.jpg", shown.watermark),
        "huge_thumb": preview_of(shown.address, item.id, "450.jpg", shown.watermark),
        "thumb_neutral_wm": preview_of(shown.address, item.id, "450.jpg"),
        "url_max_qa": preview_of(shown.address, item.id, "950.jpg", shown.watermark),
        "itemurl": page_of(shown.address, item),
        "isFreeItem": item.free,
    }


def _yes(true: bool) -> str:
    return "yes" if true else "no"


# --- licences --------------------------------------------------------------------------------------------

# Fields of a party: the contract's word for ours.
LEGAL = {
    "company": "company",
    "fullName": "full_name",
    "address": "address",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "email": "email",
    "phone": "phone",
    "country": "country",
    "website": "website",
    "ein": "ein",
    "vat": "vat",
    "taxId": "tax_id",
    "countryName": "country_name",
}


def party(fields: dict[str, str | None]) -> Answer:
    """A company or a person as a licence names them: all keys, always."""
    return {theirs: fields.get(ours) for theirs, ours in LEGAL.items()} | {
        "company": fields.get("company") or ""
    }


def invoice_party(fields: dict[str, str | None]) -> Answer:
    """The same on an invoice, where the address may not be null."""
    return party(fields) | {"address": fields.get("address") or ""}


def status_of(licence: Licence) -> str:
    """Paid, Invoiced or Uninvoiced."""
    if licence.prepaid or licence.invoice_state == "paid":
        return "Paid"
    return "Invoiced" if licence.invoice_state == "unpaid" else "Uninvoiced"


def licensed_row(licence: Licence, item: Item, member: str, address: str) -> Answer:
    """A row of getLicensedItems and getTransferredLicenses."""
    return {
        "itemTransactionId": licence.id,
        "licenseTransferId": licence.transfer_id,
        "licenseId": licence.licence_type_id,
        "status": status_of(licence),
        "currencyId": CURRENCY_IDS[licence.currency],
        "datetime": unix(licence.created_at),
        "filename": item.title,
        "itemId": item.id,
        "itemType": item.type,
        "itemLink": page_of(address, item),
        "preview": preview_of(address, item.id, "110.jpg"),
        "width": item.width,
        "height": item.height,
        "editorial": item.editorial,
        "userId": licence.member_id,
        "groupId": licence.group_id,
        "actor": {"id": licence.member_id, "username": member},
        "seller": {"id": item.seller_id, "username": item.seller},
        "marker": 0,
        "visible": item.status == "active",
        "project": licence.project,
        "client": licence.client,
        "purchaseOrder": licence.purchase_order,
        "isbn": licence.isbn,
        "other": licence.other,
    }


def ids_of(rows: Collection[Any]) -> list[int]:
    """The item ids of licences or test copies."""
    return list({row.item_id for row in rows})
