"""Documents: pages and cover of a PDF, EPUB to FB2, plain text to EPUB and FB2; and what a reader is shown of them."""

import asyncio
import base64
from pathlib import Path
from zlib import crc32

import msgspec

from vitrina.adapters.media import sniff
from vitrina.adapters.media.child.fb2 import Leaf
from vitrina.adapters.media.process import Children
from vitrina.adapters.media.results import DerivedFile, MediaRefused, ProcessedDocument, Sheet
from vitrina.adapters.media.tools import find_pandoc
from vitrina.adapters.media.videos import covers_of
from vitrina.adapters.media.workplace import Workplace

COVERS = ["480.jpg", "1280.jpg", "1920.jpg"]


def books(place: Workplace) -> list[DerivedFile]:
    """What a reader can open; covers are listed apart."""
    return [file for file in place.files() if file.name.startswith("output.")]


class Book(msgspec.Struct, frozen=True):
    """What the seller says about a document."""

    title: str
    author: str | None
    language: str


async def process_pdf(children: Children, place: Workplace, book: Book) -> ProcessedDocument:
    """Pages and covers; a first page that cannot be drawn gets a drawn cover."""
    told = await children.verb("paper", place.folder, act="look", pages=children.limits.pages)
    covers = told["covers"] or await draw(children, place, book.title)
    return ProcessedDocument(told["pages"], covers, books(place))


async def process_epub(children: Children, place: Workplace, book: Book) -> ProcessedDocument:
    """FB2 and covers, from a repacked archive that holds only what was checked."""
    limits = children.limits
    told = await children.verb(
        "archive", place.folder, act="repack", entries=limits.archive_entries, bytes=limits.archive_bytes,
        ratio=limits.archive_ratio,
    )  # fmt: skip
    covers = await covers_from(children, place, told["cover"]) or await draw(children, place, book.title)
    await convert(children, place, book, "epub", "book.epub", "fb2")
    return ProcessedDocument(None, covers, books(place))


async def process_text(children: Children, place: Workplace, book: Book) -> ProcessedDocument:
    """EPUB, FB2 and a drawn cover."""
    await children.verb(
        "text", place.folder, act="convert", target="book.html", title=book.title, language=book.language,
        limit=children.limits.text_bytes,
    )  # fmt: skip
    covers = await draw(children, place, book.title)
    await convert(children, place, book, "html", "book.html", "fb2")
    await convert(children, place, book, "html", "book.html", "epub")
    return ProcessedDocument(None, covers, books(place))


async def read_book(children: Children, place: Workplace) -> list[Leaf]:
    """The leaves of an FB2 of ours."""
    await children.verb("fb2", place.folder)
    return await asyncio.to_thread(
        lambda: msgspec.json.decode((place.made / "leaves.json").read_bytes(), type=list[Leaf])
    )


async def draw_sheets(children: Children, place: Workplace, first: int, count: int) -> list[Sheet]:
    """Pages of a PDF from the `first` (1) on, as JPEGs."""
    told = await children.verb("paper", place.folder, act="sheets", first=first, count=count)
    return [
        Sheet(jpeg=(place.made / f"{one['number']}.jpg").read_bytes() if one["width"] else b"", **one)
        for one in told
    ]


async def covers_from(children: Children, place: Workplace, picture: str | None) -> list[str]:
    """Covers from a book's own picture; none where it is missing or of another format."""
    if picture is None:
        return []
    try:
        return await covers_of(children, place, picture)
    except MediaRefused:
        return []


async def draw(children: Children, place: Workplace, title: str, seed: int | None = None) -> list[str]:
    """Three sizes of a cover drawn from the title; without a seed, the title decides its colours."""
    seed = crc32(title.encode("utf-8", "replace")) if seed is None else seed
    names: list[str] = await children.verb("drawing", place.folder, title=title, seed=seed)
    return names


async def convert(
    children: Children, place: Workplace, book: Book, kind: str, source: str, target: str
) -> None:
    """`made/output.TARGET` by pandoc, then read again to be sure that it opens."""
    limits = children.limits
    # A metadata file gives what the book itself lacks; the options overrule it, and are never read as Markdown.
    lacking = {"lang": clean(book.language)}
    if target == "fb2":
        cover = base64.b64encode((place.made / COVERS[0]).read_bytes()).decode()
        lacking["cover-image"] = f"data:image/jpeg;base64,{cover}"
    Path(place.folder, "lacking.json").write_bytes(msgspec.json.encode(lacking))
    command = [
        find_pandoc(), "--sandbox", "--standalone", "--from", kind, "--to", target,
        "--metadata-file", "lacking.json", "--metadata", f"title={clean(book.title)}",
        *(("--metadata", f"author={clean(book.author)}") if book.author else ()),
        "--output", f"made/output.{target}", source,
    ]  # fmt: skip
    await children.tool(
        command, place.folder, seconds=limits.document_seconds, memory=limits.document_memory_bytes
    )
    await children.verb(
        "book", place.folder, file=f"made/output.{target}",
        seconds=limits.document_seconds, memory=limits.document_memory_bytes,
    )  # fmt: skip


def clean(text: str) -> str:
    """A line free of control characters, which no book format can carry."""
    return "".join(letter for letter in text[:1000] if letter.isprintable())


async def look(children: Children, place: Workplace, kind: str) -> str | None:
    """Tell an EPUB from other zips, and text from other bytes."""
    if kind == sniff.ZIP:
        told = await children.verb(
            "archive", place.folder, act="look", entries=children.limits.archive_entries
        )
        return sniff.EPUB if told["epub"] else sniff.ZIP
    told = await children.verb("text", place.folder, act="look")
    return sniff.TEXT if told["charset"] else None
