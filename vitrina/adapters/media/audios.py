"""Sound: HLS in one or two rungs never above the source, preview, waveform, covers from its art."""

from vitrina.adapters.media import probes, sniff
from vitrina.adapters.media.child.waveform import RATE
from vitrina.adapters.media.probes import Probe
from vitrina.adapters.media.process import Children
from vitrina.adapters.media.results import AudioRendition, MediaRefused, ProcessedAudio
from vitrina.adapters.media.videos import PLAYLIST, SEGMENT_SECONDS, covers_of, sound_options
from vitrina.adapters.media.workplace import SOURCE, Workplace

PREVIEW = "preview.mp3"
PREVIEW_SECONDS = 30
RUNGS = (128, 64)
LEAST_RUNG = 24


def ladder(bitrate: int) -> list[int]:
    """Rungs in kbit/s for a source of so many bit/s, best first; a poor source gets one of its own class."""
    source = bitrate / 1000
    # A source's own rate wanders around its nominal one.
    fitting = [rung for rung in RUNGS if rung <= source * 1.05]
    return fitting or [max(int(source) // 8 * 8, LEAST_RUNG)]


async def process(children: Children, ffmpeg: str, place: Workplace) -> ProcessedAudio:
    """Everything for one piece of sound, into `made`."""
    limits = children.limits
    seen = await probes.probe(children, ffmpeg, place.folder, "mp3")
    probes.require_minimum(seen.duration_ms, limits, "audio")
    with (place.folder / SOURCE).open("rb") as file:
        sound_bytes = max(seen.size - sniff.id3_size(file), 1)
    bitrate = sound_bytes * 8000 // seen.duration_ms
    rungs = ladder(bitrate)
    told = await children.verb(
        "waveform", place.folder, command=conversion(ffmpeg, seen, rungs, children),
        seconds=probes.conversion_seconds(seen.duration_ms, limits),
    )  # fmt: skip
    duration_ms = told["samples"] * 1000 // RATE
    probes.require_minimum(duration_ms, limits, "audio")
    covers = await art(children, ffmpeg, place)
    return ProcessedAudio(
        duration_ms=duration_ms, bitrate=sound_bytes * 8000 // duration_ms,
        renditions=[rendition(place, rung, duration_ms) for rung in rungs],
        playlist=PLAYLIST, preview=PREVIEW, waveform="waveform.json", picture="waveform.svg",
        covers=covers, files=place.files(),
    )  # fmt: skip


def rendition(place: Workplace, rung: int, duration_ms: int) -> AudioRendition:
    """One rung as it came out; its size is that of its segments."""
    size = sum(path.stat().st_size for path in (place.made / str(rung)).glob("*.ts"))
    return AudioRendition(size * 8000 // duration_ms, size, f"{rung}/index.m3u8")


def conversion(ffmpeg: str, seen: Probe, rungs: list[int], children: Children) -> list[str]:
    """One command that decodes once: HLS, preview, and samples on stdout for the waveform."""
    command = [*probes.reader(ffmpeg, "mp3", children.limits), "-i", SOURCE]
    plain = ["-map_metadata", "-1", "-map_chapters", "-1"]
    for index, rung in enumerate(rungs):
        command += ["-map", "0:a:0", f"-b:a:{index}", f"{rung}k"]
    start = min(seen.duration_ms // 10, 60_000) / 1000
    return [
        *command, *sound_options(seen), *plain,
        "-f", "hls", "-hls_time", str(SEGMENT_SECONDS), "-hls_playlist_type", "vod",
        "-var_stream_map", " ".join(f"a:{index},name:{rung}" for index, rung in enumerate(rungs)),
        "-master_pl_name", PLAYLIST, "-hls_segment_filename", "made/%v/%03d.ts", "made/%v/index.m3u8",
        "-map", "0:a:0", "-ss", f"{start}", "-t", str(PREVIEW_SECONDS), "-c:a", "libmp3lame", "-b:a", "96k",
        *plain, "-id3v2_version", "0", "-f", "mp3", f"made/{PREVIEW}",
        "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1",
    ]  # fmt: skip


async def art(children: Children, ffmpeg: str, place: Workplace) -> list[str]:
    """Covers from the picture inside the file; none where it has no good one."""
    command = [
        ffmpeg, "-hide_banner", "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-f", "mp3",
        "-i", SOURCE, "-map", "0:v:0", "-c", "copy", "-frames:v", "1", "-f", "image2", "-update", "1", "art",
    ]  # fmt: skip
    try:
        await children.tool(command, place.folder)
        return await covers_of(children, place, "art")
    except MediaRefused:
        return []
