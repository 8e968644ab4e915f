"""Scrambled files: each ends in a result or a refusal, quickly, and leaves nothing."""

import contextlib
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaRefused

MAKERS = {
    "film": lambda folder: samples.make_video(folder / "s", 1, width=64, height=64),
    "song": lambda folder: samples.make_audio(folder / "s", 1, bitrate=32),
    "pdf": lambda folder: samples.make_pdf(folder / "s"),
    "epub": lambda folder: samples.make_epub(folder / "s"),
    "text": lambda folder: samples.make_text(folder / "s", "Глава 1\nПривет.\n" * 20, "cp1251"),
    "png": lambda folder: samples.make_png(folder / "s", alpha=True),
    "jpeg": lambda folder: samples.make_jpeg(folder / "s", orientation=3),
}


def scrambled(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, a piece cut out, doubled, or the end missing."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 4, 30))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    at, size = chance.randrange(len(changed)), chance.randrange(1, 400)
    match chance.randrange(4):
        case 0:
            del changed[at : at + size]
        case 1:
            changed[at:at] = changed[at : at + size]
        case 2:
            del changed[at + len(changed) // 2 :]
    return bytes(changed)


def conversion(media: Media, kind: str) -> Callable[[Path, Path], Awaitable[object]]:
    """What is done with an upload of this kind."""
    documents = {"pdf": "application/pdf", "epub": "application/epub+zip", "text": "text/plain"}
    if kind in documents:
        return lambda path, out: media.process_document(path, documents[kind], out, "Книга")
    return {"film": media.process_video, "song": media.process_audio}.get(kind, media.render_covers)


@pytest.mark.parametrize("kind", MAKERS)
async def test_scrambled_files_end_well(brief: Media, tmp_path: Path, out: Path, kind: str) -> None:
    """Whatever happens to a file, the answer is a result or a sentence to the seller."""
    chance = random.Random(kind)
    data = MAKERS[kind](tmp_path).read_bytes()
    source = tmp_path / "upload"
    for _ in range(3 if kind in ("epub", "text") else 10):
        source.write_bytes(scrambled(data, chance))
        await brief.detect(source)
        with contextlib.suppress(MediaRefused):
            await conversion(brief, kind)(source, out)
        assert [path.name for path in out.parent.iterdir()] in ([], ["out"])
