"""Damaged files through the pipeline: each ends ready, or failed with a reason, and leaves nothing behind."""

import re
import resource
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.builders import word
from tests.hostile.mutations import mutated
from tests.hostile.originals import ORIGINALS
from vitrina.adapters.files import open_files
from vitrina.adapters.limits import open_limits
from vitrina.adapters.mail import open_mailer
from vitrina.adapters.media import Media, MediaLimits
from vitrina.domain.access import Seller
from vitrina.domain.contents import ContentStatus, Kind
from vitrina.domain.problems import Invalid
from vitrina.domain.secrets import Seal
from vitrina.domain.shop import Shop
from vitrina.domain.uploads import MOST_PART, NewContent, Part
from vitrina.store.database import Database

# Files of each kind in `make test`, as many as take about ten seconds; in full, 2,000.
SHARES = {"mp4": 12, "mp3": 12, "pdf": 30, "epub": 20, "txt": 10, "png": 40, "jpeg": 40}
FULL = 2000

LIMITS = MediaLimits(minimum_ms=1000, output_bytes=256 << 20)
PIPELINE = {
    "mp4": (Kind.VIDEO, "video/mp4"),
    "mp3": (Kind.AUDIO, "audio/mpeg"),
    "pdf": (Kind.DOCUMENT, "application/pdf"),
    "epub": (Kind.DOCUMENT, "application/epub+zip"),
    "txt": (Kind.DOCUMENT, "text/plain"),
}
PICTURES = {"png": "image/png", "jpeg": "image/jpeg"}
# Words to a person: no path, no number of an error, no name of a class.
SENTENCE = re.compile(r"[A-Za-z][\w ,.;:'’()+/%-]{20,300}")
OF_MACHINES = re.compile(r"Error|errno|Traceback|/tmp|0x[0-9a-f]|None|source")


class Ended(NamedTuple):
    """How one file ended: the reason of its failure, or None; and the bytes that were made of it."""

    reason: str | None
    size: int


class Workshop:
    """A shop that takes files of a second, so that a thousand of them take an hour and not a week."""

    def __init__(self, shop: Shop, seller: Seller, folder: Path) -> None:
        self._shop = shop
        self._seller = seller
        self._files = folder / "files"
        self._upload = folder / "upload"

    async def take(self, kind: str, data: bytes) -> Ended:
        """Send one file through what its kind goes through; raises what is neither result nor reason."""
        try:
            return await (self._picture if kind in PICTURES else self._content)(kind, data)
        finally:
            for folder in self._files.glob("vol*/*/*"):
                await self._shop.files.remove_folder(folder.relative_to(self._files).as_posix())

    async def _content(self, kind: str, data: bytes) -> Ended:
        what, media_type = PIPELINE[kind]
        pieces = [data[at : at + MOST_PART] for at in range(0, len(data), MOST_PART)]
        new = NewContent(
            title="Имя", description="", kind=what, media_type=media_type, declared=None,
            parts=[Part(index, len(piece)) for index, piece in enumerate(pieces, 1)],
        )  # fmt: skip
        begun = await self._shop.uploads.begin(self._seller, new)
        upload = await self._shop.uploads.find(self._seller, begun.uuid)
        for index, piece in enumerate(pieces, 1):
            await self._shop.uploads.put_part(self._seller, upload, index, piece)
        await self._shop.previews.make(begun.content_id)
        content = await self._shop.contents.get(self._seller, begun.content_id)
        assert content.status in (ContentStatus.READY, ContentStatus.FAILED)
        return Ended(content.failure, self._made() - len(data))

    async def _picture(self, kind: str, data: bytes) -> Ended:
        self._upload.write_bytes(data)
        try:
            await self._shop.pictures.cover(self._seller, self._upload, PICTURES[kind])
            await self._shop.pictures.gallery(self._seller, [self._upload])
        except Invalid as refused:
            return Ended("; ".join(cause.reason for cause in refused.causes), self._made())
        return Ended(None, self._made())

    def _made(self) -> int:
        return sum(path.stat().st_size for path in self._files.rglob("*") if path.is_file())


@pytest.fixture
async def workshop(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Workshop]:
    """On real PostgreSQL, files and tools; what it puts aside lies in `aside`."""
    (tmp_path / "aside").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "aside"))
    database = await Database.open(database_url, most=2)
    limits = open_limits(None, tmp_path / "limits")
    tools = (open_files(None, tmp_path), Media(LIMITS), limits, Seal("s" * 32), open_mailer(None, tmp_path))
    shop = Shop(database, *tools)
    id = await shop.accounts.add("sellers", f"{word('s')}@test.example", "Test", "a long password")
    yield Workshop(shop, Seller(id), tmp_path)
    await shop.close()


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ORIGINALS)
async def test_damaged_files_end_well(
    workshop: Workshop, tmp_path: Path, kind: str, full: bool, told: list[str]
) -> None:
    """Whatever happened to a file: ready or refused in words, within its limits, no process and no file left."""
    folder = tmp_path / "originals"
    folder.mkdir()
    originals = [path.read_bytes() for path in ORIGINALS[kind](folder)]
    strange = next(make for other, make in ORIGINALS.items() if other != kind)(folder)[0].read_bytes()
    children = helpers()
    ends, slowest, memory = Counter[str | None](), 0.0, peak_memory()
    for number in range(FULL if full else SHARES[kind]):
        data = mutated(kind, number, originals, strange) or b"\0"
        began = time.monotonic()
        try:
            ended = await workshop.take(kind, data)
        except Exception as failure:
            failure.add_note(f"file {number} of {kind}, {len(data)} bytes")
            raise
        slowest = max(slowest, time.monotonic() - began)
        ends[ended.reason] += 1
        assert ended.reason is None or is_a_sentence(ended.reason), (number, ended.reason)
        assert ended.size < LIMITS.output_bytes, number
        assert list((tmp_path / "aside").iterdir()) == [], number
        assert helpers() <= children, number
    assert peak_memory() <= max(memory, LIMITS.document_memory_bytes)
    told.append(
        f"{kind}: {ends[None]} ready, {ends.total() - ends[None]} refused; the slowest took {slowest:.1f} s,"
        f" the largest child {peak_memory() >> 20} MB; {ends.most_common(4)}"
    )
    assert ends[None]
    assert len(ends) > 1


@pytest.mark.parametrize("kind", ORIGINALS)
async def test_sound_files_are_ready(workshop: Workshop, tmp_path: Path, kind: str) -> None:
    """The files that the damaged ones are made of are accepted, so that damage is all that is refused."""
    for original in ORIGINALS[kind](tmp_path):
        ended = await workshop.take(kind, original.read_bytes())
        assert ended.reason is None
        assert ended.size > 0


def is_a_sentence(reason: str) -> bool:
    return bool(SENTENCE.fullmatch(reason)) and not OF_MACHINES.search(reason)


def helpers() -> set[psutil.Process]:
    """This process's descendants; PostgreSQL's come and go as it likes."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found |= {child} if child.name() != "postgres" else set()
    return found


def peak_memory() -> int:
    """Bytes of the largest child that has ended so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
