"""Stock drawings as EPS: rendered by Ghostscript within its sandbox, refused where there is none."""

import shutil
import struct
from pathlib import Path

import pytest
import pyvips

from vitrina.adapters.media import Media, MediaLimits, MediaRefused, MediaUnavailable

STAR = "1 0 0 setrgbcolor 20 20 moveto 100 0 rlineto 0 60 rlineto closepath fill"
HEAD = "%!PS-Adobe-3.0 EPSF-3.0\n"
with_ghostscript = pytest.mark.skipif(not shutil.which("gs"), reason="there is no Ghostscript here")


def drawing(folder: Path, program: str = STAR, box: str = "10 10 130 90", more: str = "") -> Path:
    path = folder / "a.eps"
    comments = f"{HEAD}%%BoundingBox: {box}\n{more}%%EndComments\n"
    path.write_text(f"{comments}{program}\nshowpage\n%%Trailer\n%%EOF\n", encoding="utf-8")
    return path


def with_preview(path: Path) -> Path:
    """As programs for Windows save it: a header, the drawing, a picture of it."""
    program = path.read_bytes()
    header = b"\xc5\xd0\xd3\xc6" + struct.pack(
        "<IIIIIIH", 30, len(program), 0, 0, 30 + len(program), 9, 0xFFFF
    )
    path.write_bytes(header + program + b"no bitmap")
    return path


@pytest.fixture
def without_ghostscript(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A host that has none."""
    monkeypatch.setenv("PATH", str(tmp_path))


@with_ghostscript
async def test_a_drawing_is_looked_at(media: Media, tmp_path: Path) -> None:
    """Sides in points; the title of its comments, but not one that is a file's name."""
    told = "%%Title: (A red corner)\n%%For: Anna Rossi\n"
    look = await media.look_at_stock(drawing(tmp_path, more=told))
    assert (look.media_type, look.width, look.height) == ("application/postscript", 120, 80)
    assert (look.words.title, look.words.author) == ("A red corner", "Anna Rossi")
    named = await media.look_at_stock(drawing(tmp_path, more="%%Title: corner_final.eps\n"))
    assert named.words.title == ""


@with_ghostscript
@pytest.mark.parametrize("kind", ["plain", "at the end", "with a preview"])
async def test_previews_of_a_drawing(media: Media, tmp_path: Path, out: Path, kind: str) -> None:
    """Drawn as large as shown, cut to its box; what is not drawn counts as no colour."""
    path = drawing(tmp_path)
    if kind == "at the end":
        text = path.read_text().replace("%%BoundingBox: 10 10 130 90", "%%BoundingBox: (atend)")
        path.write_text(text.replace("%%Trailer", "%%Trailer\n%%BoundingBox: 10 10 130 90"))
    elif kind == "with a preview":
        path = with_preview(path)
    made = await media.process_stock(path, out)
    assert (made.width, made.height, made.colors) == (120, 80, [9])
    plain = pyvips.Image.new_from_file(str(out / "neutral/110.jpg"))
    assert (plain.width, plain.height) == (110, 73)
    red, white = plain(90, 50), plain(20, 10)
    assert red[0] > 200 > 60 > red[1]
    assert min(white) > 240


@with_ghostscript
async def test_a_drawing_is_sold_as_a_picture_too(media: Media, tmp_path: Path, out: Path) -> None:
    """As JPEG, like other drawings."""
    assert await media.render_stock(drawing(tmp_path), out, 500, 333, "s-2015") == "s-2015.jpg"
    image = pyvips.Image.new_from_file(str(out / "s-2015.jpg"))
    assert (image.width, image.height) == (500, 333)


@pytest.mark.usefixtures("without_ghostscript")
async def test_without_ghostscript(media: Media, tmp_path: Path, out: Path) -> None:
    """Whoever sends one in is told what it needs; a worker without it leaves the job to others."""
    with pytest.raises(MediaRefused, match="need Ghostscript"):
        await media.look_at_stock(drawing(tmp_path))
    with pytest.raises(MediaUnavailable, match="gs is on PATH"):
        await media.process_stock(drawing(tmp_path), out)


# --- hostile files ---------------------------------------------------------------------------------------


@with_ghostscript
@pytest.mark.parametrize(
    "program",
    [
        "(/etc/passwd) (r) file pop",
        "(source) (w) file pop",
        "(../stolen) (w) file (x) writestring",
        "(%pipe%id) (r) file pop",
        "(made/x.jpg) (w) file pop",
        "(/etc/passwd) run",
        "quit",
        "{ } loop",
        "/a 1000000 array def { a aload pop } loop",
        "{ 65535 string } loop",
        "/x { x pop } def x",
        "(((",
    ],
)
async def test_programs_that_do_more_than_draw(tmp_path: Path, out: Path, program: str) -> None:
    """They read, write and start nothing, and are refused in bounded time and memory."""
    path = drawing(tmp_path, f"{program} {STAR}")
    before = path.read_bytes()
    with pytest.raises((MediaRefused, MediaUnavailable)):  # the latter where others have the processor
        await Media(MediaLimits(seconds=4)).process_stock(path, out)
    assert not out.exists()
    assert {one.name for one in (*tmp_path.iterdir(), *out.parent.iterdir())} <= {"a.eps", out.parent.name}
    assert path.read_bytes() == before


@with_ghostscript
async def test_the_page_is_as_large_as_its_box(media: Media, tmp_path: Path, out: Path) -> None:
    """A program that asks for a larger one, or for many pages, gets neither."""
    greedy = f"<< /PageSize [90000 90000] >> setpagedevice 10 {{ {STAR} showpage }} repeat {STAR}"
    await media.process_stock(drawing(tmp_path, greedy), out)
    image = pyvips.Image.new_from_file(str(out / "neutral/950.jpg"))
    assert (image.width, image.height) == (950, 633)


@with_ghostscript
@pytest.mark.parametrize(
    ("box", "says"),
    [
        ("10 10 10 90", "how large"),
        ("130 90 10 10", "how large"),
        ("0 0 1e9 5", "how large"),
        ("0 0 99999999 99999999", "how large"),
        ("(nowhere)", "how large"),
        ("0 0 10000 1", "mere line"),
    ],
)
async def test_boxes_that_cannot_be(media: Media, tmp_path: Path, box: str, says: str) -> None:
    """Told when it comes in."""
    with pytest.raises(MediaRefused, match=says):
        await media.look_at_stock(drawing(tmp_path, box=box))


@with_ghostscript
async def test_headers_that_lie(media: Media, tmp_path: Path) -> None:
    """A preview's header that points outside of the file, or at no drawing."""
    path = with_preview(drawing(tmp_path))
    whole = path.read_bytes()
    for header in (struct.pack("<II", 0, 10), struct.pack("<II", 30, 1 << 30), struct.pack("<II", 31, 100)):
        path.write_bytes(whole[:4] + header + whole[12:])
        with pytest.raises(MediaRefused, match="cut short"):
            await media.look_at_stock(path)
    path.write_bytes(whole[:20])
    with pytest.raises(MediaRefused, match="cut short"):
        await media.look_at_stock(path)
