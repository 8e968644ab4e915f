"""Covers, gallery pictures, drawn covers."""

from pathlib import Path

import pytest
import pyvips

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaLimits, MediaRefused

COVERS = ["480.jpg", "1280.jpg", "1920.jpg"]


def opened(path: Path) -> pyvips.Image:
    """The picture with its metadata, decoded whole."""
    return pyvips.Image.new_from_file(str(path), fail_on="warning")


async def test_covers_come_in_three_widths(media: Media, tmp_path: Path, out: Path) -> None:
    """A large picture is made 480, 1280 and 1920 wide in its own proportions."""
    source = samples.make_png(tmp_path / "large.png", 2400, 1200)
    assert await media.render_covers(source, out) == COVERS
    assert [(opened(out / name).width, opened(out / name).height) for name in COVERS] == [
        (480, 240), (1280, 640), (1920, 960)
    ]  # fmt: skip


async def test_covers_are_never_enlarged(media: Media, tmp_path: Path, out: Path) -> None:
    """A small picture keeps its size in all three files."""
    await media.render_covers(samples.make_jpeg(tmp_path / "small.jpg", 700, 300), out)
    assert [opened(out / name).width for name in COVERS] == [480, 700, 700]


async def test_orientation_is_applied_and_metadata_gone(media: Media, tmp_path: Path, out: Path) -> None:
    """A turned photograph stands upright, and nothing tells where it was taken."""
    source = samples.make_jpeg(tmp_path / "turned.jpg", 600, 300, orientation=6, comment="home address")
    await media.render_covers(source, out)
    cover = opened(out / "1280.jpg")
    assert (cover.width, cover.height) == (300, 600)
    # Turned clockwise, the dark corner goes from top left to top right.
    assert cover(290, 10)[0] < 40 < 200 < cover(290, 590)[0]
    assert b"home address" not in (out / "1280.jpg").read_bytes()
    assert not {"exif-data", "icc-profile-data", "orientation"} & set(cover.get_fields())


async def test_transparency_becomes_white(media: Media, tmp_path: Path, out: Path) -> None:
    """A cover has no black where its source was transparent."""
    await media.render_covers(samples.make_png(tmp_path / "clear.png", 200, 100, alpha=True), out)
    assert min(opened(out / "480.jpg")(10, 50)) > 250


@pytest.mark.parametrize("space", ["cmyk", "b-w", "rgb16", "lab-profile"])
async def test_every_colour_space_becomes_srgb(media: Media, tmp_path: Path, out: Path, space: str) -> None:
    """CMYK, grey, 16-bit and profiled pictures all come out as plain 8-bit sRGB of about the same colour."""
    image, path = samples.gradient(120, 80), tmp_path / "picture"
    if space == "cmyk":
        image.icc_export(output_profile="cmyk").jpegsave(str(path), Q=95)
    elif space == "b-w":
        image.colourspace("b-w").pngsave(str(path))
    elif space == "rgb16":
        image.colourspace("rgb16").pngsave(str(path), bitdepth=16)
    else:
        image.icc_export(output_profile="p3").jpegsave(str(path), Q=95)
    await media.render_covers(path, out)
    cover = opened(out / "480.jpg")
    assert (cover.interpretation, cover.bands, cover.format) == ("srgb", 3, "uchar")
    assert cover(110, 70)[0] > 150 > 100 > cover(5, 5)[1]


async def test_gallery_picture_keeps_its_kind(media: Media, tmp_path: Path, out: Path) -> None:
    """PNG stays PNG with its transparency, JPEG stays JPEG, both at most 1280 wide, in one folder."""
    clear = samples.make_png(tmp_path / "clear.png", 1600, 800, alpha=True)
    photo = samples.make_jpeg(tmp_path / "photo.jpeg", 500, 400, comment="secret")
    assert await media.render_picture(clear, out, "one") == "one_1280.png"
    assert await media.render_picture(photo, out, "two") == "two_1280.jpg"
    assert (opened(out / "one_1280.png").width, opened(out / "one_1280.png").bands) == (1280, 4)
    assert b"secret" not in (out / "two_1280.jpg").read_bytes()


