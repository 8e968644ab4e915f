"""Stock works: previews under watermarks, colours, fingerprints, words in files, and files made to harm."""

from pathlib import Path

import pytest
import pyvips

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaLimits, MediaRefused, MediaUnavailable
from vitrina.adapters.media.child.colors import PALETTE, dominant, nearest
from vitrina.adapters.media.child.metadata import exif, iptc, xmp
from vitrina.adapters.media.fingerprints import distance, fingerprint_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 60">{}</svg>'
SHAPES = '<rect width="90" height="60" fill="#0005fd"/><circle cx="30" cy="25" r="18" fill="#ffff00"/>'


def drawing(folder: Path, inside: str = SHAPES, whole: str = SVG) -> Path:
    path = folder / "drawing.svg"
    path.write_text(whole.replace("{}", inside), encoding="utf-8")
    return path


def photo(path: Path, width: int = 1400, height: int = 900) -> Path:
    """Clouds of many colours; the same each time."""
    waves = pyvips.Image.sines(width, height, hfreq=3, vfreq=2, uchar=True)
    cells = pyvips.Image.worley(width, height, cell_size=200, seed=4).linear(0.8, 20).cast("uchar")
    image = waves.bandjoin([cells, waves.rot180()]).copy(interpretation="srgb")
    image.write_to_file(str(path))
    return path


# --- previews --------------------------------------------------------------------------------------------


async def test_previews_of_a_picture(media: Media, tmp_path: Path, out: Path) -> None:
    """Longest sides as named; the small ones carry no watermark, the large ones two different ones."""
    made = await media.process_stock(photo(tmp_path / "a.jpg"), out)
    assert (made.width, made.height) == (1400, 900)
    for side in (110, 170, 380, 450, 950):
        neutral, branded = (
            pyvips.Image.new_from_file(str(out / mark / f"{side}.jpg"))
            for mark in ("neutral", "depositphotos")
        )
        assert max(neutral.width, neutral.height) == side
        same = (neutral - branded).abs().max() == 0
        assert same == (side < 380)


async def test_a_watermark_is_seen_on_white_and_on_black(media: Media, tmp_path: Path, out: Path) -> None:
    """Whatever the picture, some of its dots change clearly."""
    for grey in (0, 128, 255):
        path = tmp_path / f"{grey}.png"
        (pyvips.Image.black(600, 600, bands=3) + grey).cast("uchar").copy(interpretation="srgb").pngsave(
            str(path)
        )
        await media.process_stock(path, out)
        marked = pyvips.Image.new_from_file(str(out / "neutral/450.jpg"))
        assert (marked - grey).abs().max() > 40


async def test_previews_of_a_drawing_are_drawn_large(media: Media, tmp_path: Path, out: Path) -> None:
    """Not scaled up from its own few pixels."""
    made = await media.process_stock(drawing(tmp_path), out)
    assert (made.width, made.height) == (90, 60)
    assert set(made.colors) == {2, 6}
    assert pyvips.Image.new_from_file(str(out / "neutral/950.jpg")).width == 950


async def test_previews_of_footage(media: Media, clip: Path, out: Path) -> None:
    """Short clips in both formats under both watermarks, silent."""
    made = await media.process_stock(clip, out)
    assert made.duration_ms == 2000
    assert made.fps == 5
    for mark in ("neutral", "depositphotos"):
        for name in ("preview.mp4", "preview.webm"):
            assert 1 < samples.duration(out / mark / name) < 3
    assert made.colors


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "jpg"), ("a.png", "png")])
async def test_sizes_keep_the_kind_of_the_master(
    media: Media, tmp_path: Path, out: Path, name: str, kind: str
) -> None:
    """A JPEG is sold as JPEG, a PNG as PNG."""
    made = await media.render_stock(photo(tmp_path / name), out, 500, 321, "s-2015")
    assert made == f"s-2015.{kind}"
    image = pyvips.Image.new_from_file(str(out / made))
    assert (image.width, image.height) == (500, 321)


# --- what search finds them by ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", PALETTE)
def test_each_named_colour_is_its_own_nearest(number: int) -> None:
    """All seventeen."""
    value = PALETTE[number]
    assert nearest(value >> 16, value >> 8 & 255, value & 255) == number


