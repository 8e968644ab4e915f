"""The storefront: what is on sale, as buyers see it, with the pictures that belong to it."""

from ..store.storefront import Filter, OnSale, StorefrontStore
from .contents import work_of
from .downloads import Download, Downloads
from .problems import FileNotFound, OfferNotFound
from .totals import Totals

MOST_SKIPPED = 10_000
LEAST_TYPED = 3  # letters: with fewer the index of titles cannot help
MOST_SUGGESTED = 7


class Storefront:
    """Lists and shows offers that are on sale."""

    def __init__(self, store: StorefrontStore, downloads: Downloads, totals: Totals) -> None:
        self._store = store
        self._downloads = downloads
        self._totals = totals

    async def page(self, wanted: Filter) -> tuple[list[OnSale], int]:
        """A page of offers, and how many match: exactly for the whole shop and a section, else up to `most_counted`."""
        return await self._store.page(wanted)

    async def suggest(self, typed: str) -> list[tuple[int, str]]:
        """(id, title) of a few offers whose title goes on as somebody types."""
        typed = " ".join(typed.split())
        if len(typed) < LEAST_TYPED or "\x00" in typed:
            return []
        return await self._store.titles(typed, MOST_SUGGESTED)

    async def some(self, offer_ids: list[int]) -> dict[int, OnSale]:
        """Those of the offers that are on sale, by id."""
        found = await self._store.some(offer_ids) if offer_ids else []
        return {one.listed.offer.id: one for one in found}

    async def get(self, offer_id: int) -> OnSale:
        """One offer, counted as seen; raises OfferNotFound."""
        found = await self.look(offer_id)
        self._totals.saw(found.listed.offer.seller_id, offer_id)
        return found

    async def look(self, offer_id: int) -> OnSale:
        """One offer, not counted as seen; raises OfferNotFound."""
        found = await self._store.get(offer_id)
        if found is None:
            raise OfferNotFound(f"offer {offer_id} is not on sale")
        return found

    async def file(self, offer_id: int, uri: str) -> Download:
        """A picture or preview that an offer shows to everybody; raises OfferNotFound, FileNotFound."""
        if uri not in shown(await self.look(offer_id)):
            raise FileNotFound(f"offer {offer_id} shows no file {uri[:200]!r}")
        return await self._downloads.at(uri)


def shown(found: OnSale) -> set[str]:
    """The URIs of all that an offer shows to everybody."""
    uris = {*found.listed.offer.cover, *found.listed.offer.gallery}
    for content in found.listed.contents:
        work = work_of(content)
        uris.update(work.cover)
        if work.found:
            uris.update(uri for uri in (work.found.preview, work.found.waveform) if uri)
    return uris
