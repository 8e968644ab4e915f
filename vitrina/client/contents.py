"""Contents: works of a seller with their master files. created → sending → received → processing → ready | failed."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from .connection import Connection, read, rest
from .downloads import download
from .errors import ContentFailed, NotReadyInTime
from .pages import Page, all_pages
from .pictures import Pictures
from .uploads import THREADS, Progress, Sender, Upload, UploadState, begin, content_type_of


class ContentStatus(IntEnum):
    """How far a content is."""

    CREATED = 0
    RECEIVED = 1
    READY = 2
    FAILED = 3
    PROCESSING = 4
    SENDING = 5


class File(msgspec.Struct, kw_only=True):
    """A file made of a content: its type, bytes, and URI to download it by."""

    contentType: str = ""
    size: int = 0
    uri: str = ""


class ContentMeta(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a seller says of a work. `rating` such as "12+" is always needed, `author` but for videos, `pages` for
    documents; `voice` reads it aloud, `bisac` is its ISBN, `duration` is written 00:05:11."""

    thumbnail: list[str] = []
    rating: str | None = None
    author: str | None = None
    pages: int | None = None
    source_file_name: str | None = None
    original_name: str | None = None
    voice: str | None = None
    bisac: str | None = None
    translator: str | None = None
    duration: str | None = None


class Content(msgspec.Struct, kw_only=True):
    """One work. `status` is a ContentStatus, `uri` that of the master file, `meta` what is known of it."""

    id: int
    author_id: int = 0
    title: str = ""
    description: str = ""
    content_type: str = ""
    uri: str = ""
    files: list[File] = []
    playlist: str = ""
    meta: dict[str, Any] = {}
    category_id: int = 0
    status: int = 0
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def failure(self) -> str:
        """Why it could not be processed; empty unless it failed."""
        if self.status != ContentStatus.FAILED:
            return ""
        return str(self.meta.get("failure") or "the server gives no reason")


