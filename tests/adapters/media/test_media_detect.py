"""What a file is, by content."""

import zipfile
from pathlib import Path

import pytest

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaUnavailable


async def test_each_kind_is_known_under_any_name(
    media: Media, tmp_path: Path, clip: Path, song: Path
) -> None:
    """Every accepted kind is told by its bytes, whatever the file is called."""
    made = {
        "video/mp4": clip,
        "audio/mpeg": song,
        "application/pdf": samples.make_pdf(tmp_path / "a"),
        "application/epub+zip": samples.make_epub(tmp_path / "b.mp4"),
        "text/plain": samples.make_text(tmp_path / "c.epub", "Привет, мир.\n"),
        "image/png": samples.make_png(tmp_path / "d.png"),
        "image/jpeg": samples.make_jpeg(tmp_path / "e.jpg"),
    }
    assert {kind: await media.detect(path) for kind, path in made.items()} == {kind: kind for kind in made}


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!DOCTYPE html><html><video src=x></video></html>",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0",
        b"GIF89a\1\0\1\0\0\0\0;",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08moov",
        b"\0\0\0\x18ftypM4A \0\0\0\0isomM4A \0\0\0\x08moov",
        b"\0\0\0\x14ftypisom\0\0\0\0isom",
        b"\xff\xfb\x90\x64" * 40,
        b"",
    ],
)
async def test_disguises_are_nothing_we_accept(media: Media, tmp_path: Path, content: bytes) -> None:
    """Playlists, scripts, markup, programs and other media kinds are not taken for film, sound or text."""
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert await media.detect(path) is None


async def test_a_zip_is_an_epub_only_if_it_is_one(media: Media, tmp_path: Path) -> None:
    """A mimetype entry alone, a container without its package, or a foreign mimetype make no book."""
    container = b'<container><rootfiles><rootfile full-path="missing.opf"/></rootfiles></container>'
    foreign = {"mimetype": b"text/x-other", "META-INF/container.xml": container, "missing.opf": b"<package/>"}
    for number, entries in enumerate((
        foreign,
        {"mimetype": b"application/epub+zip"},
        {"mimetype": b"application/epub+zip", "META-INF/container.xml": container},
        {"mimetype": b"application/epub+zip", "META-INF/container.xml": b"<broken"},
    )):  # fmt: skip
        path = tmp_path / f"{number}.epub"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        assert await media.detect(path) == "application/zip"


async def test_a_broken_zip_is_a_zip(media: Media, tmp_path: Path) -> None:
    """A cut archive is no book, and no error either."""
    path = tmp_path / "cut.epub"
    path.write_bytes(samples.make_epub(tmp_path / "whole.epub").read_bytes()[:300])
    assert await media.detect(path) == "application/zip"


RUSSIAN = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866", "iso8859-5"]
)
async def test_text_is_known_in_each_encoding(media: Media, tmp_path: Path, encoding: str) -> None:
    """Russian text is text in every encoding that sellers' files come in, short or long."""
    for times in (1, 8000):
        path = samples.make_text(tmp_path / "book.txt", RUSSIAN * times, encoding)
        assert await media.detect(path) == "text/plain"


async def test_bytes_without_sense_are_no_text(media: Media, tmp_path: Path) -> None:
    """NULs, control characters and noise are no text, also when they come late in the file."""
    for content in (b"words\0" * 50, bytes(range(1, 256)) * 40, RUSSIAN.encode() * 5000 + b"\0" * 400_000):
        path = tmp_path / "book.txt"
        path.write_bytes(content)
        assert await media.detect(path) is None


async def test_a_missing_file_is_our_failure(media: Media, tmp_path: Path) -> None:
    """A file that is not there can be tried again; the seller did nothing wrong."""
    with pytest.raises(MediaUnavailable):
        await media.detect(tmp_path / "gone")
