"""Films: an HLS ladder that never exceeds the source, a poster and a preview clip."""

import shutil
from pathlib import Path

from vitrina.adapters.media import probes
from vitrina.adapters.media.probes import Probe
from vitrina.adapters.media.process import UNREADABLE, Children, weight
from vitrina.adapters.media.results import MediaRefused, ProcessedVideo, VideoRendition
from vitrina.adapters.media.workplace import SOURCE, Workplace

PLAYLIST = "output.m3u8"
PREVIEW = "preview.mp4"
SEGMENT_SECONDS = 6
PREVIEW_SEGMENTS = 5
LEAST_SIDE = 16
# Boxes (long side, short side) that a rung fits into, with the most kbit/s of its picture and of its sound.
BOXES = ((640, 360, 800, 96), (854, 480, 1400, 128), (1280, 720, 2800, 128), (1920, 1080, 5000, 128))


def ladder(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Rungs as (width, height, kbit/s of picture, kbit/s of sound), largest first, sides even."""
    rungs: list[tuple[int, int, int, int]] = []
    for long, short, picture, sound in BOXES:
        scale = min(long / max(width, height), short / min(width, height), 1)
        fitted = even(width * scale, width), even(height * scale, height)
        # A source hardly larger than a rung gets no further one; a ribbon's sides may round to one another.
        if rungs and (max(fitted) < 1.1 * max(rungs[-1][:2]) or min(fitted) == min(rungs[-1][:2])):
            continue
        rungs.append((*fitted, picture, sound))
    return rungs[::-1]


def even(side: float, most: int) -> int:
    """The nearest even number of pixels up to `most`; 4:2:0 video has no odd sides."""
    return max(min(round(side / 2) * 2, most // 2 * 2), 2)


async def process(children: Children, ffmpeg: str, place: Workplace) -> ProcessedVideo:
    """Everything for one film, into `made`."""
    limits = children.limits
    seen = await probes.probe(children, ffmpeg, place.folder, "mov")
    probes.require_minimum(seen.duration_ms, limits, "video")
    if min(seen.width, seen.height) < LEAST_SIDE:
        raise MediaRefused("The video's picture is too small to be watched; upload a larger one.")
    rungs = ladder(seen.width, seen.height)
    await children.tool(
        hls(ffmpeg, seen, rungs, children), place.folder,
        seconds=probes.conversion_seconds(seen.duration_ms, limits), memory=limits.video_memory_bytes,
    )  # fmt: skip
    duration_ms = probes.played_ms(place.made / name_of(rungs[0]) / "index.m3u8")
    # The packets may have promised more than the decoder found in them.
    probes.require_minimum(duration_ms, limits, "video")
    covers = await poster(children, ffmpeg, place, duration_ms)
    await preview(children, ffmpeg, place, name_of(rungs[min(1, len(rungs) - 1)]))
    return ProcessedVideo(
        duration_ms=duration_ms, width=seen.width, height=seen.height,
        bitrate=seen.size * 8000 // duration_ms,
        renditions=[rendition(place, rung, duration_ms) for rung in rungs],
        playlist=PLAYLIST, preview=PREVIEW, covers=covers, files=place.files(),
    )  # fmt: skip


def name_of(rung: tuple[int, int, int, int]) -> str:
    """A rung's folder: its short side, as people say "720"."""
    return str(min(rung[:2]))


def rendition(place: Workplace, rung: tuple[int, int, int, int], duration_ms: int) -> VideoRendition:
    """One rung as it came out; its size is that of its segments."""
    folder = place.made / name_of(rung)
    size = sum(path.stat().st_size for path in folder.glob("*.ts"))
    return VideoRendition(rung[0], rung[1], size * 8000 // duration_ms, size, f"{folder.name}/index.m3u8")


def hls(ffmpeg: str, seen: Probe, rungs: list[tuple[int, int, int, int]], children: Children) -> list[str]:
    """One command that decodes once and encodes every rung, key frames aligned at segment edges."""
    outputs = [f"[o{index}]" for index in range(len(rungs))]
    graph = f"[0:V:0]split={len(rungs)}" + "".join(f"[i{index}]" for index in range(len(rungs)))
    for index, (width, height, _, _) in enumerate(rungs):
        graph += f";[i{index}]scale={width}:{height}:flags=bicubic,setsar=1,format=yuv420p{outputs[index]}"
    command = [*probes.reader(ffmpeg, "mov", children.limits), "-i", SOURCE, "-filter_complex", graph]
    variants = []
    for index, rung in enumerate(rungs):
        _, _, picture, sound = rung
        command += [
            "-map",
            outputs[index],
            f"-maxrate:v:{index}",
            f"{picture}k",
            f"-bufsize:v:{index}",
            f"{2 * picture}k",
        ]
        if seen.sample_rate:
            command += ["-map", "0:a:0", f"-b:a:{index}", f"{sound}k"]
        variants.append(f"v:{index}" + (f",a:{index}" if seen.sample_rate else "") + f",name:{name_of(rung)}")
    return [
        *command, *picture_options(children), *sound_options(seen),
        "-map_metadata", "-1", "-map_chapters", "-1", *hls_options(variants),
    ]  # fmt: skip


def picture_options(children: Children) -> list[str]:
    """H.264 whose only key frames are at segment edges; frames keep their own times."""
    edges = f"expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+{SEGMENT_SECONDS}))"
    return [
        "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-crf", "23",
        "-threads", str(children.limits.threads), "-g", "100000", "-sc_threshold", "0",
        "-force_key_frames", edges, "-fps_mode", "vfr",
    ]  # fmt: skip


def sound_options(seen: Probe) -> list[str]:
    """AAC, at most two channels and 48 kHz."""
    options = ["-c:a", "aac"]
    if seen.channels not in ("mono", "stereo"):
        options += ["-ac", "2"]
    if seen.sample_rate > 48000:
        options += ["-ar", "48000"]
    return options


def hls_options(variants: list[str]) -> list[str]:
    """A master playlist and one folder a rung, relative names only; segments end at every key frame."""
    return [
        "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", "-hls_flags", "independent_segments",
        "-var_stream_map", " ".join(variants), "-master_pl_name", PLAYLIST,
        "-hls_segment_filename", "made/%v/%03d.ts", "made/%v/index.m3u8",
    ]  # fmt: skip


async def poster(children: Children, ffmpeg: str, place: Workplace, duration_ms: int) -> list[str]:
    """Covers from the most typical of some frames near the start of the story, past black and titles."""
    limits = children.limits
    command = [
        *probes.reader(ffmpeg, "mov", limits), "-ss", f"{duration_ms / 10_000:.3f}", "-i", SOURCE,
        "-map", "0:V:0", "-vf", "thumbnail=n=24,scale=iw*sar:ih,setsar=1", "-frames:v", "1",
        "-map_metadata", "-1", "-f", "image2", "-update", "1",
        "-c:v", "png", "-compression_level", "1", "poster.png",
    ]  # fmt: skip
    await children.tool(command, place.folder, memory=limits.video_memory_bytes)
    return await covers_of(children, place, "poster.png")


async def covers_of(children: Children, place: Workplace, picture: str) -> list[str]:
    """480.jpg, 1280.jpg and 1920.jpg of a picture in the workplace."""
    limits = children.limits
    names: list[str] = await children.verb(
        "picture",
        place.folder,
        act="covers",
        source=picture,
        pixels=limits.pixels,
        dimension=limits.dimension,
    )
    return names


async def preview(children: Children, ffmpeg: str, place: Workplace, rung: str) -> None:
    """A clip of about half a minute, copied without a new encoding from segments of one rung."""
    segments = sorted((place.made / rung).glob("*.ts"), key=lambda path: int(path.stem))
    first = min(len(segments) // 10, max(len(segments) - PREVIEW_SEGMENTS, 0))
    joined: Path = place.folder / "preview.ts"
    with joined.open("wb") as target:
        for segment in segments[first : first + PREVIEW_SEGMENTS]:
            with segment.open("rb") as source:
                shutil.copyfileobj(source, target)
    command = [
        ffmpeg, "-hide_banner", "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-f", "mpegts",
        "-i", "preview.ts", "-map", "0", "-c", "copy", "-movflags", "+faststart",
        "-f", "mp4", f"made/{PREVIEW}",
    ]  # fmt: skip
    await children.tool(command, place.folder)


async def check_clip(children: Children, ffmpeg: str, place: Workplace) -> None:
    """MediaRefused unless the file has a picture that decodes and some duration."""
    seen = await probes.probe(children, ffmpeg, place.folder, "mov")
    if not seen.width or weight(place.made):
        raise MediaRefused(UNREADABLE)