async def test_png_named_jpeg_is_taken_for_what_it_is(media: Media, tmp_path: Path, out: Path) -> None:
    """A name does not decide which decoder reads a picture."""
    source = samples.make_png(tmp_path / "photo.jpg")
    assert await media.render_picture(source, out, "x") == "x_1280.png"


async def test_giant_pictures_are_refused_before_decoding(media: Media, tmp_path: Path, out: Path) -> None:
    """A few bytes that declare gigapixels cost nothing and get a clear sentence."""
    with pytest.raises(MediaRefused, match="megapixels"):
        await media.render_covers(samples.make_png_bomb(tmp_path / "bomb.png"), out)
    with pytest.raises(MediaRefused, match="pixels wide or high"):
        await media.render_covers(samples.make_png_bomb(tmp_path / "long.png", 40_000, 10), out)
    assert not out.exists()


async def test_many_pixels_fit_into_memory(media: Media, tmp_path: Path, out: Path) -> None:
    """The largest accepted picture is converted within the memory limit."""
    source = samples.make_jpeg(tmp_path / "large.jpg", 10_000, 9_900)
    assert await media.render_covers(source, out) == COVERS


@pytest.mark.parametrize("name", ["cut.png", "cut.jpg", "text.png", "other.gif", "markup.svg"])
async def test_damaged_and_foreign_pictures_are_refused(
    media: Media, tmp_path: Path, out: Path, name: str
) -> None:
    """Cut pictures and other formats, some of which libvips could read, are refused and leave nothing."""
    path = tmp_path / name
    whole = {"cut.png": samples.make_png, "cut.jpg": samples.make_jpeg}
    if name in whole:
        content = whole[name](path, 800, 600).read_bytes()
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes({"text.png": b"hello", "other.gif": b"GIF89a\1\0\1\0\0\0\0;"}.get(name, b"<svg/>"))
    with pytest.raises(MediaRefused):
        await media.render_covers(path, out)
    assert not out.exists()


async def test_the_pixel_limit_holds_at_its_edge(tmp_path: Path, out: Path) -> None:
    """As many pixels as allowed pass, one row more is refused."""
    media = Media(MediaLimits(pixels=10_000))
    assert await media.render_covers(samples.make_png(tmp_path / "edge.png", 100, 100), out) == COVERS
    with pytest.raises(MediaRefused):
        await media.render_covers(samples.make_png(tmp_path / "past.png", 100, 101), out)


@pytest.mark.parametrize(
    "title",
    [
        "Отцы и дети",
        "<script>alert(1)</script> & <b>x</b>",
        "Очень " * 100,
        "\0\x1b\u202e\ufeff",
        "",
        "😀 &#60;",
        "W" * 300,
    ],
)
async def test_any_title_makes_a_cover(media: Media, out: Path, title: str) -> None:
    """Cyrillic, markup, endless and empty titles all give three square pictures."""
    assert await media.draw_cover(title, out, seed=3) == COVERS
    assert [(opened(out / name).width, opened(out / name).height) for name in COVERS] == [
        (480, 480), (1280, 1280), (1920, 1920)
    ]  # fmt: skip


async def test_a_drawn_cover_shows_its_title(media: Media, tmp_path: Path) -> None:
    """Titles differ in letters, seeds in colours, and the same of both is the same picture."""
    pictures = {}
    for name, title, seed in (("a", "Отцы", 1), ("b", "Дети", 1), ("c", "Отцы", 2), ("d", "Отцы", 1)):
        await media.draw_cover(title, tmp_path / name, seed)
        pictures[name] = (tmp_path / name / "480.jpg").read_bytes()
    assert pictures["a"] == pictures["d"]
    assert len(set(pictures.values())) == 3
