"""A client of the WBD seller API, for Vitrina and for the vendor's host alike. Stands alone on httpx and msgspec.

with SellerClient("https://shop.example", token) as shop:
    upload = shop.contents.upload_file("book.pdf", "Chess, volume 1")
    book = shop.contents.wait_until_ready(upload.content_id)
"""

from .catalog import CatalogNode, Section
from .contents import Content, ContentMeta, ContentStatus
from .errors import (
    ApiError,
    ClientError,
    ContentFailed,
    KeysPartlyAdded,
    NotReadyInTime,
    NotUnderstood,
    Problem,
    Unreachable,
    Unusable,
)
from .keys import Key, KeyCounts, KeyDeletion, RedeemedKey
from .offers import Carried, NewOffer, Offer, OfferMeta, OfferStatus
from .pages import Page
from .seller import SellerClient
from .uploads import Upload, UploadState

__all__ = [
    "ApiError",
    "Carried",
    "CatalogNode",
    "ClientError",
    "Content",
    "ContentFailed",
    "ContentMeta",
    "ContentStatus",
    "Key",
    "KeyCounts",
    "KeyDeletion",
    "KeysPartlyAdded",
    "NewOffer",
    "NotReadyInTime",
    "NotUnderstood",
    "Offer",
    "OfferMeta",
    "OfferStatus",
    "Page",
    "Problem",
    "RedeemedKey",
    "Section",
    "SellerClient",
    "Unreachable",
    "Unusable",
    "Upload",
    "UploadState",
]
