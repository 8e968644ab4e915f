"""Stock sounds: a look at what comes in, a picture of its loudness, and a short preview that fades out."""

from vitrina.adapters.media import probes, sniff, stock
from vitrina.adapters.media.child.waveform import RATE
from vitrina.adapters.media.process import Children
from vitrina.adapters.media.results import MediaRefused, Sound, StockLook, StockMade
from vitrina.adapters.media.workplace import SOURCE, Workplace

PREVIEW_SECONDS = 30
FADE_SECONDS = 2
TOO_SHORT = "The sound is shorter than a second; send a longer one."


async def look(children: Children, ffmpeg: str, place: Workplace) -> StockLook:
    """Length, recording and words of a sound; every packet of it is read once."""
    seen = await probes.probe(children, ffmpeg, place.folder, "mp3")
    if seen.duration_ms < stock.LEAST_MS:
        raise MediaRefused(TOO_SHORT)
    with (place.folder / SOURCE).open("rb") as file:
        sound_bytes = max(seen.size - sniff.id3_size(file), 1)
    words = await stock.words_in_file(children, ffmpeg, place, "mp3")
    recorded = Sound(
        seen.sample_rate, 1 if seen.channels == "mono" else 2, sound_bytes * 8000 // seen.duration_ms
    )
    return StockLook(sniff.MP3, 0, 0, words, seen.duration_ms, sound=recorded)


async def process(children: Children, ffmpeg: str, place: Workplace) -> StockMade:
    """Five sizes of the picture, and the preview, where those of films are."""
    seen = await probes.probe(children, ffmpeg, place.folder, "mp3")
    told = await children.verb(
        "waveform", place.folder, command=conversion(ffmpeg, seen.duration_ms / 1000, children),
        seconds=probes.conversion_seconds(seen.duration_ms, children.limits),
    )  # fmt: skip
    duration_ms = told["samples"] * 1000 // RATE
    # The packets may have promised more than the decoder found in them.
    if duration_ms < stock.LEAST_MS:
        raise MediaRefused(TOO_SHORT)
    await children.verb("stock", place.folder, act="sound")
    return StockMade(0, 0, [], None, duration_ms)


def conversion(ffmpeg: str, seconds: float, children: Children) -> list[str]:
    """One command that decodes once: the preview, and samples on stdout for the picture."""
    length = min(seconds, PREVIEW_SECONDS)
    start = min(seconds / 10, seconds - length, 60)
    fade = min(FADE_SECONDS, length / 4)
    cut = f"atrim={start:.3f}:{start + length:.3f},asetpts=PTS-STARTPTS"
    return [
        *probes.reader(ffmpeg, "mp3", children.limits), "-i", SOURCE,
        "-map", "0:a:0", "-af", f"{cut},afade=t=out:st={length - fade:.3f}:d={fade:.3f}",
        "-c:a", "libmp3lame", "-b:a", "64k", "-ar", "44100", "-map_metadata", "-1", "-map_chapters", "-1",
        "-id3v2_version", "0", "-f", "mp3", "made/preview.mp3",
        "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1",
    ]  # fmt: skip
