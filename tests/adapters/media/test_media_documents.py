"""Documents: PDF, EPUB, text; bombs, locks and tricks."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import pyvips

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaLimits, MediaRefused
from vitrina.adapters.media.tools import find_pandoc

PDF, EPUB, TEXT = "application/pdf", "application/epub+zip", "text/plain"
COVERS = ["480.jpg", "1280.jpg", "1920.jpg"]


def read_again(path: Path) -> str:
    """A made book as plain text, read by pandoc."""
    return samples.output(find_pandoc(), "--to", "plain", "--wrap", "none", str(path))


async def test_a_pdf_gets_pages_and_its_first_page(media: Media, tmp_path: Path, out: Path) -> None:
    """Pages are counted and the first is drawn, its colours right way round."""
    made = await media.process_document(samples.make_pdf(tmp_path / "a.pdf", 7), PDF, out, "Книга")
    assert (made.pages, made.covers, made.files) == (7, COVERS, [])
    cover = pyvips.Image.new_from_file(str(out / "1280.jpg"))
    assert (cover.width, cover.height) == (1280, 1707)
    assert cover(640, 850)[2] > 240 > 20 > cover(640, 850)[0]
    assert min(cover(20, 20)) > 250


@pytest.mark.parametrize(("width", "height"), [(14_400, 14_400), (10, 14_400), (14_400, 1), (1, 1)])
async def test_pages_of_any_size_are_bounded(
    media: Media, tmp_path: Path, out: Path, width: int, height: int
) -> None:
    """Posters, ribbons and specks of pages all give covers of bounded pixels."""
    source = samples.make_pdf(tmp_path / "a.pdf", 1, width=width, height=height)
    made = await media.process_document(source, PDF, out, "Книга")
    cover = pyvips.Image.new_from_file(str(out / made.covers[-1]))
    assert cover.width * cover.height <= 8_100_000


async def test_locked_and_broken_pdfs_are_refused(media: Media, tmp_path: Path, out: Path) -> None:
    """A password, a cut file and a text that begins like a PDF each get their sentence."""
    path = samples.make_pdf(tmp_path / "a.pdf")
    lock = (
        "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O ("
        + "x" * 32
        + ") /U ("
        + "y" * 32
        + ") >> /ID [(a) (a)] "
    )
    locked = path.read_bytes().replace(b"/Root", lock.encode() + b"/Root")
    for content, sentence in (
        (locked, "password"),
        (path.read_bytes()[:60], "damaged"),
        (b"%PDF-1.7 is", "damaged"),
    ):
        path.write_bytes(content)
        with pytest.raises(MediaRefused, match=sentence):
            await media.process_document(path, PDF, out, "Книга")
    assert not out.exists()


async def test_a_document_must_be_of_its_stated_kind(media: Media, tmp_path: Path, out: Path) -> None:
    """A text sent as PDF and a PDF sent as EPUB are refused by name."""
    with pytest.raises(MediaRefused, match="not a PDF"):
        await media.process_document(samples.make_text(tmp_path / "a.pdf", "words\n"), PDF, out, "x")
    with pytest.raises(MediaRefused, match="not an EPUB"):
        await media.process_document(samples.make_pdf(tmp_path / "b.epub"), EPUB, out, "x")


async def test_an_epub_becomes_fb2_with_its_cover(media: Media, tmp_path: Path, out: Path) -> None:
    """FB2 carries text, title and author; covers come from the book's own picture."""
    cover = samples.make_jpeg(tmp_path / "c.jpg", 300, 400)
    source = samples.make_epub(tmp_path / "a.epub", cover=cover)
    made = await media.process_document(source, EPUB, out, "Отцы & дети", "Иван Тургенев")
    assert [(file.name, file.media_type) for file in made.files] == [("output.fb2", "application/fb2")]
    root = ElementTree.parse(out / "output.fb2").getroot()
    words = " ".join(root.itertext())
    assert "мягких французских булок" in words
    assert "Отцы & дети" in words
    assert "Тургенев" in words
    assert root.find(".//{*}coverpage/{*}image") is not None
    assert pyvips.Image.new_from_file(str(out / "1920.jpg")).width == 300


