"""Search port: the Tantivy index of the stock library, one copy on each host, derived from the database."""

from vitrina.adapters.search.entries import Entry, Found, Place, Wanted
from vitrina.adapters.search.folder import IndexFolder, is_whole, read_place
from vitrina.adapters.search.reader import IndexAway, NoIndexYet, SearchIndex
from vitrina.adapters.search.writer import IndexBuilder, IndexWriter

__all__ = [
    "Entry",
    "Found",
    "IndexAway",
    "IndexBuilder",
    "IndexFolder",
    "IndexWriter",
    "NoIndexYet",
    "Place",
    "SearchIndex",
    "Wanted",
    "is_whole",
    "read_place",
]
