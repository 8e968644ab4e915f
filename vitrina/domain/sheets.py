"""Sheets: pages of a PDF as pictures for those who bought it. Any browser shows them; what a PDF runs, none does."""

from collections import OrderedDict

import msgspec

from ..adapters.media import Media, MediaRefused
from ..adapters.media import Sheet as Drawn
from .access import Buyer
from .books import BookTooLarge
from .downloads import Downloads
from .library import Library
from .problems import FileNotFound

PDF = "application/pdf"
MOST_PDF = 256 * 1024 * 1024  # bytes of a file that is opened to be read here
_AT_A_TIME = 3  # pages that are drawn together: who reads one turns to the next
_KEPT = 8  # such bundles, about a megabyte each, in each process


class Sheet(msgspec.Struct, frozen=True):
    """A page of a PDF, and how many there are. `jpeg` is empty where it cannot be drawn."""

    title: str
    number: int
    total: int
    width: int
    height: int
    jpeg: bytes
    text: str


class Sheets:
    """Draws pages when they are read, and keeps those that were read last."""

    def __init__(self, library: Library, downloads: Downloads, media: Media) -> None:
        self._library = library
        self._downloads = downloads
        self._media = media
        self._kept: OrderedDict[tuple[str, int], list[Drawn]] = OrderedDict()

    async def get(self, buyer: Buyer, entitlement_id: int, content_id: int, number: int) -> Sheet:
        """A page; of those that are not there the first or last.

        Raises EntitlementNotFound, AccessEnded, FileNotFound, BookTooLarge, MediaToolsUnavailable.
        """
        owned = await self._library.work(buyer, entitlement_id, content_id)
        content, found = owned.content, owned.work.found
        if content.media_type != PDF or found is None or not found.pages:
            raise FileNotFound("this work has no pages to be read here; download it")
        if content.size > MOST_PDF:
            raise BookTooLarge
        number = min(max(number, 1), found.pages)
        bundle = await self._bundle(content.uri, (number - 1) // _AT_A_TIME)
        drawn = bundle[(number - 1) % _AT_A_TIME]
        return Sheet(content.title, number, found.pages, drawn.width, drawn.height, drawn.jpeg, drawn.text)

    async def _bundle(self, uri: str, place: int) -> list[Drawn]:
        """A URI never leads to other bytes, so what was drawn is kept."""
        if (uri, place) not in self._kept:
            try:
                async with self._downloads.for_tools(uri) as file:
                    drawn = await self._media.draw_sheets(file, place * _AT_A_TIME + 1, _AT_A_TIME)
            except MediaRefused as refused:
                raise FileNotFound("this work cannot be read here; download it") from refused
            self._kept[uri, place] = drawn
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end((uri, place))
        return self._kept[uri, place]
