"""What a seller says of a stock item: words, categories, people, flags; and whether it can be used."""

from collections.abc import Collection
from typing import Any

import msgspec

from .problems import Cause

COLLECTIONS = ("regular", "enterprise", "premium")
GENDERS = ("male", "female", "both")
AGES = ("infant", "child", "teenager", "20", "30", "40", "50", "60", "70")
RACES = ("asian", "brazilian", "black", "caucasian", "hispanic", "middle", "multi", "native", "other")
MOST_TITLE = 200
MOST_DESCRIPTION = 5000
MOST_KEYWORDS = 100
MOST_KEYWORD = 100


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Texts in a further language; what is empty is shown in the first."""

    title: str = ""
    description: str = ""
    keywords: list[str] = []


class ItemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that may be said. `people` is how many are seen; None is not said. `taken` is YYYY-MM-DD."""

    title: str = ""
    description: str = ""
    language: str = "en"
    keywords: list[str] = []
    translations: dict[str, Words] = {}
    categories: list[int] = []
    collection: str = "regular"
    editorial: bool = False
    nudity: bool = False
    exclusive: bool = False
    illustration: bool = False
    free: bool = False
    people: int | None = None
    genders: list[str] = []
    ages: list[str] = []
    races: list[str] = []
    people_only: bool = False
    barred_in: list[str] = []
    releases: list[int] = []
    series: str | None = None
    model: str | None = None
    author: str | None = None
    taken: str | None = None

    def columns(self) -> dict[str, Any]:
        """As the item's columns; author and date belong to the content."""
        row = msgspec.structs.asdict(self)
        del row["author"], row["taken"]
        row["translations"] = msgspec.to_builtins(self.translations)
        return row

    def said(self) -> dict[str, Any]:
        """Only what was said: what is left out of a sidecar changes nothing."""
        defaults = ItemDetails().columns()
        return {column: value for column, value in self.columns().items() if value != defaults[column]}


def problems_of(details: ItemDetails, categories: Collection[int]) -> list[Cause]:
    """Everything that is wrong, at once."""
    causes = _words_problems(details, "", details.keywords)
    for language, words in details.translations.items():
        if not (len(language) == 2 and language.isascii() and language.islower()):
            causes.append(Cause("translations", f"{language[:20]!r} is no code of a language, like ru"))
        causes += _words_problems(words, f"translations.{language}.", words.keywords)
    if not details.title:
        causes.append(Cause("title", "say what is to be seen"))
    if not (len(details.language) == 2 and details.language.isascii() and details.language.islower()):
        causes.append(Cause("language", "give the code of a language: two letters, like en"))
    unknown = sorted(set(details.categories) - set(categories))
    if unknown:
        causes.append(Cause("categories", f"there is no category {', '.join(map(str, unknown))}"))
    if details.people is not None and not 0 <= details.people <= 10_000:
        causes.append(Cause("people", "give the number of people that are seen"))
    for field, allowed in (("genders", GENDERS), ("ages", AGES), ("races", RACES)):
        strange = sorted(set(getattr(details, field)) - set(allowed))
        if strange:
            causes.append(Cause(field, f"{strange[0]!r} is none of: {', '.join(allowed)}"))
    if details.collection not in COLLECTIONS:
        causes.append(Cause("collection", f"is one of: {', '.join(COLLECTIONS)}"))
    if any(not (len(code) == 2 and code.isascii() and code.isupper()) for code in details.barred_in):
        causes.append(Cause("barred_in", "give codes of countries: two capital letters, like DE"))
    for field in ("series", "model", "author"):
        if len(getattr(details, field) or "") > 200:
            causes.append(Cause(field, "may have 200 characters"))
    return causes


def _words_problems(words: ItemDetails | Words, where: str, keywords: list[str]) -> list[Cause]:
    causes = []
    for field, most in (("title", MOST_TITLE), ("description", MOST_DESCRIPTION)):
        text = getattr(words, field)
        if len(text) > most:
            causes.append(Cause(f"{where}{field}", f"has {len(text)} characters; {most} are the most"))
        if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
            causes.append(Cause(f"{where}{field}", "holds characters that cannot be shown"))
    if len(keywords) > MOST_KEYWORDS:
        causes.append(Cause(f"{where}keywords", f"{len(keywords)} of them; {MOST_KEYWORDS} are the most"))
    if any(not 1 <= len(word) <= MOST_KEYWORD or not word.isprintable() for word in keywords):
        causes.append(Cause(f"{where}keywords", f"each has 1 to {MOST_KEYWORD} printable characters"))
    return causes
