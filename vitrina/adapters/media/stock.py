"""Stock pictures, drawings and films: a look at what comes in, previews with watermarks, sizes that are sold."""

import re
from typing import Any

from vitrina.adapters.media import postscript, probes, sniff
from vitrina.adapters.media.fingerprints import fingerprint_of
from vitrina.adapters.media.process import UNREADABLE, Children
from vitrina.adapters.media.results import MediaRefused, StockLook, StockMade, StockWords
from vitrina.adapters.media.videos import LEAST_SIDE, even
from vitrina.adapters.media.workplace import SOURCE, Workplace

MARKS = ("neutral", "depositphotos")
CLIP_SECONDS = 8
CLIP_SIDE = 480
LEAST_MS = 1000
PREVIEW_SIDE = 950


async def look_at_picture(children: Children, place: Workplace) -> StockLook:
    """Type, sides and words of a picture or a drawing."""
    told = await _verb(children, place, "look")
    return StockLook(told["media_type"], told["width"], told["height"], words_of(told["told"]))


async def look_at_postscript(children: Children, place: Workplace) -> StockLook:
    """The same of an EPS drawing, without running it."""
    postscript.required()
    seen = await children.verb("postscript", place.folder)
    return StockLook(sniff.EPS, *postscript.sides(seen["box"]), words_of(seen["told"]))


async def look_at_film(children: Children, ffmpeg: str, place: Workplace) -> StockLook:
    """Sides, length and words of a film; every packet of it is read once."""
    seen = await probes.probe(children, ffmpeg, place.folder, "mov")
    if min(seen.width, seen.height) < LEAST_SIDE:
        raise MediaRefused("The video has no picture, or one too small to be watched; send another one.")
    if seen.duration_ms < LEAST_MS:
        raise MediaRefused("The video is shorter than a second; send a longer one.")
    fps = await frames_a_second(children, ffmpeg, place)
    words = await words_in_file(children, ffmpeg, place, "mov")
    return StockLook(sniff.MP4, seen.width, seen.height, words, seen.duration_ms, fps)


async def words_in_file(children: Children, ffmpeg: str, place: Workplace, demuxer: str) -> StockWords:
    """What is written in a film or a sound."""
    command = [
        *probes.reader(ffmpeg, demuxer, children.limits), "-i", SOURCE, "-map_chapters", "-1",
        "-f", "ffmetadata", "words.txt",
    ]  # fmt: skip
    await children.tool(command, place.folder)
    return tags_of((place.folder / "words.txt").read_text("utf-8", "replace")[: 1 << 16])


async def frames_a_second(children: Children, ffmpeg: str, place: Workplace) -> int:
    """As ffmpeg reads it from the container; 0 where it does not say."""
    command = [word if word != "error" else "info" for word in probes.reader(ffmpeg, "mov", children.limits)]
    command += ["-i", SOURCE, "-map", "0:V:0", "-c", "copy", "-frames:v", "1", "-f", "null", "-"]
    ended = await children.tool(command, place.folder)
    found = re.search(r"Video:.*? ([\d.]+) fps", ended.err.decode("utf-8", "replace"))
    return round(float(found[1])) if found else 0


def words_of(told: dict[str, Any]) -> StockWords:
    return StockWords(
        title=told.get("title", ""),
        description=told.get("description", ""),
        keywords=told.get("keywords", []),
        author=told.get("author", ""),
        taken=told.get("taken", ""),
        translations=told.get("translations", {}),
    )


def tags_of(text: str) -> StockWords:
    """The global part of an ffmetadata file; a genre is a keyword, a mere year no date."""
    found = dict(re.findall(r"^(\w+)=([^\n]*)$", text.partition("\n[")[0], re.MULTILINE))
    plain = {
        key.lower(): "".join(c if c.isprintable() else " " for c in re.sub(r"\\(.)", r"\1", value))[:5000]
        for key, value in found.items()
    }
    words = f"{plain.get('keywords', '')};{plain.get('genre', '')}"
    dates = (plain.get("date", "")[:10], plain.get("creation_time", "")[:10])
    return StockWords(
        title=plain.get("title", ""),
        description=plain.get("description", "") or plain.get("comment", ""),
        keywords=[word for part in re.split("[;,]", words) if (word := part.strip())],
        author=plain.get("artist", ""),
        taken=next((date for date in dates if re.fullmatch(r"\d{4}-\d\d-\d\d", date)), ""),
    )


# --- previews --------------------------------------------------------------------------------------------


async def process_picture(children: Children, place: Workplace, source: str = SOURCE) -> StockMade:
    """Five sizes under two watermarks; what search finds the picture by."""
    made = await _verb(children, place, "derive", source=source)
    return StockMade(made["width"], made["height"], made["colors"], fingerprint_of(made["grey"]))


async def process_postscript(children: Children, program: str, place: Workplace) -> StockMade:
    """The same of an EPS drawing."""
    width, height = await postscript.render(children, program, place, PREVIEW_SIDE)
    made = await process_picture(children, place, postscript.PAGE)
    return StockMade(width, height, made.colors, made.fingerprint)


