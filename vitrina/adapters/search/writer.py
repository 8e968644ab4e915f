"""Writing the index: the one that is read, change by change, and a new one as a whole. All of it blocks."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import tantivy

from vitrina.adapters.search.entries import Entry, Place
from vitrina.adapters.search.folder import IndexFolder, read_place, write_place
from vitrina.adapters.search.schema import ID, document, new_schema, prepare

HEAP = 24_000_000  # bytes of changes held before they are written to a segment
BUILDING_HEAP = 96_000_000


class IndexWriter:
    """Follows the changes of an index that is being read. One at a time: Tantivy locks the folder."""

    def __init__(self, path: Path, *, heap: int = HEAP) -> None:
        self.path = path
        self._writer = prepare(tantivy.Index.open(str(path))).writer(heap, 1)

    @property
    def place(self) -> Place | None:
        return read_place(self.path)

    def apply(self, entries: Iterable[Entry], gone: Iterable[int]) -> None:
        """Put entries in the place of what has their ids, and take out what is gone. Seen after a commit."""
        for id in gone:
            self._writer.delete_documents_by_term(ID, id)
        for entry in entries:
            self._writer.delete_documents_by_term(ID, entry.id)
            self._writer.add_document(document(entry))

    def commit(self) -> None:
        """From now on readers see what was applied, and a crash keeps it."""
        self._writer.commit()

    def keep_place(self, place: Place) -> None:
        write_place(self.path, place)

    def close(self) -> None:
        """Lets merges end; what was not committed is lost."""
        with suppress(ValueError, OSError):  # of an index that was removed meanwhile
            self._writer.rollback()
        with suppress(ValueError, OSError):
            self._writer.wait_merging_threads()


class IndexBuilder:
    """A new index beside the one that is read; takes its place when it is finished, and goes if it never is."""

    def __init__(self, folder: IndexFolder, *, heap: int = BUILDING_HEAP) -> None:
        self._folder = folder
        self._path = folder.new()
        self._writer = prepare(tantivy.Index(new_schema(), str(self._path))).writer(heap, 1)
        self._finished = False

    def add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._writer.add_document(document(entry))

    def finish(self, place: Place) -> None:
        """Readers turn to the new index with their next search."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        write_place(self._path, place)
        self._folder.switch(self._path)
        self._finished = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if not self._finished:
            del self._writer
            shutil.rmtree(self._path, ignore_errors=True)
