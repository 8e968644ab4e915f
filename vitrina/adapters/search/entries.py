"""What goes into the index, what is asked of it, and what it answers."""

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An item on sale, as it is found. Texts of all its languages; `published` in Unix seconds."""

    id: int
    type: str
    seller_id: int
    titles: list[str]
    keywords: list[str]
    descriptions: list[str]
    hints: list[tuple[str, str]] = []
    """(language, text) that may complete what people begin to type."""
    categories: list[int] = []
    colors: list[int] = []
    collection: str = "regular"
    editorial: bool = False
    nudity: bool = False
    illustration: bool = False
    people: int | None = None
    genders: list[str] = []
    ages: list[str] = []
    races: list[str] = []
    people_only: bool = False
    barred_in: list[str] = []
    width: int = 0
    height: int = 0
    downloads: int = 0
    published: int = 0
    fingerprint: int | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for; None and empty lists do not filter. `sort`: match, sales, newest or undiscovered."""

    text: str = ""
    sort: str = "sales"
    correct: bool = False
    excluded: list[str] = []
    types: list[str] = []
    categories: list[int] = []
    color: int | None = None
    nudity: bool = True
    """False hides it."""
    illustration: bool | None = None
    editorial: bool | None = None
    sellers: list[int] | None = None
    barred_sellers: list[int] = []
    orientation: str | None = None
    least_side: int | None = None
    widths: tuple[int | None, int | None] = (None, None)
    heights: tuple[int | None, int | None] = (None, None)
    barred_in: str | None = None
    genders: list[str] = []
    """All of them are seen."""
    age: str | None = None
    race: str | None = None
    people: int | None = None
    people_only: bool = False
    collection: str | None = None


class Found(msgspec.Struct, frozen=True):
    """A page of ids in order, and how many match in all."""

    ids: list[int]
    count: int
    instead: dict[str, str | None] = {}
    """What was looked for instead of words that no item has; None: whatever is spelled much alike."""


class Place(msgspec.Struct, frozen=True):
    """How far an index has followed a database: the last change (transaction, id) that is in it for certain."""

    database: str
    transaction: int
    id: int
