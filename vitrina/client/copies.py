"""Test copies: full-size files without watermark and without charge, to try before a licence is bought."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import field

from .calls import Calls, Moment, moment
from .connection import Connection
from .licences import Link, Somebody, fetch, size_of
from .pages import Page
from .uploads import Progress


class Copy(msgspec.Struct, kw_only=True):
    """A test copy that a member took; `link` leads to its file."""

    id: int
    taken_at: datetime | None = field(name="datetime", default=None)
    title: str = field(name="filename", default="")
    item_id: int = field(name="itemId", default=0)
    item_type: str = field(name="itemType", default="")
    size: str = field(name="option", default="")
    member: Somebody = field(name="actor", default_factory=Somebody)
    link: str = field(name="download", default="")


class Copies:
    """Takes test copies; the right to is `compDownloads`. Every method raises CommandRefused, Unreachable."""

    def __init__(self, calls: Calls, connection: Connection) -> None:
        self._calls = calls
        self._connection = connection

    def take(self, item_id: int, size: str) -> str:
        """Take a test copy: a link to the file. Each call is counted."""
        values = {"dp_item_id": item_id, "dp_option": size_of(size)}
        return self._calls.ask("complimentaryDownload", Link, values, once=True).link

    def download(
        self, item_id: int, size: str, path: str | Path, *, progress: Progress | None = None
    ) -> Path:
        """Take a test copy and download it to `path`, which holds the whole file or nothing."""
        name = f"copy {item_id} {size_of(size)}"
        return fetch(self._connection, self.take(item_id, size), name, path, progress)

    def list(
        self,
        *,
        types: Iterable[str] = (),
        since: Moment | None = None,
        until: Moment | None = None,
        member_id: int | None = None,
        skip: int = 0,
        take: int = 100,
    ) -> Page[Copy]:
        """A page of the copies that the group took, the newest first."""
        values = {
            "dp_type": [*types],
            "dp_date_start": moment(since),
            "dp_date_end": moment(until),
            "dp_user_id": member_id,
            "dp_offset": skip,
            "dp_limit": take,
        }
        answer = self._calls.ask("getGroupCompDownloads", _Copies, values)
        return Page(answer.downloads, answer.count)


class _Copies(msgspec.Struct):
    downloads: list[Copy] = []
    count: int = 0
