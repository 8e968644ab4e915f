"""Where the tools are: ffmpeg on PATH if it can do the work, else the one that came as a wheel; pandoc; Ghostscript."""

import asyncio
import shutil
from importlib.util import find_spec
from pathlib import Path

from vitrina.adapters.media.results import MediaUnavailable

NEEDED = (b"--enable-libx264", b"--enable-libmp3lame", b"--enable-libvpx")
OLDEST = 6


async def find_ffmpeg() -> str:
    """The program's path; MediaUnavailable if there is none."""
    found = shutil.which("ffmpeg")
    if found and await is_able(found):
        return found
    bundled = sorted(packaged("imageio_ffmpeg").glob("binaries/ffmpeg-*"))
    if not bundled:
        raise MediaUnavailable(
            "no ffmpeg: install imageio-ffmpeg or put ffmpeg 6 or newer, with libx264 and libvpx, on PATH"
        )
    return str(bundled[-1])


async def is_able(program: str) -> bool:
    """New enough and built with the encoders that are used; an unknown version counts as new."""
    process = await asyncio.create_subprocess_exec(
        program, "-version", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    number = told.removeprefix(b"ffmpeg version ").lstrip(b"n").split(b".")[0]
    return all(word in told for word in NEEDED) and not (number.isdigit() and int(number) < OLDEST)


def find_pandoc() -> str:
    """The program's path; MediaUnavailable if there is none."""
    bundled = packaged("pypandoc") / "files" / "pandoc"
    found = str(bundled) if bundled.exists() else shutil.which("pandoc")
    if not found:
        raise MediaUnavailable("no pandoc: install pypandoc_binary or put pandoc on PATH")
    return found


def find_ghostscript() -> str | None:
    """The program's path; None if there is none, and EPS drawings cannot be taken in."""
    return shutil.which("gs")


def packaged(module: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = find_spec(module)
    return Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