async def process_film(children: Children, ffmpeg: str, place: Workplace) -> StockMade:
    """The same of its most typical frame, and short clips under the watermarks as MP4 and WebM."""
    seen = await probes.probe(children, ffmpeg, place.folder, "mov")
    limits = children.limits
    start = f"{seen.duration_ms / 10_000:.3f}"
    command = [
        *probes.reader(ffmpeg, "mov", limits), "-ss", start, "-i", SOURCE, "-map", "0:V:0",
        "-vf", "thumbnail=n=24,scale=iw*sar:ih,setsar=1", "-frames:v", "1", "-map_metadata", "-1",
        "-f", "image2", "-update", "1", "-c:v", "png", "-compression_level", "1", "poster.png",
    ]  # fmt: skip
    await children.tool(command, place.folder, memory=limits.video_memory_bytes)
    made = await process_picture(children, place, "poster.png")
    scale = min(CLIP_SIDE / max(seen.width, seen.height), 1)
    width, height = even(seen.width * scale, seen.width), even(seen.height * scale, seen.height)
    await children.verb("stock", place.folder, act="overlay", width=width, height=height)
    await children.tool(
        clips(ffmpeg, width, height, children), place.folder,
        seconds=probes.conversion_seconds(CLIP_SECONDS * 4000, limits), memory=limits.video_memory_bytes,
    )  # fmt: skip
    fps = await frames_a_second(children, ffmpeg, place)
    return StockMade(seen.width, seen.height, made.colors, made.fingerprint, seen.duration_ms, fps)


def clips(ffmpeg: str, width: int, height: int, children: Children) -> list[str]:
    """One command that decodes once and writes each watermark in both formats; silent, as previews are."""
    graph = f"[0:V:0]scale={width}:{height}:flags=bicubic,setsar=1,fps=16,split={len(MARKS)}"
    graph += "".join(f"[s{at}]" for at in range(len(MARKS)))
    command = [*probes.reader(ffmpeg, "mov", children.limits), "-t", str(CLIP_SECONDS), "-i", SOURCE]
    outputs: list[str] = []
    for at, mark in enumerate(MARKS):
        command += ["-f", "image2", "-protocol_whitelist", "file", "-i", f"{mark}.png"]
        graph += f";[s{at}][{at + 1}:v]overlay=format=auto,format=yuv420p,split[a{at}][b{at}]"
        outputs += [
            "-map", f"[a{at}]", "-c:v", "libx264", "-preset", "veryfast", "-crf", "27", "-an",
            "-threads", str(children.limits.threads), "-map_metadata", "-1", "-movflags", "+faststart",
            "-f", "mp4", f"made/{mark}/preview.mp4",
            "-map", f"[b{at}]", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "16", "-b:v", "600k",
            "-an", "-map_metadata", "-1", "-f", "webm", f"made/{mark}/preview.webm",
        ]  # fmt: skip
    return [*command, "-filter_complex", graph, *outputs]


async def fingerprint(children: Children, place: Workplace) -> int:
    """Of any picture, however it came here."""
    return fingerprint_of(await _verb(children, place, "grey"))


# --- what is sold ----------------------------------------------------------------------------------------


async def render_picture(children: Children, place: Workplace, side: int, stem: str) -> str:
    """A picture or drawing with this longest side; the name of the file."""
    name: str = await _verb(children, place, "render", side=side, stem=stem)
    return name


async def render_postscript(children: Children, program: str, place: Workplace, side: int, stem: str) -> str:
    """An EPS drawing as a JPEG with this longest side; the name of the file."""
    await postscript.render(children, program, place, side)
    name: str = await _verb(
        children, place, "render", side=side, stem=stem, source=postscript.PAGE, drawing=True
    )
    return name


async def render_film(
    children: Children, ffmpeg: str, place: Workplace, width: int, height: int, stem: str
) -> str:
    """A film scaled down, its sound kept; the name of the file."""
    seen = await probes.probe(children, ffmpeg, place.folder, "mov")
    limits = children.limits
    command = [
        *probes.reader(ffmpeg, "mov", limits), "-i", SOURCE, "-map", "0:V:0", "-map", "0:a:0?",
        "-vf", f"scale={even(width, width + 1)}:{even(height, height + 1)}:flags=lanczos,setsar=1,format=yuv420p",
        "-c:v", "libx264", "-preset", "fast", "-crf", "19", "-threads", str(limits.threads), "-fps_mode", "vfr",
        "-c:a", "aac", "-b:a", "192k", "-map_metadata", "-1", "-map_chapters", "-1",
        "-movflags", "+faststart", "-f", "mp4", f"made/{stem}.mp4",
    ]  # fmt: skip
    seconds = probes.conversion_seconds(seen.duration_ms, limits)
    await children.tool(command, place.folder, seconds=seconds, memory=limits.video_memory_bytes)
    if not (place.made / f"{stem}.mp4").exists():
        raise MediaRefused(UNREADABLE)
    return f"{stem}.mp4"


async def _verb(children: Children, place: Workplace, act: str, **arguments: Any) -> Any:
    limits = children.limits
    return await children.verb(
        "stock", place.folder, act=act, pixels=limits.pixels, dimension=limits.dimension, **arguments
    )
