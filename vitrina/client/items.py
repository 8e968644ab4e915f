"""Items of the stock library: pictures, drawings and footage that are licensed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import field

from .calls import Calls, Moment, moment
from .pages import Page

Kinship = Literal["similar", "series", "same_model"]
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Size(msgspec.Struct, kw_only=True):
    """How large an item is in one of the sizes that it is licensed in."""

    width: int = 0
    height: int = 0
    megapixels: float = field(name="mp", default=0)


class Item(msgspec.Struct, kw_only=True):
    """One item. `type` is image, vector, video or audio; `sizes` by their letter, for video by height.

    `keywords`, `sizes` and `categories` are there when they were asked for.
    """

    id: int
    type: str = field(name="itype", default="")
    title: str = ""
    description: str = ""
    author: str = field(name="username", default="")
    author_id: int = field(name="userid", default=0)
    status: str = ""
    width: int = 0
    height: int = 0
    megapixels: float = field(name="mp", default=0)
    views: int = 0
    downloads: int = 0
    level: str = ""
    published: str = ""
    updated: str = ""
    editorial: bool = field(name="iseditorial", default=False)
    exclusive: bool = field(name="isexclusive", default=False)
    nudity: bool = False
    free: bool = field(name="isFreeItem", default=False)
    bytes: int = field(name="original_filesize", default=0)
    extension: str = field(name="original_extension", default="")
    page: str = field(name="itemurl", default="")
    thumbnail: str = field(name="thumb_large", default="")
    preview: str = field(name="url_big", default="")
    mp4: str = ""
    webm: str = ""
    mp3: str = ""
    seconds: float = field(name="length", default=0)
    sizes: dict[str, Size] = {}
    keywords: list[str] = field(name="tags", default_factory=list)
    categories: dict[str, str] = {}
    similar: list[int] = []
    series: list[int] = []
    same_model: list[int] = []

    @property
    def published_at(self) -> datetime | None:
        """When it was published; None if the server writes it in another way."""
        return instant(self.published)

    @property
    def updated_at(self) -> datetime | None:
        """When it was last changed."""
        return instant(self.updated)


class Changes(Page[Item]):
    """Items that are new or changed, and ids of those that are gone."""

    deleted: list[int] = field(default_factory=list)


class Standing(msgspec.Struct, kw_only=True):
    """Which of some items are on sale."""

    active: list[int] = []
    inactive: list[int] = []


class Totals(msgspec.Struct, kw_only=True):
    """How many items the library has, and how many are of this week."""

    items: int = field(name="totalFiles", default=0)
    of_week: int = field(name="totalWeekFiles", default=0)


class Items:
    """Looks at items. Needs no log-in. Every method raises CommandRefused, Unreachable, NotUnderstood."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, item_id: int, *, language: str | None = None) -> Item:
        """Everything about an item, its words in a language if they are there; raises ItemNotFound."""
        values = {
            "dp_media_id": item_id,
            "dp_lang": language,
            "dp_translate_items": True if language else None,
        }
        return self._calls.ask("getMediaData", Item, values, session=False)

    def related(
        self, item_id: int, kind: Kinship = "similar", *, skip: int = 0, take: int = 100
    ) -> Page[Item]:
        """A page of items that look alike, are of the same series, or show the same model."""
        values = {
            "dp_search_item_id": item_id,
            "dp_related_type": kind,
            "dp_offset": skip,
            "dp_limit": take,
        }
        answer = self._calls.ask("getRelated", _Related, values, session=False)
        return Page(answer.items, answer.count)

    def changed(self, since: Moment, until: Moment, *, skip: int = 0, take: int = 100) -> Changes:
        """A page of what became new, changed or went in a span of time, for keeping a copy fresh."""
        values = {
            "datetime_from": moment(since),
            "datetime_to": moment(until),
            "dp_search_offset": skip,
            "dp_search_limit": take,
        }
        answer = self._calls.ask("getChangedItems", _Changed, values, session=False)
        return Changes(answer.result, answer.count, answer.deleted)

    def standing(self, item_ids: Iterable[int]) -> Standing:
        """Which items are on sale, and which are not."""
        return self._calls.ask("checkItemsStatus", Standing, {"dp_ids": list(item_ids)}, session=False)

    def totals(self) -> Totals:
        """How many items there are."""
        return self._calls.ask("getInfo", Totals, session=False)


class _Related(msgspec.Struct):
    items: list[Item] = []
    count: int = 0


class _Changed(msgspec.Struct):
    result: list[Item] = []
    count: int = 0
    deleted: list[int] = []


def instant(text: str) -> datetime | None:
    """`Feb.18, 2013 20:07:26`, in UTC; months are English whatever the locale."""
    month, _, rest = text.partition(".")
    try:
        return datetime.strptime(f"{_MONTHS.index(month) + 1} {rest}", "%m %d, %Y %H:%M:%S").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None
