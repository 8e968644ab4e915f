"""What is wanted, as Tantivy asks for it."""

from collections.abc import Callable

from tantivy import FieldType, Occur, Query, Schema, Searcher

from vitrina.adapters.search import words
from vitrina.adapters.search.entries import Wanted
from vitrina.adapters.search.schema import HEIGHT, ID, LABELS, SIDE, TEXT, WIDTH
from vitrina.adapters.search.words import Word, Words

TYPES = ("image", "vector", "video", "audio")
_LEAST_CORRECTED = 4  # letters; nearly every shorter word is near to another one
_TWO_MISTAKES = 8
_LARGEST_ID = 2**63 - 1


class Queries:
    """Builds queries over one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def of(self, wanted: Wanted, said: Words, word: Callable[[Word], Query] | None = None) -> Query:
        """All words and all filters; or the item whose id was typed, of whatever type."""
        filters = self._filters(wanted)
        found = self._all([self._types(wanted), *filters, *self.words(said, word)])
        id = _as_id(wanted.text)
        if id is None:
            return found
        return Query.boolean_query(
            [(Occur.Should, found), (Occur.Should, self._all([(Occur.Must, self.id(id)), *filters]))]
        )

    def id(self, id: int) -> Query:
        return Query.term_query(self._schema, ID, id, "basic")

    def words(
        self, said: Words, word: Callable[[Word], Query] | None = None, field: str = TEXT
    ) -> list[tuple[Occur, Query] | None]:
        """Every wanted word, none of the unwanted; signs alone find nothing."""
        if said.said and not said.wanted and not said.unwanted:
            return [(Occur.Must, Query.empty_query())]
        ask = word or (lambda one: self.word(one, field))
        return [
            *((Occur.Must, ask(one)) for one in said.wanted),
            *((Occur.MustNot, self.word(one, TEXT)) for one in said.unwanted),
        ]

    def word(self, word: Word, field: str = TEXT) -> Query:
        if len(word.stems) > 1 and field == TEXT:
            return Query.phrase_query(self._schema, field, list(word.stems))
        terms = [Query.term_query(self._schema, field, stem, "basic") for stem in word.stems]
        return terms[0] if len(terms) == 1 else self._all([(Occur.Must, term) for term in terms])

    def corrected(self, searcher: Searcher, word: Word) -> Query:
        """The word, or if the index has none such, those that may have been meant."""
        if _known(searcher, word):
            return self.word(word)
        other = words.in_other_layout(word.typed)
        if _known(searcher, other):
            return self.word(other)
        return self._all([(Occur.Must, self._near(searcher, stem)) for stem in word.stems])

    def corrections(self, searcher: Searcher, said: Words) -> dict[str, str | None]:
        """What `corrected` took for words of which the index has none; None: those that are spelled much alike."""
        unknown = [word.typed for word in said.wanted if not _known(searcher, word)]
        others = [words.in_other_layout(typed) for typed in unknown]
        return {
            typed: other.typed if _known(searcher, other) else None
            for typed, other in zip(unknown, others, strict=True)
        }

    def _near(self, searcher: Searcher, stem: str) -> Query:
        exact = Query.term_query(self._schema, TEXT, stem, "basic")
        if len(stem) < _LEAST_CORRECTED or searcher.doc_freq(TEXT, stem):
            return exact
        for mistakes in (1, 2) if len(stem) >= _TWO_MISTAKES else (1,):
            near = Query.fuzzy_term_query(self._schema, TEXT, stem, mistakes)
            if searcher.search(near, 1, count=False).hits:
                return near
        return exact

    def label(self, label: str) -> Query:
        return Query.term_query(self._schema, LABELS, label, "basic")

    def _all(self, parts: "list[tuple[Occur, Query] | None]") -> Query:
        given = [part for part in parts if part is not None]
        if not any(occur is Occur.Must for occur, _ in given):
            given.insert(0, (Occur.Must, Query.all_query()))
        return Query.boolean_query(given)

    def _types(self, wanted: Wanted) -> tuple[Occur, Query] | None:
        """By what is not wanted, where that is less to look through."""
        others = [one for one in TYPES if one not in wanted.types]
        if not wanted.types or not others:
            return None
        if len(wanted.types) == 1:
            return Occur.Must, self.label(f"type:{wanted.types[0]}")
        return Occur.MustNot, self._labels([f"type:{one}" for one in others])

    def _labels(self, labels: list[str]) -> Query:
        if len(labels) == 1:
            return self.label(labels[0])
        return Query.boolean_query([(Occur.Should, self.label(one)) for one in labels])

    def _filters(self, wanted: Wanted) -> list[tuple[Occur, Query] | None]:
        found: list[tuple[Occur, Query] | None] = [
            (Occur.Must, self.label(label)) for label in _needed_labels(wanted)
        ]
        found += [(Occur.MustNot, self.label(label)) for label in _barred_labels(wanted)]
        if wanted.categories:
            found.append((Occur.Must, self._labels([f"category:{id}" for id in wanted.categories])))
        if wanted.sellers is not None:
            owned = [f"seller:{id}" for id in wanted.sellers]
            found.append((Occur.Must, self._labels(owned) if owned else Query.empty_query()))
        for text in wanted.excluded:
            word = words.one(text)
            if word.stems:
                found.append((Occur.MustNot, self.word(word)))
        found.append(self._between(SIDE, wanted.least_side, None))
        found.append(self._between(WIDTH, *wanted.widths))
        found.append(self._between(HEIGHT, *wanted.heights))
        return found

    def _between(self, field: str, least: int | None, most: int | None) -> tuple[Occur, Query] | None:
        if least is None and most is None:
            return None
        # What has no length, such as a sound, is in no span of lengths.
        bounds = (max(1, least or 1), None if most is None else max(0, min(most, _LARGEST_ID)))
        if bounds[0] > _LARGEST_ID:
            return Occur.Must, Query.empty_query()
        return Occur.Must, Query.range_query(self._schema, field, FieldType.Unsigned, *bounds)


def _known(searcher: Searcher, word: Word) -> bool:
    return bool(word.stems) and all(searcher.doc_freq(TEXT, stem) for stem in word.stems)


def _needed_labels(wanted: Wanted) -> list[str]:
    valued = {
        "color": wanted.color,
        "orientation": wanted.orientation,
        "age": wanted.age,
        "race": wanted.race,
        "people": wanted.people,
        "collection": wanted.collection,
    }
    flags = {
        "illustration": wanted.illustration,
        "editorial": wanted.editorial,
        "people_only": wanted.people_only,
    }
    return [
        *(f"{name}:{value}" for name, value in valued.items() if value is not None),
        *(f"gender:{gender}" for gender in wanted.genders),
        *(name for name, value in flags.items() if value),
    ]


def _barred_labels(wanted: Wanted) -> list[str]:
    flags = {"illustration": wanted.illustration, "editorial": wanted.editorial}
    found = [name for name, value in flags.items() if value is False]
    found += [f"seller:{id}" for id in wanted.barred_sellers]
    if not wanted.nudity:
        found.append("nudity")
    if wanted.barred_in:
        found.append(f"barred:{wanted.barred_in.upper()}")
    return found


def _as_id(text: str) -> int | None:
    text = text.strip().lstrip("#")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return int(text)
