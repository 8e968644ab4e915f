"""Films: ladder, poster, preview, the minute, broken and lying files."""

from pathlib import Path

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaLimits, MediaRefused
from vitrina.adapters.media.videos import ladder


def plays(path: Path) -> None:
    """Every segment of a playlist or file decodes without a word of complaint."""
    done = samples.said("-xerror", "-i", str(path), "-map", "0", "-f", "null", "-")
    assert done == ""


@given(st.integers(16, 8192), st.integers(16, 4352))
def test_no_rung_exceeds_its_source(width: int, height: int) -> None:
    """Rungs are even, distinct, within the source, of its proportions, at most four, largest first."""
    rungs = [rung[:2] for rung in ladder(width, height)]
    assert 1 <= len(rungs) <= 4
    assert rungs == sorted(rungs, reverse=True)
    assert len({min(rung) for rung in rungs}) == len(rungs)
    for wide, high in rungs:
        assert wide % 2 == high % 2 == 0
        assert 2 <= wide <= width
        assert 2 <= high <= height
        assert abs(wide / width - high / height) < 2 / min(width, height) + 2 / min(wide, high)


@pytest.mark.parametrize(
    ("source", "rungs"),
    [
        ((3840, 2160), ["1920x1080", "1280x720", "854x480", "640x360"]),
        ((1280, 720), ["1280x720", "854x480", "640x360"]),
        ((1080, 1920), ["1080x1920", "720x1280", "480x854", "360x640"]),
        ((1920, 800), ["1920x800", "1280x534", "854x356", "640x266"]),
        ((700, 394), ["640x360"]),
        ((321, 241), ["320x240"]),
    ],
)
def test_ladders_people_expect(source: tuple[int, int], rungs: list[str]) -> None:
    """Common shapes get the rungs they are known by, portrait and wide ones too."""
    assert [f"{rung[0]}x{rung[1]}" for rung in ladder(*source)] == rungs


async def test_a_minute_becomes_a_film(media: Media, minute: Path, out: Path) -> None:
    """A film gets a playable ladder, a preview of half a minute, and a poster in three files."""
    made = await media.process_video(minute, out)
    assert (made.duration_ms, made.width, made.height) == (61_000, 320, 240)
    assert [(rung.width, rung.height, rung.name) for rung in made.renditions] == [
        (320, 240, "240/index.m3u8")
    ]
    assert abs(made.bitrate - minute.stat().st_size * 8 / 61) < 10
    plays(out / made.playlist)
    plays(out / made.preview)
    assert 25 < samples.duration(out / made.preview) < 35
    assert pyvips.Image.new_from_file(str(out / "1920.jpg")).width == 320
    assert made.covers == ["480.jpg", "1280.jpg", "1920.jpg"]


async def test_every_made_file_is_listed(brief: Media, clip: Path, out: Path) -> None:
    """`files` is what is in the folder: name, type and size of each."""
    made = await brief.process_video(clip, out)
    there = {
        path.relative_to(out).as_posix(): path.stat().st_size for path in out.rglob("*") if path.is_file()
    }
    assert {file.name: file.size for file in made.files} == there
    types = {file.name: file.media_type for file in made.files}
    assert types["240/000.ts"] == "video/mp2t"
    assert types["output.m3u8"] == "application/vnd.apple.mpegurl"


async def test_the_ladder_is_described_in_the_playlist(brief: Media, tmp_path: Path, out: Path) -> None:
    """The master playlist names each rung relatively, with bandwidth, resolution and codecs."""
    source = samples.make_video(tmp_path / "wide.mp4", 13, width=854, height=480)
    made = await brief.process_video(source, out)
    master = (out / "output.m3u8").read_text()
    for rung in made.renditions:
        assert f"RESOLUTION={rung.width}x{rung.height}" in master
        assert f"\n{rung.name}\n" in master
    assert master.count("BANDWIDTH=") >= 2
    assert 'CODECS="avc1.4d40' in master
    assert "mp4a.40.2" in master
    assert "/" not in (out / "480/index.m3u8").read_text()
    # Segments of all rungs end at the same instants, or a player could not switch.
    assert len({(out / name / "index.m3u8").read_text() for name in ("480", "360")}) == 1
    assert (out / "480/index.m3u8").read_text().count("EXTINF:6.0") == 2


