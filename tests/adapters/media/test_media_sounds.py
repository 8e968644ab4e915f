"""Stock sounds: words in tags, a picture of loudness, a preview that ends softly, and files made to harm."""

import shutil
from pathlib import Path

import pytest
import pyvips

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaRefused, MediaUnavailable, Sound
from vitrina.adapters.media.stock import tags_of

TAGS = {
    "title": "Морской прибой",
    "artist": "Anna Rossi",
    "date": "2024-05-01",
    "genre": "Ambient",
    "comment": "Waves on pebbles",
    "keywords": "sea; waves",
}


def sound(path: Path, seconds: float = 40, **tags: str) -> Path:
    """A steady tone in stereo."""
    told = [word for key, value in tags.items() for word in ("-metadata", f"{key}={value}")]
    tone = f"aevalsrc='0.8*sin(880*PI*t)|0.8*sin(660*PI*t)':sample_rate=32000:duration={seconds}"
    samples.ffmpeg(
        "-f", "lavfi", "-i", tone, *told, "-c:a", "libmp3lame", "-b:a", "96k", "-f", "mp3", str(path)
    )
    return path


def loudness(path: Path, start: float, seconds: float) -> float:
    """Mean volume in dB of a part."""
    part = ("-ss", str(start), "-t", str(seconds), "-i", str(path), "-af", "volumedetect", "-f", "null", "-")
    said = samples.said("-v", "info", *part)
    return float(said.partition("mean_volume: ")[2].split()[0])


async def test_a_sound_is_known_by_its_content_and_its_tags(media: Media, tmp_path: Path) -> None:
    """Title, author, date, description; a genre is a keyword."""
    look = await media.look_at_stock(sound(tmp_path / "a.jpg", 3, **TAGS))
    assert (look.media_type, look.width, look.height) == ("audio/mpeg", 0, 0)
    assert 2950 < (look.duration_ms or 0) < 3150
    assert look.sound is not None
    assert (look.sound.sample_rate, look.sound.channels) == (32000, 2)
    assert 80_000 < look.sound.bitrate < 110_000
    words = look.words
    assert (words.title, words.author, words.taken) == ("Морской прибой", "Anna Rossi", "2024-05-01")
    assert (words.description, words.keywords) == ("Waves on pebbles", ["sea", "waves", "Ambient"])


def test_tags_are_cleaned() -> None:
    """Control characters are blanks, and a mere year is no day."""
    words = tags_of(";FFMETADATA1\nTITLE=a\x01b\ndate=1999\ngenre=Rock\\;Pop\n[STREAM]\ntitle=other\n")
    assert (words.title, words.taken, words.keywords) == ("a b", "", ["Rock", "Pop"])


async def test_previews_of_a_sound(media: Media, tmp_path: Path, out: Path) -> None:
    """Five pictures, and half a minute that fades out, without the tags of the original; nothing else."""
    made = await media.process_stock(sound(tmp_path / "a.mp3", **TAGS), out)
    assert (made.width, made.height, made.colors, made.fingerprint) == (0, 0, [], None)
    assert 39_900 < (made.duration_ms or 0) < 40_100
    for mark in ("neutral", "depositphotos"):
        names = {path.name for path in (out / mark).iterdir()}
        assert names == {"110.jpg", "170.jpg", "380.jpg", "450.jpg", "950.jpg", "preview.mp3"}
    picture = pyvips.Image.new_from_file(str(out / "neutral/950.jpg"))
    assert (picture.width, picture.height) == (950, 380)
    assert picture.deviate() > 20  # bars are seen on their ground
    preview = out / "neutral/preview.mp3"
    assert 29.5 < samples.duration(preview) < 30.5
    assert preview.stat().st_size < 300_000
    assert b"Rossi" not in preview.read_bytes()
    assert loudness(preview, 29, 0.9) < loudness(preview, 10, 5) - 6


async def test_a_short_sound_is_heard_whole(media: Media, tmp_path: Path, out: Path) -> None:
    """An effect of two seconds still fades."""
    await media.process_stock(sound(tmp_path / "a.mp3", 2), out)
    assert 1.8 < samples.duration(out / "neutral/preview.mp3") < 2.3


async def test_silence_has_a_picture(media: Media, tmp_path: Path, out: Path) -> None:
    """A thin line."""
    path = tmp_path / "a.mp3"
    samples.ffmpeg("-f", "lavfi", "-i", "anullsrc", "-t", "2", "-f", "mp3", str(path))
    await media.process_stock(path, out)
    assert (out / "neutral/110.jpg").exists()


async def test_sounds_that_are_none(media: Media, tmp_path: Path, out: Path) -> None:
    """Too short, or frames of noise: refused with a sentence, and nothing is left."""
    short = sound(tmp_path / "short.mp3", 0.5)
    with pytest.raises(MediaRefused, match="shorter than a second"):
        await media.look_at_stock(short)
    whole = sound(tmp_path / "whole.mp3", 5).read_bytes()
    noise = tmp_path / "noise.mp3"
    noise.write_bytes(whole[:2000] + bytes(n * 7919 % 251 for n in range(50_000)))
    with pytest.raises((MediaRefused, MediaUnavailable)):
        await media.process_stock(noise, out)
    assert not out.exists()
    shutil.copy(short, tmp_path / "again.mp3")
    with pytest.raises(MediaRefused):
        await media.process_stock(tmp_path / "again.mp3", out)


def test_how_a_sound_was_recorded_fits_the_columns() -> None:
    """The names are those of an item's columns."""
    assert set(Sound.__struct_fields__) == {"sample_rate", "channels", "bitrate"}
