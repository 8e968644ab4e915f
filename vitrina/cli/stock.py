"""`vitrina stock …`: works that are licensed rather than sold, for the operator of a shop."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cyclopts
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ..domain.access import Seller
from .connect import with_shop

if TYPE_CHECKING:  # the command line must start without the server's libraries
    from ..domain.shop import Shop
    from ..domain.stock_folders import Told

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True)

stock = cyclopts.App(name="stock", help="The stock library: pictures, drawings, footage and sounds.")


class NothingToImport(Exception):
    """There is nothing to take in."""


@stock.command(name="import")
def import_folder(folder: Path, *, seller: str) -> None:
    """Take in all JPEG, PNG, SVG, EPS, MP4 and MP3 files below a folder; again, only what is new or told differently.

    Words come from `stock.csv` or `stock.json` in a folder (column `file`), from a sidecar of a file's own
    (`a.jpg.json`, `a.json`, `a.csv`), and from the file itself (XMP, IPTC, EXIF, ID3). Fields: title, description,
    keywords, language; the same in a further language as title_ru …; categories, collection, series, model, author,
    taken, people, genders, ages, races, barred_in, releases, and yes or no for editorial, nudity, exclusive,
    illustration, free, people_only.

    Parameters
    ----------
    folder
        The folder.
    seller
        Whose works they are: id or e-mail.
    """
    if not folder.is_dir():
        raise NothingToImport(f"{folder} is no folder")

    async def run(shop: "Shop") -> "list[Told]":
        owner = Seller((await shop.sellers.find(seller)).id)
        works, others = shop.stock_folders.works(folder)
        if not works:
            raise NothingToImport(f"no JPEG, PNG, SVG, EPS, MP4 or MP3 file is in {folder}")
        told = []
        with _progress() as progress:
            task = progress.add_task("taking in", total=len(works))
            async for one in shop.stock_folders.take_in(owner, works):
                told.append(one)
                progress.advance(task)
        if others:
            _out.print(f"Passed over: {len(others)} files of other kinds, such as {others[0].name}")
        return told

    _report(folder, with_shop(run))


def _report(folder: Path, told: "list[Told]") -> None:
    refused = sorted((one for one in told if one.outcome == "refused"), key=lambda one: one.path)
    counts = {
        word: sum(one.outcome == word for one in told) for word in ("new", "changed", "known", "refused")
    }
    _out.print(", ".join(f"{count} {word}" for word, count in counts.items()))
    if counts["new"]:
        _out.print("New items are on sale as soon as a worker has made their previews: vitrina stock list")
    for one in refused:
        _out.print(Text(f"✗ {one.path.relative_to(folder)}: {one.reason}"))
    if refused:
        raise SystemExit(1)


@stock.command(name="list")
def list_items(*, seller: str | None = None, skip: int = 0, take: int = 50) -> None:
    """Items, newest first, and why some are not on sale.

    Parameters
    ----------
    seller
        Only those of this seller: id or e-mail.
    skip
        How many to pass over.
    take
        How many to show.
    """

    async def run(shop: "Shop") -> Any:
        id = (await shop.sellers.find(seller)).id if seller else None
        return await shop.intake.page(id, max(skip, 0), max(1, min(take, 1000)))

    rows, total = with_shop(run)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("id", "type", "status", "seller", "title", "why not"):
        table.add_column(column, overflow="fold")
    for row in rows:
        status = "waits" if row.status == "inactive" and not row.folder and not row.failure else row.status
        cells = (row.item_id, row.type, status, row.seller_id, row.title, row.failure or "")
        table.add_row(*(Text(str(cell)) for cell in cells))
    _out.print(table)
    _out.print(f"{len(rows)} of {total}")


@stock.command
def withdraw(item: int, *, reason: str = "") -> None:
    """Take an item off sale, saying why; licences that were bought stay good."""
    with_shop(lambda shop: shop.intake.withdraw(item, reason=reason))
    _out.print(f"Item {item} is off sale.")


@stock.command
def restore(item: int) -> None:
    """Put an item on sale again, or try once more to make its previews."""
    with_shop(lambda shop: shop.intake.restore(item))
    _out.print(f"Item {item} goes on sale again.")


@stock.command
def reindex() -> None:
    """Build this host's search index anew, while the old one answers until the new one takes its place."""

    def tell(added: int) -> None:
        status.update(f"  {added:,} items …")

    with _err.status("  Building …") as status:
        added = with_shop(lambda shop: shop.search_feed.build(tell))
    _out.print(f"The search index was built: {added:,} items.")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=_err, transient=True)