async def test_an_epub_without_cover_gets_a_drawn_one(media: Media, tmp_path: Path, out: Path) -> None:
    """Covers are always there, also when the named picture is missing or no picture."""
    for extra in (None, {"OPS/img/cover.jpg": b"no picture"}):
        source = samples.make_epub(tmp_path / "a.epub", extra=extra)
        made = await media.process_document(source, EPUB, out, "Книга")
        assert made.covers == COVERS
        assert pyvips.Image.new_from_file(str(out / "1920.jpg")).width == 1920


RISKY = {
    "many": {f"OPS/{number}.css": b"" for number in range(10_001)},
    "up": {"../../evil.css": b"x"},
    "root": {"/etc/evil.css": b"x"},
    "back": {"OPS\\evil.css": b"x"},
    "drive": {"C:evil.css": b"x"},
    "twin": {"ops/TEXT.xhtml": b"x"},
    "deep": {"a/" * 40 + "x.css": b"x"},
    "nested": {"OPS/inner.zip": b"PK\x05\x06" + bytes(18)},
    "hidden nested": {"OPS/inner.css": b"PK\x03\x04" + bytes(18)},
    "locked": {"META-INF/encryption.xml": b'<e xmlns:x="y"><x:EncryptionMethod Algorithm="aes"/></e>'},
    "rights": {"META-INF/rights.xml": b"<rights/>"},
}


@pytest.mark.parametrize("trick", RISKY)
async def test_tricks_in_an_epub_are_refused(media: Media, tmp_path: Path, out: Path, trick: str) -> None:
    """Crowds of entries, paths that lead outside, twins, nesting and locks: refused, nothing left."""
    source = samples.make_epub(tmp_path / "a.epub", extra=RISKY[trick])
    with pytest.raises(MediaRefused, match="EPUB file"):
        await media.process_document(source, EPUB, out, "Книга")
    assert not out.exists()


