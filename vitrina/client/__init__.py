"""Clients of the WBD seller API and of the Depositphotos Enterprise API, for Vitrina and for the vendors' hosts alike.

They stand alone on httpx and msgspec.

with SellerClient("https://shop.example", token) as shop:
    upload = shop.contents.upload_file("book.pdf", "Chess, volume 1")
    book = shop.contents.wait_until_ready(upload.content_id)

with EnterpriseClient("https://shop.example", api_key, login, password) as stock:
    item = stock.search.find("lighthouse", orientation="horizontal").items[0]
    stock.licences.license([Wanted(item_id=item.id, licence_type_id=310, size="l")])
    stock.licences.download(item.id, "l", "lighthouse.jpg")
"""

from .catalog import CatalogNode, Section
from .contents import Content, ContentMeta, ContentStatus
from .copies import Copy
from .enterprise import EnterpriseClient
from .errors import (
    ApiError,
    ApiKeyRefused,
    ClientError,
    CommandRefused,
    CommandUnknown,
    ContentFailed,
    InvalidParam,
    ItemNotFound,
    KeysPartlyAdded,
    LoginRefused,
    NotAllowed,
    NotReadyInTime,
    NotUnderstood,
    Problem,
    ServerFailed,
    SessionOver,
    Unreachable,
    Unusable,
)
from .invoices import Invoice, InvoiceLine, InvoiceRow
from .items import Changes, Item, Size, Standing, Totals
from .keys import Key, KeyCounts, KeyDeletion, RedeemedKey
from .licences import (
    OPTIONS,
    BoughtLicence,
    Certificate,
    Held,
    Licence,
    LicenceRefusal,
    LicenceType,
    Licensed,
    Quote,
    QuotedItem,
    SizePrice,
    Wanted,
)
from .members import Member, WorkingGroup
from .offers import Carried, NewOffer, Offer, OfferMeta, OfferStatus
from .pages import Page
from .papers import LicencePaper
from .parties import Party
from .search import Color, Filters, Found, Phrase
from .seller import SellerClient
from .statistics import Counts, ItemCounts, Slot
from .uploads import Upload, UploadState

__all__ = [
    "OPTIONS",
    "ApiError",
    "ApiKeyRefused",
    "BoughtLicence",
    "Carried",
    "CatalogNode",
    "Certificate",
    "Changes",
    "ClientError",
    "Color",
    "CommandRefused",
    "CommandUnknown",
    "Content",
    "ContentFailed",
    "ContentMeta",
    "ContentStatus",
    "Copy",
    "Counts",
    "EnterpriseClient",
    "Filters",
    "Found",
    "Held",
    "InvalidParam",
    "Invoice",
    "InvoiceLine",
    "InvoiceRow",
    "Item",
    "ItemCounts",
    "ItemNotFound",
    "Key",
    "KeyCounts",
    "KeyDeletion",
    "KeysPartlyAdded",
    "Licence",
    "LicencePaper",
    "LicenceRefusal",
    "LicenceType",
    "Licensed",
    "LoginRefused",
    "Member",
    "NewOffer",
    "NotAllowed",
    "NotReadyInTime",
    "NotUnderstood",
    "Offer",
    "OfferMeta",
    "OfferStatus",
    "Page",
    "Party",
    "Phrase",
    "Problem",
    "Quote",
    "QuotedItem",
    "RedeemedKey",
    "Section",
    "SellerClient",
    "ServerFailed",
    "SessionOver",
    "Size",
    "SizePrice",
    "Slot",
    "Standing",
    "Totals",
    "Unreachable",
    "Unusable",
    "Upload",
    "UploadState",
    "Wanted",
    "WorkingGroup",
]
