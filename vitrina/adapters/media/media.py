"""The media adapter: looks into and converts untrusted local files, each step in a limited child process."""

import asyncio
import os
from pathlib import Path

from vitrina.adapters.media import audios, documents, sniff, sounds, stock, videos
from vitrina.adapters.media.child.fb2 import Leaf
from vitrina.adapters.media.documents import Book
from vitrina.adapters.media.process import Children
from vitrina.adapters.media.results import (
    MediaLimits,
    MediaRefused,
    MediaUnavailable,
    ProcessedAudio,
    ProcessedDocument,
    ProcessedVideo,
    Sheet,
    StockLook,
    StockMade,
)
from vitrina.adapters.media.tools import find_ffmpeg, find_ghostscript
from vitrina.adapters.media.workplace import workplace

NOT_VIDEO = "The file is not an MP4 video; save it as MP4 and upload it again."
NOT_AUDIO = "The file is not an MP3 recording; save it as MP3 and upload it again."
NAMES = {
    sniff.PDF: "a PDF document",
    sniff.EPUB: "an EPUB book",
    sniff.TEXT: "a plain text",
}
DOCUMENTS = {
    sniff.PDF: documents.process_pdf,
    sniff.EPUB: documents.process_epub,
    sniff.TEXT: documents.process_text,
}


