"""`vitrina contents …`: works that were uploaded."""

from pathlib import Path
from typing import Literal

import cyclopts

from ...client import Content, ContentStatus, SellerClient
from ...client.uploads import TYPES
from .address import LOCAL, STUBBORN, Address, Flag, shop_at
from .places import place, safe_name
from .printing import as_json, bytes_bar, pairs, rows_of, say, size, sure, table, tail, when

contents = cyclopts.App(name="contents", help="Your works: list, show, download, process again, delete.")

CATEGORIES = {1: "video", 2: "audio", 4: "document"}
Category = Literal["video", "audio", "document"]
Status = Literal["created", "sending", "received", "processing", "ready", "failed"]


@contents.command(name="list")
def list_contents(
    *,
    search: str | None = None,
    category: Category | None = None,
    status: Status | None = None,
    take: int = 50,
    all: Flag = False,
    json: Flag = False,
    at: Address = LOCAL,
) -> None:
    """List works, the newest first.

    Parameters
    ----------
    search
        A part of the title.
    category
        Only works of this kind.
    status
        Only works that are that far.
    take
        How many.
    all
        All of them, the oldest first.
    json
        Print the list as JSON.
    """
    number = category_number(category)
    stage = status and ContentStatus[status.upper()]
    with shop_at(at) as shop:
        every = shop.contents.iterate(search=search, category=number, status=stage)
        rows, total = rows_of(
            all, every, lambda: shop.contents.list(search=search, category=number, status=stage, take=take)
        )
    if json:
        return as_json(rows)
    table(
        ("> id", "kind", "title", "status", "uploaded"),
        [(row.id, _kind(row), row.title, status_word(row), when(row.created)) for row in rows],
    )
    return tail(len(rows), total)


@contents.command
def show(content_id: int, *, json: Flag = False, at: Address = LOCAL) -> None:
    """Show a work with the URIs of its files, or why it failed.

    Parameters
    ----------
    content_id
        Id of the content.
    json
        Print it as JSON.
    """
    with shop_at(at) as shop:
        content = shop.contents.get(content_id)
    return as_json(content) if json else pairs(about(content))


@contents.command
def download(
    what: str,
    *,
    to: Path | None = None,
    force: Flag = False,
    at: Address = LOCAL,
) -> None:
    """Download a work, or any file by its URI; stopped half-way, the same command goes on.

    Parameters
    ----------
    what
        Id of a content, for its master file, or a URI.
    to
        File or folder to write to; without it, a file of its own name here.
    force
        Overwrite a file that is there.
    """
    with shop_at(at, STUBBORN) as shop:
        uri, name = _named(shop, what)
        path = place(to, name, force=force)
        with bytes_bar() as bar:
            task = bar.add_task(path.name, total=None)
            shop.contents.download(
                uri, path, progress=lambda got, total: bar.update(task, completed=got, total=total)
            )
    say(f"{path}  {size(path.stat().st_size)}")


@contents.command
def retry(content_id: int, *more: int, at: Address = LOCAL) -> None:
    """Have failed works processed once more.

    Parameters
    ----------
    content_id
        Id of a content.
    more
        Ids of further ones.
    """
    with shop_at(at) as shop:
        for id in (content_id, *more):
            content = shop.contents.retry(id)
            say(f"content {content.id} «{content.title}» is being processed again.")


@contents.command
def delete(*content_ids: int, yes: Flag = False, at: Address = LOCAL) -> None:
    """Delete works with all their files; one that a published offer carries stays.

    Parameters
    ----------
    content_ids
        Ids of contents.
    yes
        Do not ask.
    """
    with shop_at(at) as shop:
        for content_id in content_ids:
            content = shop.contents.get(content_id)
            sure(f"Delete content {content.id} «{content.title}»?", yes)
            shop.contents.delete(content_id)
            say(f"content {content.id} «{content.title}» was deleted.")


def about(content: Content) -> list[tuple[str, object]]:
    """What a person wants to know of a work."""
    known = content.meta
    rows: list[tuple[str, object]] = [
        ("id", content.id),
        ("title", content.title),
        ("kind", f"{_kind(content)} ({content.content_type})"),
        ("status", status_word(content)),
        ("reason", content.failure),
        ("author", known.get("author", "")),
        ("rating", known.get("rating", "")),
        ("duration", known.get("duration", "")),
        ("pages", known.get("pages", "")),
        ("dimensions", ", ".join(map(str, known.get("dimensions", ())))),
        ("master", content.uri),
        ("playlist", content.playlist),
        ("preview", known.get("preview", "")),
        ("cover", (known.get("thumbnail") or [""])[-1]),
    ]
    rows += [(file.contentType, f"{file.uri}  {size(file.size)}") for file in content.files]
    return rows


def category_number(word: Category | None) -> int | None:
    return next((number for number, name in CATEGORIES.items() if name == word), None)


def status_word(content: Content) -> str:
    try:
        return ContentStatus(content.status).name.lower()
    except ValueError:
        return str(content.status)


def _kind(content: Content) -> str:
    return CATEGORIES.get(content.category_id, str(content.category_id))


def _named(shop: SellerClient, what: str) -> tuple[str, str]:
    """URI and a file name that stays where it is put."""
    if not what.isdigit():
        return what, what.rstrip("/").rpartition("/")[2] or "file"
    content = shop.contents.get(int(what))
    suffix = next((suffix for suffix, kind in TYPES.items() if kind == content.content_type), "")
    name = str(content.meta.get("source_file_name") or f"{content.title}{suffix}")
    return content.uri, safe_name(name, f"content-{content.id}{suffix}")