@pytest.mark.parametrize(
    ("dot", "numbers"),
    [
        ((90, 140, 90), {4}),  # a dull green is green, not grey
        ((135, 190, 235), {2, 3}),  # the sky is blue
        ((120, 70, 30), {11}),
        ((235, 235, 238), {17, 14}),
        ((20, 20, 24), {16}),
        ((200, 30, 40), {9}),
        ((240, 140, 30), {7, 8}),  # both are called orange
    ],
)
def test_colours_are_called_as_people_call_them(dot: tuple[int, int, int], numbers: set[int]) -> None:
    """By hue before saturation."""
    assert nearest(*dot) in numbers


def test_few_colours_are_named() -> None:
    """At most five, the most frequent first; specks are none."""
    dots = [(0, 0, 0)] * 60 + [(254, 0, 0)] * 38 + [(0, 5, 253)] * 2
    assert dominant(dots) == [16, 9]
    assert len(dominant([(value >> 16, value >> 8 & 255, value & 255) for value in PALETTE.values()])) <= 5
    assert dominant([]) == []


async def test_a_fingerprint_survives_scaling_and_recoding(media: Media, tmp_path: Path) -> None:
    """The same picture smaller, as JPEG, a little darker: near. Another picture: far."""
    path = photo(tmp_path / "a.png")
    first = await media.fingerprint(path)
    pyvips.Image.new_from_file(str(path)).resize(0.3).linear(0.85, 4).cast("uchar").jpegsave(
        str(tmp_path / "b.jpg"), Q=60
    )
    assert distance(first, await media.fingerprint(tmp_path / "b.jpg")) <= 6
    pyvips.Image.new_from_file(str(path)).fliphor().jpegsave(str(tmp_path / "c.jpg"))
    assert distance(first, await media.fingerprint(tmp_path / "c.jpg")) > 12


def test_a_fingerprint_is_a_signed_number_of_64_bits() -> None:
    """As PostgreSQL keeps it."""
    rising = list(range(9)) * 8
    assert fingerprint_of(rising) == -1
    assert fingerprint_of(rising[::-1]) == 0
    assert distance(-1, 0) == 64
    with pytest.raises(ValueError, match="72"):
        fingerprint_of([1, 2])


# --- words -----------------------------------------------------------------------------------------------


def test_words_are_read_from_xmp() -> None:
    """Title, description, keywords, author, date; other languages aside."""
    told = xmp(
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'"
        b" xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' photoshop:DateCreated='2020-05-06T07:08:09'>"
        b"<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Sea</rdf:li><rdf:li xml:lang='ru-RU'>"
        b"\xd0\x9c\xd0\xbe\xd1\x80\xd0\xb5"
        b"</rdf:li></rdf:Alt></dc:title><dc:subject><rdf:Bag><rdf:li>water</rdf:li><rdf:li>blue</rdf:li></rdf:Bag>"
        b"</dc:subject><dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator>"
        b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    assert told == {
        "title": "Sea",
        "translations": {"ru": {"title": "Море"}},
        "keywords": ["water", "blue"],
        "author": "Ann",
        "taken": "2020-05-06",
    }


def test_words_are_read_from_iptc_and_exif() -> None:
    """Old cameras and old programs."""

    def record(number: int, text: str) -> bytes:
        data = text.encode()
        return b"\x1c\x02" + bytes([number]) + len(data).to_bytes(2, "big") + data

    block = (
        b"8BIM\x04\x04\0\0"
        + record(5, "Вид")
        + record(25, "гора")
        + record(25, "снег")
        + record(55, "20200506")
    )
    assert iptc(block) == {"title": "Вид", "keywords": ["гора", "снег"], "taken": "2020-05-06"}
    shown = {
        "exif-ifd0-Artist": "Ann (Lee) (Ann (Lee), ASCII, 10 components, 10 bytes)",
        "exif-ifd2-DateTimeOriginal": "2020:05:06 07:08:09 (2020:05:06 07:08:09, ASCII, 20 components, 20 bytes)",
    }
    assert exif(shown) == {"author": "Ann (Lee)", "taken": "2020-05-06"}


@pytest.mark.parametrize(
    "data",
    [b"", b"<", b"<a>", b"\x1c\x02\x05\xff\xff", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\x1c" * 50],
)
def test_damaged_words_are_passed_over(data: bytes) -> None:
    """A picture with them is as good as one without."""
    assert xmp(data) == {}
    assert iptc(data) == {}


# --- hostile files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("<script>alert(1)</script>", "script"),
        ("<rect onload='alert(1)'/>", "script"),
        ("<foreignObject><p>x</p></foreignObject>", "script"),
        ("<image href='http://198.51.100.1/x.png'/>", "outside"),
        ("<image xlink:href='file:///etc/passwd'/>", "outside"),
        ("<image href='../../secret.png'/>", "outside"),
        ("<use href='other.svg#a'/>", "outside"),
        ("<rect style='fill:url(http://198.51.100.1/a)'/>", "outside"),
        ("<rect fill='url( &quot;x.svg#a&quot; )'/>", "outside"),
        ("<style>@import 'x.css';</style>", "outside"),
        ("<style>rect{fill:u\\72l(x)}</style>", "outside"),
        ("<rect style='fill:u\\72l(http://198.51.100.1/a)'/>", "outside"),
        ("<a href='javascript:alert(1)'><rect/></a>", "outside"),
        ("<image href='data:image/svg+xml;base64,PHN2Zy8+'/>", "outside"),
        ("<g>" * 300 + "</g>" * 300, "too many parts"),
        ("<rect", "cannot be read"),
    ],
)
async def test_drawings_that_are_more_than_drawings_are_refused(
    media: Media, tmp_path: Path, inside: str, says: str
) -> None:
    """The drawing itself is sold: what it holds runs at the buyer's."""
    with pytest.raises(MediaRefused, match=says):
        await media.look_at_stock(drawing(tmp_path, inside))