class Media:
    """Conversions of local files. Needs ffmpeg and pandoc; writes into `out` only when all of it is done.

    Every method raises MediaRefused (the file's fault) or MediaUnavailable (ours; may be tried again).
    `out` is a folder, made if missing; working folders stand beside it while a conversion runs.
    """

    def __init__(self, limits: MediaLimits | None = None) -> None:
        self.limits = limits or MediaLimits()
        self._children = Children(self.limits)
        self._quick = asyncio.Semaphore(self.limits.at_once)
        self._ffmpeg: str | None = None

    async def detect(self, path: Path) -> str | None:
        """Media type by content: MP4, MP3, PDF, EPUB, plain text, PNG, JPEG, other zip; None for all else."""
        kind = await asyncio.to_thread(sniffed, path)
        if kind not in (sniff.ZIP, sniff.TEXT):
            return kind
        async with self._quick:
            with workplace(path.parent / "detected", path, keep=False) as place:
                return await documents.look(self._children, place, kind)

    async def process_video(self, path: Path, out: Path) -> ProcessedVideo:
        """HLS ladder `output.m3u8`, preview clip, poster covers; at least a minute long."""
        await self._require(path, sniff.MP4, NOT_VIDEO)
        with workplace(out, path) as place:
            return await videos.process(self._children, await self._tool(), place)

    async def process_audio(self, path: Path, out: Path) -> ProcessedAudio:
        """HLS `output.m3u8`, preview, waveform, covers from embedded art; at least a minute long."""
        await self._require(path, sniff.MP3, NOT_AUDIO)
        with workplace(out, path) as place:
            return await audios.process(self._children, await self._tool(), place)

    async def process_document(
        self,
        path: Path,
        media_type: str,
        out: Path,
        title: str,
        author: str | None = None,
        language: str = "ru",
    ) -> ProcessedDocument:
        """Pages of a PDF, FB2 of an EPUB or a text, EPUB of a text; covers always."""
        process = DOCUMENTS.get(media_type)
        if process is None:
            raise MediaUnavailable(f"no conversion for {media_type}")
        # The conversion itself tells an EPUB from other zips, and text from noise, with the better sentence.
        looks = sniff.ZIP if media_type == sniff.EPUB else media_type
        await self._require(
            path, looks, f"The file is not {NAMES[media_type]}; check it and upload it again."
        )
        with workplace(out, path) as place:
            return await process(self._children, place, Book(title, author, language))

    async def read_book(self, path: Path) -> list[Leaf]:
        """An FB2 of ours cut into leaves, letters and pictures only."""
        async with self._quick:
            with workplace(path.parent / "read", path, keep=False) as place:
                return await documents.read_book(self._children, place)

    async def draw_sheets(self, path: Path, first: int, count: int) -> list[Sheet]:
        """So many pages of a PDF from `first` (1) on, as pictures; fewer where it ends."""
        async with self._quick:
            with workplace(path.parent / "sheets", path, keep=False) as place:
                return await documents.draw_sheets(self._children, place, first, count)

    async def render_covers(self, path: Path, out: Path) -> list[str]:
        """480.jpg, 1280.jpg and 1920.jpg (widths) of a PNG or JPEG; a smaller source keeps its size."""
        async with self._quick:
            with workplace(out, path) as place:
                return await videos.covers_of(self._children, place, "source")

    async def render_picture(self, path: Path, out: Path, stem: str) -> str:
        """`STEM_1280.jpg` or `.png`, as the source is, at most 1280 wide."""
        if not stem or stem.startswith(".") or os.sep in stem or "\0" in stem:
            raise ValueError("a stem is a plain file name")
        async with self._quick:
            with workplace(out, path) as place:
                limits = self.limits
                name: str = await self._children.verb(
                    "picture", place.folder, act="picture", stem="picture", pixels=limits.pixels,
                    dimension=limits.dimension,
                )  # fmt: skip
                made = place.made / name
                return made.rename(made.with_name(name.replace("picture", stem, 1))).name

    async def check_clip(self, path: Path) -> None:
        """MediaRefused unless the file is an MP4 with a picture that decodes."""
        await self._require(path, sniff.MP4, NOT_VIDEO)
        async with self._quick:
            with workplace(path.parent / "checked", path, keep=False) as place:
                await videos.check_clip(self._children, await self._tool(), place)

    async def draw_cover(self, title: str, out: Path, seed: int) -> list[str]:
        """480.jpg, 1280.jpg and 1920.jpg drawn from the title; the same each time for one seed."""
        async with self._quick:
            with workplace(out) as place:
                return await documents.draw(self._children, place, title, seed)

    async def look_at_stock(self, path: Path) -> StockLook:
        """What a JPEG, PNG, SVG, EPS, MP4 or MP3 is, and the title, keywords and so on that are written in it."""
        kind = await asyncio.to_thread(sniffed, path)
        async with self._quick:
            with workplace(path.parent / "seen", path, keep=False) as place:
                if kind == sniff.MP4:
                    return await stock.look_at_film(self._children, await self._tool(), place)
                if kind == sniff.MP3:
                    return await sounds.look(self._children, await self._tool(), place)
                if kind == sniff.EPS:
                    return await stock.look_at_postscript(self._children, place)
                return await stock.look_at_picture(self._children, place)

    async def process_stock(self, path: Path, out: Path) -> StockMade:
        """`neutral/` and `depositphotos/` with 110.jpg to 950.jpg; preview.mp4 and .webm of film, .mp3 of sound."""
        kind = await asyncio.to_thread(sniffed, path)
        with workplace(out, path) as place:
            if kind == sniff.MP4:
                return await stock.process_film(self._children, await self._tool(), place)
            if kind == sniff.MP3:
                return await sounds.process(self._children, await self._tool(), place)
            if kind == sniff.EPS:
                return await stock.process_postscript(self._children, ghostscript(), place)
            return await stock.process_picture(self._children, place)

    async def render_stock(self, path: Path, out: Path, width: int, height: int, stem: str) -> str:
        """A size that is sold, as `STEM.jpg`, `.png` or `.mp4`; its name."""
        kind, side = await asyncio.to_thread(sniffed, path), max(width, height)
        with workplace(out, path) as place:
            if kind == sniff.MP4:
                return await stock.render_film(self._children, await self._tool(), place, width, height, stem)
            if kind == sniff.EPS:
                return await stock.render_postscript(self._children, ghostscript(), place, side, stem)
            return await stock.render_picture(self._children, place, side, stem)

    async def fingerprint(self, path: Path) -> int:
        """The fingerprint of a picture, to compare with those of stock items."""
        async with self._quick:
            with workplace(path.parent / "printed", path, keep=False) as place:
                return await stock.fingerprint(self._children, place)

    async def _require(self, path: Path, kind: str, sentence: str) -> None:
        if await asyncio.to_thread(sniffed, path) != kind:
            raise MediaRefused(sentence)

    async def _tool(self) -> str:
        if self._ffmpeg is None:
            self._ffmpeg = await find_ffmpeg()
        return self._ffmpeg


def ghostscript() -> str:
    """What came in on a host that has it is no fault of the seller's on one that has not."""
    program = find_ghostscript()
    if program is None:
        raise MediaUnavailable("no Ghostscript: install it, so that gs is on PATH")
    return program


def sniffed(path: Path) -> str | None:
    """The kind by first bytes; a file that cannot be opened is our failure."""
    try:
        return sniff.sniff(path)
    except OSError as problem:
        raise MediaUnavailable(f"cannot read the file: {problem}") from problem
