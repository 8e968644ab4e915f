"""What a film or song is before it is converted: streams as really decoded, duration as really stored."""

import re
from pathlib import Path

import msgspec

from vitrina.adapters.media.process import UNREADABLE, Children
from vitrina.adapters.media.results import MediaLimits, MediaRefused, MediaUnavailable
from vitrina.adapters.media.workplace import SOURCE

CUT_SHORT = "The file is cut short: its end is missing; upload the whole file again."
# No decoder beyond what films and songs are made with ever sees an untrusted byte.
DECODERS = (
    "h264,hevc,av1,libdav1d,vp8,vp9,libvpx-vp9,mpeg4,mpeg2video,mpeg1video,h263,mjpeg,prores,dnxhd,"
    "aac,aac_fixed,mp3,mp3float,mp2,ac3,eac3,alac,flac,opus,libopus,vorbis,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_f32le,dca,truehd"
)
EDGE_MS = 50
"""How much less than the minimum still counts: an encoder's padding or the last frame of a film."""


class Probe(msgspec.Struct, frozen=True):
    """Streams of a file. Sides as shown (rotated, square pixels), 0 without picture; size in bytes."""

    duration_ms: int
    size: int
    width: int = 0
    height: int = 0
    sample_rate: int = 0
    channels: str = ""


def reader(ffmpeg: str, demuxer: str, limits: MediaLimits) -> list[str]:
    """The start of every command on an untrusted file; input options such as -ss may follow."""
    return [
        ffmpeg, "-hide_banner", "-v", "error", "-nostdin", "-y",
        "-protocol_whitelist", "file,pipe", "-codec_whitelist", DECODERS,
        "-max_pixels", str(limits.video_pixels), "-f", demuxer,
    ]  # fmt: skip


async def probe(children: Children, ffmpeg: str, work: Path, demuxer: str) -> Probe:
    """Decode one frame of each stream and read all packets once; the duration is that of the packets."""
    limits = children.limits
    size = (work / SOURCE).stat().st_size
    streams = ["-map", "0:a:0"] if demuxer == "mp3" else ["-map", "0:V:0", "-map", "0:a:0?"]
    command = [
        *reader(ffmpeg, demuxer, limits), "-i", SOURCE,
        *streams, "-frames:v", "1", "-frames:a", "1", "-f", "framecrc", "probe.txt",
        *streams, "-c", "copy", "-f", "null", "-",
        "-progress", "pipe:1", "-nostats",
    ]  # fmt: skip
    # 20 MB/s is a slow disk's pace for the one full read.
    ended = await children.tool(
        command, work, seconds=limits.seconds + size / 20e6, memory=limits.video_memory_bytes
    )
    if b"partial file" in ended.err:
        raise MediaRefused(CUT_SHORT)
    return parse((work / "probe.txt").read_text(), ended.out.decode("ascii", "replace"), size)


def parse(streams: str, progress: str, size: int) -> Probe:
    """Read ffmpeg's frame list header and its last progress report."""
    facts = {
        (key, index): value
        for key, index, value in re.findall(r"^#(\w+) (\d+): (.+)$", streams, re.MULTILINE)
    }
    kinds = {value: index for (key, index), value in facts.items() if key == "media_type"}
    times = re.findall(r"^out_time_us=(\d+)$", progress, re.MULTILINE)
    if not times:
        raise MediaRefused(UNREADABLE)
    width = height = 0
    if "video" in kinds:
        width, height = shown_size(facts, kinds["video"])
    sound = kinds.get("audio", "-")
    return Probe(
        duration_ms=int(times[-1]) // 1000,
        size=size,
        width=width,
        height=height,
        sample_rate=int(facts.get(("sample_rate", sound), "0")),
        channels=facts.get(("channel_layout_name", sound), ""),
    )


def shown_size(facts: dict[tuple[str, str], str], index: str) -> tuple[int, int]:
    """Width and height with square pixels."""
    width, height = (int(side) for side in facts["dimensions", index].split("x"))
    wide, tall = (int(side) for side in facts.get(("sar", index), "1/1").split("/"))
    # A shape beyond 4:1 is a forged header, not an anamorphic film.
    if wide > 0 and tall > 0 and wide != tall and tall <= 4 * wide and wide <= 4 * tall:
        width = max(round(width * wide / tall), 1)
    return width, height


def require_minimum(duration_ms: int, limits: MediaLimits, noun: str) -> None:
    """MediaRefused when shorter than the shop accepts."""
    if duration_ms < limits.minimum_ms - EDGE_MS:
        least = limits.minimum_ms // 1000
        raise MediaRefused(
            f"The {noun} lasts {duration_ms / 1000:.1f} s, but {least} s are the least; upload a longer one."
        )


def conversion_seconds(duration_ms: int, limits: MediaLimits) -> float:
    """Wall time granted to a conversion."""
    return min(limits.seconds + limits.pace * duration_ms / 1000, limits.conversion_seconds)


def played_ms(playlist: Path) -> int:
    """Duration of an HLS playlist of ours: the sum of what was decoded and encoded into its segments."""
    lengths = re.findall(r"^#EXTINF:([\d.]+)", playlist.read_text(), re.MULTILINE)
    if not lengths:
        raise MediaUnavailable("the converter wrote an empty playlist")
    return round(sum(float(length) for length in lengths) * 1000)
