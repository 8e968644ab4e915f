"""Generated stock items with words as people use them: few often, most rarely, in English and in Russian."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import asyncpg
import msgspec

from vitrina.domain.search_feed import mark_of

WORDS = 60_000  # of each language
MADE_UP = 1_000_000  # items with words of their own; further ones have the same words
LOT = 20_000
_START = datetime(2020, 1, 1, tzinfo=UTC)
_ENGLISH = ("b c d f g h j k l m n p r s t v w st tr pl br gr".split(), "a e i o u ea oo ai".split())
_RUSSIAN = ("б в г д ж з к л м н п р с т ф х ц ч ш ст тр пр".split(), "а е и о у ы я ю".split())
_ENDINGS = {"en": ["", "s", "ing", "ed", "er"], "ru": ["а", "ы", "ой", "ом", "ами", "ый", "ая"]}
_KINDS = ["image"] * 80 + ["vector"] * 14 + ["video"] * 5 + ["audio"]

CONTENTS = ("id", "seller_id", "kind", "media_type", "title", "title_folded", "description", "uri", "size", "status",
            "created_at", "updated_at")  # fmt: skip
ITEMS = ("id", "content_id", "seller_id", "type", "title", "description", "translations", "keywords", "categories",
         "collection", "editorial", "nudity", "illustration", "people", "width", "height", "size", "extension",
         "colors", "fingerprint", "downloads", "folder", "created_at", "published_at", "updated_at")  # fmt: skip
LINKS = ("item_id", "mark", "waits", "similar_ids")


class Vocabulary:
    """Made-up words; the n-th is used 1/n as often as the first (Zipf)."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self._words = {"en": self._made(*_ENGLISH), "ru": self._made(*_RUSSIAN)}
        self._weights = list(accumulate(1 / place for place in range(1, WORDS + 1)))

    def _made(self, consonants: list[str], vowels: list[str]) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < WORDS:
            syllables = self.random.choices((2, 3, 4), (5, 4, 1))[0]
            parts = (self.random.choice(consonants) + self.random.choice(vowels) for _ in range(syllables))
            found["".join(parts)] = None
        return list(found)

    def words(self, language: str, number: int) -> list[str]:
        stems = self.random.choices(self._words[language], cum_weights=self._weights, k=number)
        return [stem + self.random.choice(_ENDINGS[language]) for stem in stems]


async def fill(connection: asyncpg.Connection, seller_id: int, items: int) -> None:
    """Write so many items on sale, with look-alikes as the worker would have found them."""
    vocabulary = Vocabulary()
    first: int = await connection.fetchval("select coalesce(max(id), 900100) + 1 from items")
    made_up = min(items, MADE_UP)
    for start in range(first, first + made_up, LOT):
        ids = range(start, min(start + LOT, first + made_up))
        rows = list(_items(vocabulary, seller_id, ids, first, items))
        contents = [
            (id, seller_id, 1, "image/jpeg", "", "", "", f"bench/{id}", 1, 2, _START, _START) for id in ids
        ]
        await connection.copy_records_to_table("contents", records=contents, columns=CONTENTS)
        await connection.copy_records_to_table("items", records=[row for row, _ in rows], columns=ITEMS)
        await connection.copy_records_to_table(
            "item_links", records=[link for _, link in rows], columns=LINKS
        )
    for copied in range(MADE_UP, items, MADE_UP):
        until = first + min(MADE_UP, items - copied)
        for table, columns in (("contents", CONTENTS), ("items", ITEMS)):
            await connection.execute(_again(table, columns), copied, first, until, timeout=3600)
    for start in range(first + made_up, first + items, LOT):
        rows = await connection.fetch(
            "select id, type, fingerprint, keywords from items where id >= $1 and id < $2", start, start + LOT
        )
        links = [
            (row["id"], mark_of(SimpleNamespace(**row)), False, _likes(vocabulary, first, items))
            for row in rows
        ]
        await connection.copy_records_to_table("item_links", records=links, columns=LINKS)
    await connection.execute("analyze items; analyze item_links", timeout=3600)


def _again(table: str, columns: tuple[str, ...]) -> str:
    """Copies rows to later ids; each item looks like no other."""
    values = {name: name for name in columns}
    values |= {name: f"{name} + $1" for name in ("id", "content_id") if name in columns}
    values |= {name: "'bench/' || id + $1" for name in ("uri", "folder") if name in columns}
    if "fingerprint" in columns:
        values["fingerprint"] = "(random() * 1.8e19 - 9e18)::bigint"
    return (
        f"insert into {table} ({', '.join(values)}) select {', '.join(values.values())} from {table}"
        " where id >= $2 and id < $3"
    )


def _likes(vocabulary: Vocabulary, first: int, number: int) -> list[int]:
    return [first + vocabulary.random.randrange(number) for _ in range(20)]


def _items(
    vocabulary: Vocabulary, seller_id: int, ids: range, first: int, number: int
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    pick = vocabulary.random
    for id in ids:
        keywords = list(dict.fromkeys(vocabulary.words("en", 15)))
        russian = {"title": " ".join(vocabulary.words("ru", 5)), "keywords": vocabulary.words("ru", 10)}
        kind = pick.choice(_KINDS)
        published = _START + timedelta(seconds=pick.randrange(6 * 365 * 86400))
        fingerprint = pick.getrandbits(64) - (1 << 63)
        width, height = pick.choice([(6000, 4000), (4000, 6000), (3000, 3000), (1920, 1080), (800, 600)])
        yield (
            *(id, id, seller_id, kind, " ".join(vocabulary.words("en", 6)), " ".join(vocabulary.words("en", 12))),
            *(msgspec.json.encode({"ru": russian}).decode(), keywords, pick.sample(range(1, 26), 2)),
            pick.choices(("regular", "enterprise", "premium"), (90, 7, 3))[0],
            *(pick.random() < 0.1, pick.random() < 0.02, pick.random() < 0.15, pick.choice((None, 0, 1, 2, 3))),
            *(width, height, 1000, "jpg", pick.sample(range(1, 18), 3), fingerprint),
            *(int(pick.paretovariate(0.7)) - 1, f"bench/{id}", published, published, published),
        ), (
            id,
            mark_of(SimpleNamespace(id=id, type=kind, fingerprint=fingerprint, keywords=keywords)),
            False,
            _likes(vocabulary, first, number),
        )  # fmt: skip