class Contents:
    """Uploads, lists, changes and downloads works. Every method raises ApiError, Unreachable, NotUnderstood."""

    def __init__(self, connection: Connection, pictures: Pictures) -> None:
        self._connection = connection
        self._pictures = pictures

    # --- uploading ---------------------------------------------------------------------------------------

    def upload_file(
        self,
        path: str | Path,
        title: str = "",
        *,
        description: str = "",
        meta: ContentMeta | None = None,
        cover: str | Path | None = None,
        content_type: str | None = None,
        resume: str | None = None,
        threads: int = THREADS,
        progress: Progress | None = None,
    ) -> Upload:
        """Upload a work, in parts of 2 MiB and `threads` at a time; memory does not grow with the file.

        With `resume`, the uuid of an upload that was begun before, only what the server misses is sent, and
        title, description, meta and cover stay as they were said then. `progress(sent, total)` is told bytes,
        from one thread at a time. The work is then received, not yet ready: see `wait_until_ready`.
        Raises Unusable for a file that cannot be uploaded.
        """
        if resume:
            return self.send_missing(resume, path, threads=threads, progress=progress)
        upload = self.begin_upload(
            path, title, description=description, meta=meta, cover=cover, content_type=content_type
        )
        return self.send_all(upload, path, content_type=content_type, threads=threads, progress=progress)

    def begin_upload(
        self,
        path: str | Path,
        title: str = "",
        *,
        description: str = "",
        meta: ContentMeta | None = None,
        cover: str | Path | None = None,
        content_type: str | None = None,
    ) -> Upload:
        """Announce a work and upload its cover; its bytes follow by `send_all`, or `send_missing` after a break.

        The title is the file's name when none is given; `meta.thumbnail` is the cover's URIs when there is one.
        `content_type` is told by the file's name: .mp4, .mp3, .pdf, .epub, .txt.
        """
        path = Path(path)
        kind = content_type or content_type_of(path)
        about: dict[str, Any] | None = None
        if meta is not None or cover is not None:
            about = {"thumbnail": []} | msgspec.to_builtins(meta or ContentMeta())
            if cover is not None:
                about["thumbnail"] = self._pictures.upload_illustration(cover)
        return begin(self._connection, path, title or path.stem, description, kind, about)

    def send_all(
        self,
        upload: Upload,
        path: str | Path,
        *,
        content_type: str | None = None,
        threads: int = THREADS,
        progress: Progress | None = None,
    ) -> Upload:
        """Send every part of an upload that was just begun with this file."""
        kind = content_type or content_type_of(Path(path))
        upload.uri = Sender(self._connection, Path(path), upload.uuid, kind, threads, progress).send()
        return upload

    def send_missing(
        self, uuid: str, path: str | Path, *, threads: int = THREADS, progress: Progress | None = None
    ) -> Upload:
        """Send the parts that the server misses of an upload; ApiError 404 when it knows none of that uuid.

        Asking for them is Vitrina's addition to the API.
        """
        state = self.upload_state(uuid)
        content = self.get(state.content_id)
        sender = Sender(self._connection, Path(path), uuid, content.content_type, threads, progress)
        return Upload(content_id=content.id, uuid=uuid, uri=sender.send(state) or content.uri)

    def upload_state(self, uuid: str) -> UploadState:
        """Which parts of an upload have arrived; Vitrina's addition to the API."""
        return self._connection.get(f"/api/v1/content/upload/{quote(uuid, safe='')}", UploadState)

    def wait_until_ready(
        self,
        content_id: int,
        *,
        timeout: float = 1800,
        changed: Callable[[Content], None] | None = None,
    ) -> Content:
        """The content once it can be sold; `changed` is told whenever its status is another.

        Raises ContentFailed with the reason, or NotReadyInTime after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        pause, status = 0.25, -1
        while True:
            content = self.get(content_id)
            if changed and content.status != status:
                changed(content)
            status = content.status
            if status == ContentStatus.READY:
                return content
            if status == ContentStatus.FAILED:
                raise ContentFailed(content.id, content.title, content.failure)
            if time.monotonic() + pause > deadline:
                raise NotReadyInTime(content_id, timeout)
            rest(pause)
            pause = min(pause * 1.5, 5)

    # --- looking and changing ----------------------------------------------------------------------------

    def get(self, content_id: int) -> Content:
        """One content; ApiError 404 if there is none."""
        return self._connection.get(f"/api/v1/content/author/{content_id}", Content)

    def list(
        self,
        *,
        search: str | None = None,
        category: int | None = None,
        status: int | None = None,
        sort: Literal["created", "updated"] | None = None,
        sort_dir: Literal["asc", "desc"] | None = None,
        skip: int = 0,
        take: int = 50,
    ) -> Page[Content]:
        """A page of contents: `search` is a part of the title, `category` 1 video, 2 audio, 4 document."""
        params = {
            "search": search,
            "category": category,
            "status": status if status is None else int(status),
            "sort": sort,
            "sort_dir": sort_dir,
            "skip": skip,
            "take": take,
        }
        return self._connection.get("/api/v1/content/author", Page[Content], params)

    def iterate(
        self, *, search: str | None = None, category: int | None = None, status: int | None = None
    ) -> Iterator[Content]:
        """Every content, the oldest first, page by page; make a list of them before you change what is sought."""
        return all_pages(
            lambda skip, take: self.list(
                search=search,
                category=category,
                status=status,
                sort="created",
                sort_dir="asc",
                skip=skip,
                take=take,
            )
        )

    def update(self, content_id: int, *, title: str | None = None, description: str | None = None) -> Content:
        """Change the title (up to 500 characters), the description (1,000), or both; None leaves as it is."""
        given = {"title": title, "description": description}
        body = {name: text for name, text in given.items() if text is not None}
        return read(self._connection.post(f"/api/v1/content/author/{content_id}", body), Content)

    def retry(self, content_id: int) -> Content:
        """Process a failed content once more; Vitrina's addition to the API."""
        return read(self._connection.post(f"/api/v1/content/author/{content_id}/retry", {}), Content)

    def delete(self, content_id: int) -> None:
        """Delete a content; ApiError 400 names the published offers that carry it."""
        self._connection.post("/api/v1/content/delete", {"content_id": content_id})

    def download(self, uri: str, path: str | Path, *, progress: Progress | None = None) -> Path:
        """Download a file by its URI to `path`; what a broken-off download left in `path`.part is gone on with.

        Raises OSError when it cannot be written; `progress(received, total)` is told bytes.
        """
        # The URI's slashes are sent as %2F, as the published client of this API does; Vitrina takes both.
        place = f"/api/v1/content/download/{quote(uri.lstrip('/'), safe='')}"
        return download(self._connection, self._connection.base_url + place, uri, Path(path), progress)
