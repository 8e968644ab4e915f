"""`vitrina upload FILE…`: works go up in parts, and on from where they stopped."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.markup import escape

from ...client import (
    ApiError,
    ClientError,
    Content,
    ContentFailed,
    ContentMeta,
    SellerClient,
    Upload,
    UploadState,
)
from ...client.uploads import TYPES, category_of, content_type_of
from .address import LOCAL, STUBBORN, Address, Flag, WrongUse, file_trouble, shop_at, token_of
from .contents import about
from .printing import as_json, bytes_bar, clean, err, note, pairs, say
from .unfinished import Memory

Rating = Literal["0+", "6+", "12+", "14+", "16+", "18+"]
Kind = Literal["mp4", "mp3", "pdf", "epub", "txt"]

PATIENCE = 24 * 3600  # seconds; a long film on a small machine, behind many others

# What the API wants to be told of a work, if it is told anything: by category.
_TOLD_TOGETHER = {1: ("rating",), 2: ("rating", "author"), 4: ("rating", "author", "pages")}


def upload(
    *files: Path,
    title: str | None = None,
    description: str | None = None,
    rating: Rating | None = None,
    author: str | None = None,
    pages: int | None = None,
    cover: Path | None = None,
    original_title: str | None = None,
    narrator: str | None = None,
    translator: str | None = None,
    isbn: str | None = None,
    kind: Annotated[Kind | None, Parameter(name="--type")] = None,
    wait: bool = True,
    json: Flag = False,
    at: Address = LOCAL,
) -> None:
    """Upload works: video (.mp4), audio (.mp3), documents (.pdf, .epub, .txt), up to 3 GiB each.

    Stopped half-way, the same command goes on where it stopped.

    Parameters
    ----------
    files
        The files.
    title
        Title; without it the file's name. For one file only.
    description
        Description, up to 1,000 characters.
    rating
        Age rating.
    author
        Author; audio and documents that have a rating need it.
    pages
        Number of pages; documents that have a rating need it.
    cover
        Picture for the cover: PNG or JPEG, up to 5 MB.
    original_title
        Title in the original language.
    narrator
        Who reads an audiobook.
    translator
        Who translated it.
    isbn
        ISBN-13.
    kind
        What the file is, where its name does not tell.
    wait
        Wait until the shop has processed the work.
    json
        Print the contents as JSON.
    """
    if not files:
        raise WrongUse("name at least one file: vitrina upload FILE…")
    if title and len(files) > 1:
        raise WrongUse("--title is for one file; several are called by their names.")
    meta = ContentMeta(
        rating=rating,
        author=author,
        pages=pages,
        original_name=original_title,
        voice=narrator,
        translator=translator,
        bisac=isbn,
    )
    done: list[Content] = []
    with shop_at(at, STUBBORN) as shop:
        content_type = kind and TYPES[f".{kind}"]
        # All files are looked at before the first is sent: a wrong name shows now, not in an hour.
        works = [_Work(shop, at, path, title, description, meta, cover, content_type) for path in files]
        for work in works:
            try:
                done.append(work.upload(wait))
            except (ClientError, OSError) as error:
                if len(files) == 1:
                    raise
                note(f"✗ {work.name}: {file_trouble(error) if isinstance(error, OSError) else error}")
                continue
            if not json:
                say(f"✓ {work.name} is {'ready' if wait else 'uploaded'}: content {done[-1].id}")
                pairs(about(done[-1])[1:])
    if json:
        as_json(done)
    if len(done) < len(files):
        sys.exit(1)


class _Work:
    """One file on its way up."""

    def __init__(
        self,
        shop: SellerClient,
        at: Address,
        path: Path,
        title: str | None,
        description: str | None,
        meta: ContentMeta,
        cover: Path | None,
        content_type: str | None,
    ) -> None:
        self._shop = shop
        self._path = path
        self._title = title
        self._description = description
        self._cover = cover
        self._type = content_type or content_type_of(path)
        self._meta = self._checked(meta)
        self._memory = Memory(shop.base_url, token_of(at), path)

    @property
    def name(self) -> str:
        return self._path.name

    def upload(self, wait: bool) -> Content:
        """Send what is missing and, if wanted, wait; Ctrl-C loses nothing."""
        try:
            content_id = self._send().content_id
            content = self._processed(content_id) if wait else self._shop.contents.get(content_id)
        except KeyboardInterrupt:
            note("Stopped. Nothing that arrived is lost: the same command goes on from there.")
            raise
        self._memory.forget()
        return content

    def _send(self) -> Upload:
        contents = self._shop.contents
        if known := self._known():
            note(f"{self.name}: going on with content {known.content_id}, which was begun before.")
            if self._title or self._description:
                contents.update(known.content_id, title=self._title, description=self._description)
            return self._with_bar(partial(contents.send_missing, known.uuid, self._path))
        begun = contents.begin_upload(
            self._path,
            self._title or "",
            description=self._description or "",
            meta=self._meta,
            cover=self._cover,
            content_type=self._type,
        )
        if not self._memory.keep(begun.uuid, begun.content_id):
            note("The cache folder cannot be written: if this upload is stopped, it has to begin anew.")
        send = partial(contents.send_all, begun, self._path, content_type=self._type)
        return self._with_bar(send)

    def _known(self) -> UploadState | None:
        """An earlier call's upload of this file, unless the shop has thrown it away."""
        remembered = self._memory.recall()
        try:
            return self._shop.contents.upload_state(remembered.uuid) if remembered else None
        except ApiError as error:
            if error.status not in (400, 404, 405):  # a host without this question answers as it likes
                raise
            return None

    def _with_bar(self, send: Callable[..., Upload]) -> Upload:
        with bytes_bar() as bar:
            task = bar.add_task(self.name, total=None)
            begun = False

            def tell(sent: int, total: int) -> None:
                nonlocal begun
                if begun:
                    bar.update(task, completed=sent)
                else:
                    # What was there before is no part of the speed.
                    bar.reset(task, total=total, completed=sent)
                    begun = True

            return send(progress=tell)

    def _processed(self, content_id: int) -> Content:
        doing = f"{self.name}: uploaded as content {content_id}, the shop is processing it …"
        try:
            with err.status(escape(clean(doing))) if err.is_terminal else nullcontext():
                return self._shop.contents.wait_until_ready(content_id, timeout=PATIENCE)
        except ContentFailed:
            self._memory.forget()
            raise

    def _checked(self, meta: ContentMeta) -> ContentMeta | None:
        """Nothing, or all that the API demands; said before anything is sent."""
        if meta == ContentMeta() and self._cover is None:
            return None
        needed = _TOLD_TOGETHER[category_of(self._type)]
        missing = [f"--{name}" for name in needed if getattr(meta, name) is None]
        if missing:
            raise WrongUse(
                f"{self.name}: give {' and '.join(missing)} too; of such a work the API wants to know "
                f"{', '.join(needed)}, or nothing but title and description."
            )
        return msgspec.structs.replace(meta, source_file_name=self.name[:100])
