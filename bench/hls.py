"""A minute of film in 720p, made ready to play."""

import asyncio
import subprocess
import time
from pathlib import Path

from vitrina.adapters.media import Media, MediaLimits, probes, videos
from vitrina.adapters.media.process import Children
from vitrina.adapters.media.tools import find_ffmpeg
from vitrina.adapters.media.workplace import workplace

from .context import Context
from .result import BenchFailed, Figure, Result, at_most

NAME = "hls"
TIME = at_most(1.05)
GOAL = f"time {TIME.text}"


def run(context: Context) -> Result:
    """The media adapter, as the job calls it, and the one command out of it that makes the HLS."""
    folder = context.folder / "hls"
    folder.mkdir()
    ffmpeg = asyncio.run(find_ffmpeg())
    clip = _clip(ffmpeg, folder)
    command = asyncio.run(_command(ffmpeg, clip, folder))
    ours, theirs = [], []
    for turn in range(context.rounds):
        began = time.monotonic()
        made = asyncio.run(Media().process_video(clip, folder / f"ours-{turn}"))
        ours.append(time.monotonic() - began)
        theirs.append(_bare(command, clip, folder / f"theirs-{turn}"))
        if len(made.renditions) != len(list((folder / f"theirs-{turn}").glob("made/*/index.m3u8"))):
            raise BenchFailed("ffmpeg and the media adapter did not make the same renditions.")
        context.say(f"round {turn + 1}: {ours[-1]:.1f} against {theirs[-1]:.1f} s")
    context.versions["ffmpeg"] = _version(ffmpeg)
    return Result(
        "HLS of a 720p minute",
        "the same ffmpeg command alone",
        "a generated film with sound, in three renditions; Vitrina's time includes looking into the file first, limits,"
        " covers and preview",
        [Figure("seconds", ours, theirs, TIME)],
    )


def _clip(ffmpeg: str, folder: Path) -> Path:
    """A minute of moving picture with some noise, as cameras have it, and a tone."""
    clip = folder / "clip.mp4"
    sources = ("testsrc2=size=1280x720:rate=25,noise=alls=6:allf=t", "sine=frequency=330:sample_rate=44100")
    command = [ffmpeg, "-v", "error", "-nostdin", "-t", "60", "-f", "lavfi", "-i", sources[0]]
    command += ["-t", "60", "-f", "lavfi", "-i", sources[1], "-c:v", "libx264", "-preset", "ultrafast"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-c:a", "aac", clip], check=True)
    return clip


async def _command(ffmpeg: str, clip: Path, folder: Path) -> list[str]:
    children = Children(MediaLimits())
    with workplace(folder / "looked", clip, keep=False) as place:
        seen = await probes.probe(children, ffmpeg, place.folder, "mov")
    return videos.hls(ffmpeg, seen, videos.ladder(seen.width, seen.height), children)


def _bare(command: list[str], clip: Path, folder: Path) -> float:
    (folder / "made").mkdir(parents=True)
    (folder / "source").symlink_to(clip)
    began = time.monotonic()
    subprocess.run(command, cwd=folder, check=True)
    return time.monotonic() - began


def _version(ffmpeg: str) -> str:
    said = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True).stdout
    return said.removeprefix("ffmpeg version ").split()[0]
