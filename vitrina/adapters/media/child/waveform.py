"""The shape of sound: loudness peaks gathered from decoded samples while a tool converts the file."""

import array
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

RATE = 8000
POINTS = 1000
# 20 windows a second: two and a half days of sound keep below 5 MB.
WINDOW = RATE // 20


def main(arguments: dict[str, Any]) -> dict[str, Any]:
    """Run `command`, which says mono s16 samples at RATE; write the shape; {"samples": count}."""
    # The tool inherits group, limits and namespace, but not the death signal.
    with subprocess.Popen(arguments["command"], stdout=subprocess.PIPE, preexec_fn=tie_to_parent) as tool:
        assert tool.stdout is not None
        samples, peaks = gather(tool.stdout.fileno())
    if tool.returncode:
        # Die as the tool died, so that the server explains one cause, not two.
        if tool.returncode < 0:
            os.kill(os.getpid(), -tool.returncode)
        sys.exit(tool.returncode)
    points = reduce(peaks)
    Path("made/waveform.json").write_text(json.dumps({"points": points}, separators=(",", ":")))
    Path("made/waveform.svg").write_text(drawn(points))
    return {"samples": samples}


def tie_to_parent() -> None:
    """Have the kernel kill the tool when this process dies; safe here, this process has one thread."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)


def gather(descriptor: int) -> "tuple[int, array.array[int]]":
    """Count samples and keep the peak (0..32768) of each window."""
    samples, rest, peaks = 0, b"", array.array("H")
    while block := os.read(descriptor, 1 << 18):
        block = rest + block
        whole = len(block) - len(block) % (2 * WINDOW)
        block, rest = block[:whole], block[whole:]
        values = array.array("h", block)
        samples += len(values)
        for at in range(0, len(values), WINDOW):
            window = values[at : at + WINDOW]
            peaks.append(max(max(window), -min(window)))
    values = array.array("h", rest[: len(rest) - len(rest) % 2])
    if values:
        peaks.append(max(max(values), -min(values)))
    return samples + len(values), peaks


def reduce(peaks: "array.array[int]") -> list[int]:
    """At most POINTS peaks, scaled so that the loudest is 100; silence stays 0."""
    loudest = max(peaks, default=0)
    # Below some -60 dB there is only noise, which must not be blown up into a full waveform.
    scale = 100 / max(loudest, 33)
    count = min(POINTS, len(peaks))
    edges = [index * len(peaks) // count for index in range(count + 1)] if count else [0]
    return [round(max(peaks[a:b]) * scale) for a, b in itertools.pairwise(edges)]


def drawn(points: list[int]) -> str:
    """The waveform as SVG, made of numbers only."""
    # Each stroke covers several points at the size shown on pages; bars finer than a pixel would blur.
    bars = [max(points[at : at + 4]) for at in range(0, len(points), 4)]
    strokes = "".join(f"M{4 * at + 2} {100 - max(bar, 1)}V{100 + max(bar, 1)}" for at, bar in enumerate(bars))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(4 * len(bars), 4)} 200" '
        f'preserveAspectRatio="none">'
        f'<path d="{strokes}" stroke="#5b6ee1" stroke-width="2.4" stroke-linecap="round" fill="none"/></svg>'
    )
