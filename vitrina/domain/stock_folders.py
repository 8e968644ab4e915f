"""Folders of stock files: which files are works, and taking them in one by one, with a word on each."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from .access import Seller
from .intake import Intake
from .items import Items
from .problems import Problem
from .sidecars import Sidecars

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".svg", ".eps", ".mp4", ".mp3"})
SIDECARS = frozenset({".csv", ".json"})
AT_ONCE = 2


class Told(msgspec.Struct, frozen=True):
    """What became of a file: new, changed, known, or refused with the reason. The id of the item, if there is one."""

    path: Path
    outcome: str
    reason: str = ""
    item_id: int | None = None


class StockFolders:
    """Takes whole folders in; what was taken before is known again by its bytes."""

    def __init__(self, intake: Intake, items: Items) -> None:
        self._intake = intake
        self._items = items

    def works(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """(files to take in, files of other kinds) below a folder, hidden ones aside."""
        found = sorted(
            path
            for path in folder.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
        works = [path for path in found if path.suffix.lower() in SUFFIXES]
        others = [path for path in found if path.suffix.lower() not in SUFFIXES | SIDECARS]
        return works, others

    async def take_in(self, seller: Seller, paths: list[Path]) -> AsyncIterator[Told]:
        """Take files in, a few side by side; a word on each as soon as it is done."""
        categories = await self._items.categories()
        sidecars = Sidecars({name: id for id, names in categories.items() for name in names})
        waiting = iter(paths)
        running: set[asyncio.Task[Told]] = set()
        while True:
            while len(running) < AT_ONCE and (path := next(waiting, None)):
                running.add(asyncio.create_task(self._one(seller, path, sidecars)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()

    async def _one(self, seller: Seller, path: Path, sidecars: Sidecars) -> Told:
        try:
            told = sidecars.of(path)
            source = await asyncio.to_thread(_digest, path)
            taken = await self._intake.take(seller, path, source, told)
        except Problem as problem:
            return Told(path, "refused", problem.message)
        except OSError as error:
            return Told(path, "refused", f"cannot be read: {error.strerror}")
        return Told(path, taken.outcome, "", taken.item_id)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