async def test_entities_are_refused(media: Media, tmp_path: Path) -> None:
    """Billion laughs, and files read through an entity."""
    for entity in ('<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">', '<!ENTITY b SYSTEM "file:///etc/passwd">'):
        whole = f"<!DOCTYPE svg [{entity}]>" + SVG
        with pytest.raises(MediaRefused, match="entities"):
            await media.look_at_stock(drawing(tmp_path, "<text>&b;</text>", whole))


@pytest.mark.heavy
async def test_a_drawing_that_never_ends_is_stopped(tmp_path: Path, out: Path) -> None:
    """Uses of uses of uses: refused, in bounded time and memory; nothing is left."""
    levels = "".join(f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 12 + "</g>" for n in range(1, 12))
    inside = f'<defs><g id="g0"><circle r="5"/></g>{levels}</defs><use href="#g11"/>'
    with pytest.raises((MediaRefused, MediaUnavailable)):  # the latter where others have the processor
        await Media(MediaLimits(seconds=20)).process_stock(drawing(tmp_path, inside), out)
    assert not out.exists()


async def test_pictures_too_large_are_refused_by_their_header(tmp_path: Path, out: Path) -> None:
    """Before a dot of them is decoded."""
    small = Media(MediaLimits(pixels=100_000))
    with pytest.raises(MediaRefused, match="megapixels"):
        await small.look_at_stock(photo(tmp_path / "a.png"))
    huge = SVG.replace('viewBox="0 0 90 60"', 'width="900000" height="900000"')
    with pytest.raises(MediaRefused, match="megapixels"):
        await Media().process_stock(drawing(tmp_path, whole=huge), out)


async def test_a_picture_cut_short_is_refused_when_it_is_decoded(
    media: Media, tmp_path: Path, out: Path
) -> None:
    """Its header may promise what it likes."""
    path = photo(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(MediaRefused, match="damaged"):
        await media.process_stock(path, out)


async def test_other_files_are_no_stock_works(media: Media, tmp_path: Path) -> None:
    """Neither text, nor pages, nor sounds, nor a picture of another kind."""
    for number, data in enumerate(
        (b"", b"hello", b"<html><svg></svg></html>", b"GIF89a....", b"%PDF-1.4 ....")
    ):
        path = tmp_path / str(number)
        path.write_bytes(data)
        with pytest.raises(MediaRefused):
            await media.look_at_stock(path)
