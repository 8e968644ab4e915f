"""`vitrina backup` and `vitrina restore`: a whole shop in one file, and back."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import TaskID

from ..settings import read_settings
from .client.address import Flag
from .client.printing import bytes_bar, note, say, size
from .connect import database_url

if TYPE_CHECKING:  # the command line must start without the server's libraries
    from ..backup.archive import Manifest, Tell

MOST_NAMED = 5  # missing files that a warning names


class NothingToBackUp(Exception):
    """There is no shop, or not all of it is here."""


class NoSuchBackup(Exception):
    """The file with the backup cannot be read."""


def backup(file: Path) -> None:
    """Write the whole shop into one file: database, files, secret. Its server may go on meanwhile.

    Parameters
    ----------
    file
        Where to; an earlier backup of that name is replaced when the new one is whole.
    """
    from ..adapters.files import open_files
    from ..backup.make import back_up
    from ..secret_file import find_secret

    settings = read_settings()
    if not settings.database_url and not (settings.data / "postgres").exists():
        raise NothingToBackUp(f"there is no shop in {settings.data.absolute()}; is VITRINA_DATA right?")
    secret = find_secret(settings)
    if secret is None:
        raise NothingToBackUp(
            "the shop's secret is not here, and without it keys and tokens would be void: set VITRINA_SECRET,"
            f" or run this where {settings.data.absolute() / 'secret'} is"
        )
    began = time.monotonic()
    files = open_files(settings.files_url, settings.data)
    with _ended_in_order(), database_url(settings) as url, _bar() as tell:
        made = asyncio.run(back_up(file, url, files, secret, tell))
    for missing in made.missing[:MOST_NAMED]:
        note(f"The shop itself has lost a file: {missing}")
    if len(made.missing) > MOST_NAMED:
        note(f"… and {len(made.missing) - MOST_NAMED} more.")
    if not made.known:
        note("The backup is whole, but the shop could not be told: its desk will not know of it.")
    say(f"Backed up to {file}: {size(made.size)}, {_held(made.manifest)}, in {_seconds(began)}.")


def restore(file: Path, *, check: Flag = False) -> None:
    """Put a backup into an empty shop: before `serve` has been run there. Interrupted, run it again.

    Parameters
    ----------
    file
        A file that `vitrina backup` wrote.
    check
        Only read all of it and say whether it is whole; nothing is changed.
    """
    from ..backup.archive import Archive
    from ..backup.restore import check as checked
    from ..backup.restore import restore as put_back

    settings = read_settings()
    began = time.monotonic()
    try:
        with _ended_in_order(), Archive.open(file) as archive, _bar() as tell:
            if check:
                archive.verify(tell)
                say(
                    f"{file} is whole: {_held(archive.manifest)}, made {archive.manifest.created:%Y-%m-%d %H:%M} UTC."
                )
                return
            secret = checked(archive, settings, tell)
            with database_url(settings) as url:
                asyncio.run(put_back(archive, settings, secret, url, tell))
    except OSError as error:
        raise NoSuchBackup(f"{error.filename or file}: {(error.strerror or str(error)).lower()}") from error
    say(
        f"Restored from {file}: {_held(archive.manifest)}, in {_seconds(began)}. Open the shop: vitrina serve"
    )


def _held(manifest: "Manifest") -> str:
    database = size(manifest.sections["database"].size)
    parts = f", {manifest.parts:,} parts of unfinished uploads" if manifest.parts else ""
    return f"database {database}, {manifest.files:,} files of {size(manifest.files_size)}{parts}"


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


@contextmanager
def _bar() -> "Iterator[Tell]":
    """A bar for each thing that is done, one after the other."""
    with bytes_bar() as bar:
        tasks: dict[str, TaskID] = {}

        def tell(doing: str, done: int, total: int | None) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=total)
            bar.update(tasks[doing], completed=done, total=total)

        yield tell


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does: nothing half-written stays behind."""
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
