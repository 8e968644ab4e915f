"""Books: read leaf by leaf by those who bought them, and a sample of the first by everybody."""

from collections import OrderedDict

import msgspec

from ..adapters.media import Block, Leaf, Media, MediaRefused
from .access import Buyer
from .contents import Kind, Work, work_of
from .downloads import Downloads
from .library import Library
from .problems import FileNotFound, Unavailable
from .storefront import Storefront

FB2 = "application/fb2"
MOST_BOOK = 30 * 1024 * 1024  # bytes of FB2 that are opened to be read here
SAMPLE = 2500  # letters
_KEPT = 4  # books that were read last, in each process


class BookTooLarge(Unavailable):
    """This book is too large to be read here; download it."""


class Page(msgspec.Struct, frozen=True):
    """One leaf of a book, its number from 1, how many there are, and the chapters with the leaf each begins on."""

    title: str
    leaf: Leaf
    number: int
    total: int
    chapters: list[tuple[str, int]]


class Sample(msgspec.Struct, frozen=True):
    """The beginning of a book."""

    title: str
    blocks: list[Block]


class Books:
    """Opens the FB2 that the shop made of a book. Its words are a seller's: a child reads it."""

    def __init__(self, library: Library, storefront: Storefront, downloads: Downloads, media: Media) -> None:
        self._library = library
        self._storefront = storefront
        self._downloads = downloads
        self._media = media
        self._kept: OrderedDict[str, list[Leaf]] = OrderedDict()

    async def page(self, buyer: Buyer, entitlement_id: int, content_id: int, number: int) -> Page:
        """A leaf of a bought book. Raises EntitlementNotFound, AccessEnded, FileNotFound, BookTooLarge."""
        owned = await self._library.work(buyer, entitlement_id, content_id)
        leaves = await self._leaves(_fb2_of(owned.work))
        number = min(max(number, 1), len(leaves))
        return Page(owned.content.title, leaves[number - 1], number, len(leaves), _chapters(leaves))

    async def sample(self, offer_id: int) -> Sample:
        """The first lines of the first book that an offer carries. Raises OfferNotFound, FileNotFound."""
        found = await self._storefront.look(offer_id)
        for content in found.listed.contents:
            if content.kind == Kind.DOCUMENT and has_text(work_of(content)):
                leaves = await self._leaves(_fb2_of(work_of(content)))
                return Sample(content.title, _beginning(leaves))
        raise FileNotFound(f"offer {offer_id} has no book to look into")

    async def _leaves(self, uri: str) -> list[Leaf]:
        """A URI never leads to other bytes, so what was read is kept."""
        if uri in self._kept:
            self._kept.move_to_end(uri)
            return self._kept[uri]
        found = await self._downloads.at(uri, FB2)
        if found.stat.size > MOST_BOOK:
            raise BookTooLarge
        try:
            async with self._downloads.for_tools(uri) as file:
                leaves = await self._media.read_book(file)
        except MediaRefused as refused:
            raise FileNotFound("this book cannot be read here; download it") from refused
        self._kept[uri] = leaves
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return leaves


def has_text(work: Work) -> bool:
    """Whether a work can be read as pages of ours."""
    return any(file.media_type == FB2 for file in work.files)


def _fb2_of(work: Work) -> str:
    for file in work.files:
        if file.media_type == FB2:
            return file.uri
    raise FileNotFound("this work has no text to be read here; download it")


def _chapters(leaves: list[Leaf]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for number, leaf in enumerate(leaves, 1):
        if leaf.title and (not found or found[-1][0] != leaf.title):
            found.append((leaf.title, number))
    return found


def _beginning(leaves: list[Leaf]) -> list[Block]:
    taken: list[Block] = []
    length = 0
    for block in (block for leaf in leaves for block in leaf.blocks if block.kind != "picture"):
        if length >= SAMPLE:
            break
        taken.append(block)
        length += len(block.text)
    # A short book is not given away whole.
    whole = sum(len(block.text) for leaf in leaves for block in leaf.blocks)
    while len(taken) > 1 and sum(len(block.text) for block in taken) > whole / 5:
        taken.pop()
    return taken
