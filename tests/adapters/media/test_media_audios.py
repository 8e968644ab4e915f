"""Sound: rungs, preview, waveform, art, the minute, lying headers."""

import json
from pathlib import Path

import pytest
import pyvips

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaRefused
from vitrina.adapters.media.audios import ladder


@pytest.mark.parametrize(
    ("bitrate", "rungs"),
    [
        (320_000, [128, 64]),
        (127_500, [128, 64]),
        (96_000, [64]),
        (64_100, [64]),
        (40_000, [40]),
        (8_000, [24]),
    ],
)
def test_no_rung_is_of_a_better_class_than_its_source(bitrate: int, rungs: list[int]) -> None:
    """A poor source is not blown up; only the very poorest gets the least that AAC can do."""
    assert ladder(bitrate) == rungs


async def test_a_minute_becomes_a_song(media: Media, song: Path, out: Path) -> None:
    """A song gets two playable rungs, a preview of 30 s, a waveform and covers from its art."""
    made = await media.process_audio(song, out)
    assert made.duration_ms in range(60_990, 61_060)
    assert [rung.name for rung in made.renditions] == ["128/index.m3u8", "64/index.m3u8"]
    assert 125_000 < made.bitrate < 131_000
    assert made.covers == ["480.jpg", "1280.jpg", "1920.jpg"]
    assert pyvips.Image.new_from_file(str(out / "1920.jpg")).width == 600
    assert samples.said("-xerror", "-i", str(out / made.playlist), "-map", "0", "-f", "null", "-") == ""
    assert 29.9 < samples.duration(out / made.preview) < 30.2
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {file.name for file in made.files} == there


async def test_the_waveform_follows_the_sound(brief: Media, tmp_path: Path, out: Path) -> None:
    """A thousand points between 0 and 100: loud where the tone swells, quiet where it fades."""
    source = samples.make_audio(tmp_path / "song.mp3", 55)
    made = await brief.process_audio(source, out)
    points = json.loads((out / made.waveform).read_text())["points"]
    assert len(points) == 1000
    assert max(points) == 100
    # The tone is |sin(t/8)|: silent near 25.1 s, loudest near 12.6 s.
    assert points[457] < 15 < 85 < points[229]
    assert pyvips.Image.new_from_file(str(out / made.picture)).height == 200
    assert made.covers == []


async def test_silence_is_a_flat_line(brief: Media, tmp_path: Path, out: Path) -> None:
    """Noise below hearing is not blown up into a waveform."""
    source = tmp_path / "silence.mp3"
    samples.ffmpeg("-f", "lavfi", "-i", "anullsrc", "-t", "3", "-f", "mp3", str(source))
    made = await brief.process_audio(source, out)
    assert set(json.loads((out / made.waveform).read_text())["points"]) == {0}


async def test_the_minute_of_sound_holds_at_its_edge(media: Media, tmp_path: Path, out: Path) -> None:
    """Sixty seconds pass; a tenth less is refused."""
    exact = samples.make_audio(tmp_path / "exact.mp3", 60, bitrate=32)
    made = await media.process_audio(exact, out)
    assert made.duration_ms in range(59_990, 60_060)
    assert [rung.name for rung in made.renditions] == ["32/index.m3u8"]
    with pytest.raises(MediaRefused, match=r"59\.\d s"):
        await media.process_audio(samples.make_audio(tmp_path / "short.mp3", 59.9, bitrate=32), out)


async def test_a_header_that_lies_is_not_believed(media: Media, tmp_path: Path, out: Path) -> None:
    """Two seconds are two seconds, whether the Xing header promises an hour or is missing."""
    source = samples.make_audio(tmp_path / "song.mp3", 2)
    data = bytearray(source.read_bytes())
    at = next(data.find(mark) for mark in (b"Xing", b"Info") if mark in data) + 8
    data[at : at + 4] = (137_000).to_bytes(4, "big")
    for content in (bytes(data), bytes(data).replace(b"Xing", b"XXXX").replace(b"Info", b"XXXX")):
        source.write_bytes(content)
        with pytest.raises(MediaRefused, match=r"lasts 2\.\d s"):
            await media.process_audio(source, out)


async def test_broken_art_does_not_spoil_a_song(brief: Media, tmp_path: Path, out: Path) -> None:
    """A song whose embedded picture is damaged is sold without it."""
    art = samples.make_jpeg(tmp_path / "art.jpg", 300, 300)
    source = samples.make_audio(tmp_path / "song.mp3", 2, cover=art)
    data = bytearray(source.read_bytes())
    at = data.index(b"\xff\xd8\xff") + 200
    data[at : at + 4000] = bytes(4000)
    source.write_bytes(data)
    assert (await brief.process_audio(source, out)).covers == []


async def test_foreign_sound_is_refused(brief: Media, tmp_path: Path, out: Path) -> None:
    """A WAV, a text and an MP4 under the name of a song get a clear sentence."""
    wave = tmp_path / "wave.mp3"
    samples.ffmpeg("-f", "lavfi", "-i", "sine=duration=2", "-f", "wav", str(wave))
    text = samples.make_text(tmp_path / "text.mp3", "la la la\n" * 100)
    for path in (wave, text, samples.sound_only(tmp_path / "film.mp3")):
        with pytest.raises(MediaRefused, match="not an MP3"):
            await brief.process_audio(path, out)
