"""Reading the index that is current on this host, by any number of processes, while another one writes it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import tantivy
from tantivy import DocAddress, Occur, Query, Searcher

from vitrina.adapters.search import words
from vitrina.adapters.search.entries import Found, Wanted
from vitrina.adapters.search.folder import IndexFolder
from vitrina.adapters.search.queries import Queries
from vitrina.adapters.search.schema import (
    BANDS,
    FINGERPRINT,
    HINTS,
    ID,
    KEYS,
    TITLE,
    WORDS,
    bands,
    hint_text,
    new_schema,
    prepare,
    stems,
)
from vitrina.adapters.search.words import Words

T = TypeVar("T")

AT_ONCE = 4  # searches of one process; further ones wait
ALIKE_BITS = 10  # two pictures whose fingerprints differ in more are no look-alikes
CANDIDATES = 20_000  # look-alikes of a picture that looks like everything, such as a white one
_TELLING_WORDS = 8
_TRIES = 3
MOST_SKIPPED = 1_000_000  # Tantivy keeps room for all that is skipped


class IndexAway(Exception):
    """There is no index to read, or it is damaged; one is being built."""


class NoIndexYet(IndexAway):
    """This host has none: its worker builds the first, or one of this version."""


class SearchIndex:
    """Searches the current index. Each search first looks whether there are newer commits, or a newer index."""

    def __init__(self, folder: IndexFolder) -> None:
        self._folder = folder
        self._schema = new_schema()
        self._queries = Queries(self._schema)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="search")
        self._opened: tuple[Path, tuple[int, int], tantivy.Index] | None = None

    async def find(self, wanted: Wanted, offset: int, limit: int) -> Found:
        """A page of what matches, in the wanted order, and the exact count."""
        return await self._run(partial(self._find, wanted=wanted, offset=offset, limit=limit))

    async def find_alike(self, wanted: Wanted, fingerprint: int, offset: int, limit: int) -> Found:
        """The same, of those that look like a picture, the most alike first."""
        return await self._run(
            partial(self._alike, wanted=wanted, fingerprint=fingerprint, offset=offset, limit=limit)
        )

    async def similar(
        self, asked: list[tuple[int, str, int | None, list[str]]], most: int
    ) -> dict[int, list[int]]:
        """Ids of what looks alike or is about the same, for each (id, type, fingerprint, keywords)."""
        return await self._run(
            lambda searcher: {one[0]: self._similar(searcher, *one, most) for one in asked}
        )

    async def hints(self, language: str, prefix: str, most: int) -> list[str]:
        """Keywords and titles in a language that begin so, those of most items first."""
        start = hint_text(prefix)
        if not start:
            return []
        key = f"{language}\x1f{start}"
        found = await self._run(lambda searcher: searcher.terms_with_prefix(HINTS, key, limit=most))
        return [term.partition("\x1f")[2] for term, _ in found]

    async def count(self) -> int:
        """How many items can be found; raises IndexAway if none can."""
        return await self._run(lambda searcher: searcher.num_docs)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._opened = None

    # --- the current index -------------------------------------------------------------------------------

    async def _run(self, action: Callable[[Searcher], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, action)

    def _read(self, action: Callable[[Searcher], T]) -> T:
        """Run it on the newest commit; an index that vanishes or breaks meanwhile is tried again, then reported."""
        left = _TRIES
        while True:
            path = self._folder.current()
            if path is None:
                raise NoIndexYet
            try:
                return action(self._searcher(path))
            except BaseException as error:
                if not _is_tantivys(error):
                    raise
                self._opened = None
                if self._folder.current() != path:  # another one took its place meanwhile
                    continue
                left -= 1
                if left == 0:
                    self._folder.report_damage(path)
                    raise IndexAway from error

    def _searcher(self, path: Path) -> Searcher:
        stat = (path / "meta.json").stat()
        commit = (stat.st_mtime_ns, stat.st_ino)
        opened = self._opened
        if opened is None or opened[0] != path:
            index = prepare(tantivy.Index.open(str(path)))
            index.config_reader("manual")
        else:
            index = opened[2]
        if opened is None or opened[:2] != (path, commit):
            index.reload()
            self._opened = (path, commit, index)
        return index.searcher()

    # --- searches ----------------------------------------------------------------------------------------

    def _find(self, searcher: Searcher, wanted: Wanted, offset: int, limit: int) -> Found:
        said = words.read(wanted.text)
        found = self._page(searcher, wanted, said, self._queries.of(wanted, said), offset, limit)
        if found.count or not wanted.correct or not said.wanted:
            return found
        corrected = self._queries.of(wanted, said, partial(self._queries.corrected, searcher))
        found = self._page(searcher, wanted, said, corrected, offset, limit)
        instead = self._queries.corrections(searcher, said) if found.count else {}
        return Found(found.ids, found.count, instead)

    def _page(
        self, searcher: Searcher, wanted: Wanted, said: Words, query: Query, offset: int, limit: int
    ) -> Found:
        if wanted.sort == "match" and said.wanted:
            return self._best(searcher, said, query, offset, limit)
        return _page(searcher, query, KEYS.get(wanted.sort, KEYS["sales"]), offset, limit)

    def _best(self, searcher: Searcher, said: Words, query: Query, offset: int, limit: int) -> Found:
        """First what says all words in its title, then in title and keywords, then the others; of each the best sold.

        A score would differ from host to host and from commit to commit, and pages would not fit together.
        """
        title, keyed = (self._all_words(said, field) for field in (TITLE, WORDS))
        ids: list[int] = []
        count = 0
        for tier in (
            [(Occur.Must, query), (Occur.Must, title)],
            [(Occur.Must, query), (Occur.Must, keyed), (Occur.MustNot, title)],
            [(Occur.Must, query), (Occur.MustNot, keyed), (Occur.MustNot, title)],
        ):
            wanted = limit - len(ids)
            page = _page(searcher, Query.boolean_query(tier), KEYS["sales"], max(0, offset - count), wanted)
            ids += page.ids
            count += page.count
        return Found(ids, count)

    def _all_words(self, said: Words, field: str) -> Query:
        return Query.boolean_query([(Occur.Must, self._queries.word(one, field)) for one in said.wanted])

    def _alike(self, searcher: Searcher, wanted: Wanted, fingerprint: int, offset: int, limit: int) -> Found:
        query = self._queries.of(wanted, words.read(wanted.text))
        ids = self._looking_like(searcher, fingerprint, 2, query)
        return Found(ids[offset : offset + limit], len(ids))

    def _looking_like(
        self, searcher: Searcher, fingerprint: int, flips: int, query: Query | None = None
    ) -> list[int]:
        """Ids of those in a query that differ in few bits, fewest first, ties by descending id."""
        near = Query.term_set_query(self._schema, BANDS, bands(fingerprint, flips))
        both = near if query is None else Query.boolean_query([(Occur.Must, near), (Occur.Must, query)])
        hits = searcher.search(both, CANDIDATES, count=False, order_by_field=KEYS["sales"]).hits
        places = [place for _, place in hits]
        ids, prints = _values(searcher, ID, places), _values(searcher, FINGERPRINT, places)
        mask = (1 << 64) - 1
        apart = [(((one ^ fingerprint) & mask).bit_count(), -id) for one, id in zip(prints, ids, strict=True)]
        return [-id for bits, id in sorted(apart) if bits <= ALIKE_BITS]

    def _similar(
        self,
        searcher: Searcher,
        id: int,
        type: str,
        fingerprint: int | None,
        keywords: list[str],
        most: int,
    ) -> list[int]:
        """Look-alikes first, then those that share the most telling keywords."""
        alike = self._looking_like(searcher, fingerprint, 1)[: most + 1] if fingerprint is not None else []
        about = self._about_the_same(searcher, type, keywords, most + 1) if len(alike) <= most else []
        return [one for one in dict.fromkeys(alike + about) if one != id][:most]

    def _about_the_same(self, searcher: Searcher, type: str, keywords: list[str], most: int) -> list[int]:
        known = {stem: searcher.doc_freq(WORDS, stem) for text in keywords for stem in stems(text)}
        # A word of one item only is its own; the rarer the others, the more they tell.
        rarest = sorted((often, stem) for stem, often in known.items() if often > 1)[:_TELLING_WORDS]
        if len(rarest) < 2:
            return []
        terms = [Query.term_query(self._schema, WORDS, stem, "basic") for _, stem in rarest]
        shared = Query.boolean_query(
            [(Occur.Should, Query.const_score_query(term, 1.0)) for term in terms],
            minimum_number_should_match=max(2, len(terms) // 2),
        )
        query = Query.boolean_query(
            [
                (Occur.Must, shared),
                (Occur.Must, Query.const_score_query(self._queries.label(f"type:{type}"), 0.0)),
            ]
        )
        hits = searcher.search(query, most, count=False).hits
        ids = _values(searcher, ID, [place for _, place in hits])
        ordered = sorted(zip(hits, ids, strict=True), key=lambda hit: (-hit[0][0], -hit[1]))
        return [id for _, id in ordered]


def _page(searcher: Searcher, query: Query, key: str, offset: int, limit: int) -> Found:
    behind = offset >= min(searcher.num_docs, MOST_SKIPPED)
    result = searcher.search(query, max(1, limit), order_by_field=key, offset=0 if behind else offset)
    count: int = result.count  # type: ignore[attr-defined]  # its stub leaves it out
    hits = [] if behind else result.hits[:limit]
    return Found(_values(searcher, ID, [place for _, place in hits]), count)


def _values(searcher: Searcher, field: str, places: list[DocAddress]) -> list[int]:
    return cast("list[int]", searcher.fast_field_values(field, places))


def _is_tantivys(error: BaseException) -> bool:
    """What a broken or vanished index makes Tantivy raise; a panic of Rust is no Exception."""
    return isinstance(error, ValueError | OSError) or type(error).__name__ == "PanicException"
