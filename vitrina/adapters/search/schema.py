"""The fields of the index, how words are read, and an entry as a document."""

import threading
import unicodedata

from tantivy import (
    Document,
    Filter,
    Index,
    Schema,
    SchemaBuilder,
    TextAnalyzer,
    TextAnalyzerBuilder,
    Tokenizer,
)

from vitrina.adapters.search.entries import Entry

# Raised when fields or their reading change: an index of another version is built anew.
VERSION = 1

TITLE, WORDS, TEXT = (
    "title",
    "words",
    "text",
)  # each within the next: titles, with keywords, with descriptions
LABELS, HINTS, BANDS = "labels", "hints", "bands"
ID, WIDTH, HEIGHT, SIDE, FINGERPRINT = "id", "width", "height", "side", "fingerprint"
KEYS = {"sales": "by_sales", "newest": "by_newest", "undiscovered": "by_undiscovered"}

ANALYZER = "words"
HINT_LENGTH = 60
SQUARE = 1.02  # sides that differ by less look alike
_LONGEST_WORD = 64
_UINT32 = (1 << 32) - 1


def new_schema() -> Schema:
    """The same each time, so that a reader needs not ask an index for its own."""
    builder = SchemaBuilder()
    builder.add_text_field(TITLE, tokenizer_name=ANALYZER, index_option="basic")
    builder.add_text_field(WORDS, tokenizer_name=ANALYZER, index_option="basic")
    builder.add_text_field(TEXT, tokenizer_name=ANALYZER, index_option="position")
    builder.add_text_field(LABELS, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(HINTS, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(BANDS, indexed=True)
    builder.add_integer_field(ID, indexed=True, fast=True)
    builder.add_integer_field(FINGERPRINT, fast=True)
    for name in (WIDTH, HEIGHT, SIDE, *KEYS.values()):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def new_analyzer() -> TextAnalyzer:
    """English and Russian in one: each stemmer leaves words of the other script as they are."""
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for one in (
        Filter.remove_long(_LONGEST_WORD),
        Filter.lowercase(),
        Filter.ascii_fold(),
        Filter.stemmer("russian"),
        Filter.stemmer("english"),
    ):
        builder = builder.filter(one)
    return builder.build()


def prepare(index: Index) -> Index:
    """An opened index knows its analyzers by name only."""
    index.register_tokenizer(ANALYZER, new_analyzer())
    return index


_analyzers = threading.local()


def stems(text: str) -> list[str]:
    """A text's words as they stand in the index."""
    if not hasattr(_analyzers, "own"):  # one for each thread: analyzing changes it
        _analyzers.own = new_analyzer()
    found: list[str] = _analyzers.own.analyze(plain(text))
    return found


def plain(text: str) -> str:
    """Composed letters, and ё as е: people write either."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).replace("ё", "е").replace("Ё", "Е")


def document(entry: Entry) -> Document:
    """An entry as Tantivy takes it."""
    made = Document()
    # Each text is a value of its own: a phrase never spans two of them.
    for texts, fields in (
        (entry.titles, (TITLE, WORDS, TEXT)),
        (entry.keywords, (WORDS, TEXT)),
        (entry.descriptions, (TEXT,)),
    ):
        for text in map(plain, texts):
            for field in fields:
                made.add_text(field, text)
    for label in labels_of(entry):
        made.add_text(LABELS, label)
    for language, text in dict.fromkeys(entry.hints):
        if hint := hint_text(text):
            made.add_text(HINTS, f"{language}\x1f{hint}")
    made.add_integer(ID, entry.id)
    made.add_unsigned(WIDTH, max(0, entry.width))
    made.add_unsigned(HEIGHT, max(0, entry.height))
    made.add_unsigned(SIDE, max(0, entry.width, entry.height))
    for name, key in keys_of(entry).items():
        made.add_unsigned(name, key)
    if entry.fingerprint is not None:
        made.add_integer(FINGERPRINT, entry.fingerprint)
        for band in bands(entry.fingerprint):
            made.add_unsigned(BANDS, band)
    return made


def keys_of(entry: Entry) -> dict[str, int]:
    """What the orders sort by, greatest first: each ends with the id, so that no two items tie and pages are stable.

    Who was downloaded 4095 times is no more to be discovered; among those to be, newer means by the hour.
    """
    id, published = entry.id & _UINT32, min(max(entry.published, 0), _UINT32)
    hours, downloads = min(published // 3600, (1 << 20) - 1), max(entry.downloads, 0)
    return {
        KEYS["sales"]: min(downloads, _UINT32) << 32 | id,
        KEYS["newest"]: published << 32 | id,
        KEYS["undiscovered"]: (4095 - min(downloads, 4095)) << 52 | hours << 32 | id,
    }


def labels_of(entry: Entry) -> list[str]:
    """All that filters ask for, as exact terms of one field."""
    genders = {"male", "female"} if "both" in entry.genders else set(entry.genders)
    found = [
        f"type:{entry.type}",
        f"seller:{entry.seller_id}",
        f"collection:{entry.collection}",
        *(f"category:{id}" for id in entry.categories),
        *(f"color:{id}" for id in entry.colors),
        *(f"gender:{one}" for one in sorted(genders)),
        *(f"age:{one}" for one in entry.ages),
        *(f"race:{one}" for one in entry.races),
        *(f"barred:{country.upper()}" for country in entry.barred_in),
    ]
    flags = ("editorial", "nudity", "illustration", "people_only")
    found += [flag for flag in flags if getattr(entry, flag)]
    if entry.people is not None:
        found.append(f"people:{entry.people}")
    if entry.width and entry.height:
        found.append(f"orientation:{orientation(entry.width, entry.height)}")
    return found


def orientation(width: int, height: int) -> str:
    if max(width, height) <= SQUARE * min(width, height):
        return "square"
    return "horizontal" if width > height else "vertical"


def hint_text(text: str) -> str:
    """Small letters, single blanks, cut at a word's end; nothing that is too long to be a hint."""
    joined = " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).lower().split())
    return joined if len(joined) <= HINT_LENGTH else ""


def bands(fingerprint: int, flips: int = 0) -> list[int]:
    """The four quarters of a fingerprint as numbers with their place, each also with up to `flips` (2) bits changed.

    Two fingerprints that differ in at most 4 × flips + 3 bits have a quarter in common within so many flips.
    """
    masks = [0]
    if flips > 0:
        masks += [1 << bit for bit in range(16)]
    if flips > 1:
        masks += [1 << first | 1 << second for first in range(16) for second in range(first)]
    quarters = [(fingerprint >> 16 * place) & 0xFFFF for place in range(4)]
    return [place << 16 | (quarter ^ mask) for place, quarter in enumerate(quarters) for mask in masks]