async def test_zip_bombs_are_refused(media: Media, tmp_path: Path, out: Path) -> None:
    """By ratio, by total size, and when the directory lies about the size."""
    with pytest.raises(MediaRefused, match="unpacks to far more"):
        await media.process_document(samples.make_zip_bomb(tmp_path / "a.epub"), EPUB, out, "x")
    small = Media(MediaLimits(archive_bytes=10_000))
    source = samples.make_epub(tmp_path / "b.epub", extra={"OPS/a.css": bytes(range(256)) * 50})
    with pytest.raises(MediaRefused, match="unpacks to far more"):
        await small.process_document(source, EPUB, out, "x")
    data = samples.make_epub(tmp_path / "c.epub", extra={"OPS/a.css": bytes(1 << 20)}).read_bytes()
    # Says ten bytes in the directory and in the entry; unpacks to a megabyte.
    source.write_bytes(data.replace((1 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(MediaRefused):
        await media.process_document(source, EPUB, out, "x")


async def test_entities_in_an_epub_are_refused(media: Media, tmp_path: Path, out: Path) -> None:
    """A package that defines entities (a laugh bomb, a file of ours) is no book."""
    source = samples.make_epub(tmp_path / "a.epub")
    lines = zipfile.ZipFile(source).read("OPS/book.opf")
    evil = lines.replace(
        b"<package", b'<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><package'
    ).replace("Книга".encode(), b"&a;")
    copy = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            new.writestr(name, evil if name.endswith("opf") else old.read(name))
    source.write_bytes(copy.getvalue())
    with pytest.raises(MediaRefused):
        await media.process_document(source, EPUB, out, "x")


async def test_pictures_of_this_machine_stay_out_of_a_book(media: Media, tmp_path: Path, out: Path) -> None:
    """A chapter that points at a file of the server or at the network brings nothing of them."""
    secret = samples.make_png(tmp_path / "secret.png")
    chapter = (
        f'<p>text<img src="{secret}"/><img src="file://{secret}"/><img src="http://127.0.0.1:9/x.png"/></p>'
    )
    source = samples.make_epub(tmp_path / "a.epub", chapter=chapter)
    await media.process_document(source, EPUB, out, "x")
    binaries = ElementTree.parse(out / "output.fb2").getroot().findall("{*}binary")
    assert [binary.get("content-type") for binary in binaries] == ["image/jpeg"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251", "koi8-r"])
async def test_a_text_becomes_a_book(media: Media, tmp_path: Path, out: Path, encoding: str) -> None:
    """EPUB and FB2 open again with every paragraph, chapters are headings, markup is only letters."""
    text = (
        "Глава 1\n\nБыло *утро* и _вечер_.\n\n# Не заголовок <b>&amp;</b>\n\nГлава 2\n\n1. $Конец$ \\x \x0b\n"
        * 3
    )
    source = samples.make_text(tmp_path / "a.txt", text, encoding)
    made = await media.process_document(source, TEXT, out, "Книга <script>", "А. Б.")
    assert sorted(file.name for file in made.files) == ["output.epub", "output.fb2"]
    for name in ("output.epub", "output.fb2"):
        again = read_again(out / name)
        for line in ("Было *утро* и _вечер_.", "# Не заголовок <b>&amp;</b>", "1. $Конец$ \\x"):
            assert again.count(line) == 3, name
    assert await media.detect(out / "output.epub") == EPUB
    assert len(ElementTree.parse(out / "output.fb2").getroot().findall(".//{*}section/{*}title")) == 6


async def test_lines_wrapped_by_hand_are_joined_and_verse_is_not(
    media: Media, tmp_path: Path, out: Path
) -> None:
    """Prose broken at a margin becomes paragraphs; each line of a poem stays its own."""
    prose = "слово " * 12
    text = f"{prose}\n{prose}\nпоследнее.\n\nМой дядя\nсамых честных\nправил\n\n" * 4
    source = samples.make_text(tmp_path / "a.txt", text)
    await media.process_document(source, TEXT, out, "Книга")
    lines = [line for line in read_again(out / "output.fb2").splitlines() if line]
    assert lines.count(f"{prose}{prose}последнее.") == 4
    assert lines.count("самых честных") == 4


async def test_texts_too_long_or_empty_are_refused(tmp_path: Path, out: Path) -> None:
    """A text past the limit is told how to go on; white space is no book."""
    media = Media(MediaLimits(text_bytes=2 << 20))
    with pytest.raises(MediaRefused, match="2 MB"):
        await media.process_document(
            samples.make_text(tmp_path / "a.txt", "слово\n" * 300_000), TEXT, out, "x"
        )
    with pytest.raises(MediaRefused, match="empty"):
        await media.process_document(samples.make_text(tmp_path / "b.txt", " \n" * 100), TEXT, out, "x")


async def test_pages_of_a_pdf_are_drawn_as_they_are_read(media: Media, tmp_path: Path) -> None:
    """Some pages at a time, of one width, and none beyond the last."""
    source = samples.make_pdf(tmp_path / "book.pdf", 3)
    sheets = await media.draw_sheets(source, 2, 3)
    assert [sheet.number for sheet in sheets] == [2, 3]
    opened = pyvips.Image.new_from_buffer(sheets[0].jpeg, "")
    assert (opened.width, opened.height) == (sheets[0].width, sheets[0].height) == (1400, 1867)
    assert [path.name for path in tmp_path.iterdir()] == ["book.pdf"]


async def test_a_page_of_no_sane_size_is_told_of_without_a_picture(media: Media, tmp_path: Path) -> None:
    """One page that cannot be drawn keeps nobody from the others."""
    (sheet,) = await media.draw_sheets(samples.make_pdf(tmp_path / "flat.pdf", 1, height=0.05), 1, 3)
    assert (sheet.jpeg, sheet.width) == (b"", 0)


async def test_a_book_that_cannot_be_read_is_refused(media: Media, tmp_path: Path) -> None:
    """Its FB2 is read by a child; what is no FB2 is refused in a sentence."""
    book = tmp_path / "book.fb2"
    book.write_bytes(b"<!DOCTYPE x [<!ENTITY a 'b'>]><FictionBook>&a;</FictionBook>")
    with pytest.raises(MediaRefused, match="download it"):
        await media.read_book(book)