@pytest.mark.parametrize("shape", ["mute", "mono", "odd", "turned", "uneven", "anamorphic", "fast"])
async def test_unusual_films_work(brief: Media, tmp_path: Path, out: Path, shape: str) -> None:
    """No sound, one channel, odd sides, rotation, uneven frames, wide pixels and 120 frames a second."""
    path = tmp_path / "film.mp4"
    seen = (320, 240)
    if shape in ("mute", "mono"):
        samples.make_video(path, 3, sound=None if shape == "mute" else "mono")
    elif shape == "odd":
        samples.make_video(path, 3, width=321, height=241)
        seen = (321, 241)
    elif shape == "turned":
        samples.make_video(path, 3, rotate=90)
        seen = (240, 320)
    elif shape == "uneven":
        samples.make_video(
            path, 3, fps=10, extra=("-vf", "select='not(mod(n,3))+lt(n,9)'", "-fps_mode", "vfr")
        )
    elif shape == "anamorphic":
        samples.make_video(path, 3, extra=("-vf", "setsar=4/3"))
        seen = (427, 240)
    else:
        samples.make_video(path, 3, fps=120)
    made = await brief.process_video(path, out)
    assert (made.width, made.height) == seen
    assert abs(made.duration_ms - 3000) < 250
    assert (made.renditions[0].width, made.renditions[0].height) == (seen[0] // 2 * 2, seen[1] // 2 * 2)
    plays(out / made.playlist)


async def test_metadata_of_a_film_is_gone(brief: Media, tmp_path: Path, out: Path) -> None:
    """Where and by whom a film was made is in no file that buyers get."""
    path = samples.make_video(tmp_path / "film.mp4", 2, extra=("-metadata", "comment=home-address"))
    assert b"home-address" in path.read_bytes()
    await brief.process_video(path, out)
    assert not [made for made in out.rglob("*") if made.is_file() and b"home-address" in made.read_bytes()]


async def test_the_minute_holds_at_its_edge(media: Media, tmp_path: Path, out: Path) -> None:
    """Sixty seconds pass; a tenth less is refused with both numbers in the sentence."""
    shape = {"width": 64, "height": 64, "fps": 10.0, "sound": None}
    exact = samples.make_video(tmp_path / "exact.mp4", 60, **shape)
    assert (await media.process_video(exact, out)).duration_ms == 60_000
    short = samples.make_video(tmp_path / "short.mp4", 59.9, **shape)
    with pytest.raises(MediaRefused, match=r"59\.9 s.*60 s"):
        await media.process_video(short, out)


async def test_a_forged_duration_is_not_believed(media: Media, clip: Path, tmp_path: Path, out: Path) -> None:
    """Two seconds whose header says ten minutes are two seconds."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"mvhd") + 20
    data[at : at + 4] = (600_000).to_bytes(4, "big")
    forged = tmp_path / "forged.mp4"
    forged.write_bytes(data)
    with pytest.raises(MediaRefused, match=r"lasts 2\.\d s"):
        await media.process_video(forged, out)


async def test_disguised_and_broken_films_are_refused(
    brief: Media, tmp_path: Path, clip: Path, song: Path, out: Path
) -> None:
    """Playlists, sound, zips, cut and scrambled films each get a sentence, and no file is left."""
    whole = clip.read_bytes()
    streamed = samples.make_video(tmp_path / "fast.mp4", 2, extra=("-movflags", "+faststart")).read_bytes()
    kinds = {
        "playlist": b"#EXTM3U\n#EXTINF:60,\nfile:///etc/passwd\n",
        "zip": samples.make_epub(tmp_path / "x.epub").read_bytes(),
        "sound": song.read_bytes()[:50_000],
        "cut": whole[: len(whole) // 2],
        "cut with header": streamed[: len(streamed) // 2],
        "header only": whole[:40] + b"\0\0\0\x08mdat",
        "playlist in a film": whole[:32] + b"\0\0\0\x60mdat#EXTM3U\nfile:///etc/passwd" + b" " * 60,
        "sound in a film": samples.sound_only(tmp_path / "s.mp4").read_bytes(),
    }
    for content in kinds.values():
        path = tmp_path / "film.mp4"
        path.write_bytes(content)
        with pytest.raises(MediaRefused) as refused:
            await brief.process_video(path, out)
        assert str(refused.value).endswith(".")
        with pytest.raises(MediaRefused):
            await brief.check_clip(path)
    assert not out.exists()


async def test_a_clip_passes_with_or_without_sound(media: Media, clip: Path, tmp_path: Path) -> None:
    """A gallery film may be short and mute, and looking at it leaves nothing behind."""
    await media.check_clip(clip)
    await media.check_clip(samples.make_video(tmp_path / "mute.mp4", 1, sound=None))
    assert [path.name for path in tmp_path.iterdir()] == ["mute.mp4"]


async def test_too_many_pixels_a_frame_are_refused(clip: Path, out: Path) -> None:
    """A frame larger than allowed is never decoded."""
    with pytest.raises(MediaRefused):
        await Media(MediaLimits(video_pixels=10_000, minimum_ms=0)).process_video(clip, out)


async def test_a_second_conversion_replaces_the_first(brief: Media, clip: Path, out: Path) -> None:
    """A job that runs twice ends with the same files; files of others in the folder stay."""
    first = await brief.process_video(clip, out)
    (out / "other.txt").write_text("kept")
    second = await brief.process_video(clip, out)
    assert [file.name for file in first.files] == [file.name for file in second.files]
    assert (out / "other.txt").read_text() == "kept"
