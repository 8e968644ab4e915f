"""Which of the 17 colours that people search by a picture shows most. Pure arithmetic on a few hundred dots."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator

# Numbers and values as the enterprise contract has them.
PALETTE = {
    1: 0x00007C, 2: 0x0005FD, 3: 0x01FFFF, 4: 0x027F00, 5: 0x04FE00, 6: 0xFFFF00, 7: 0xF9BE00, 8: 0xFECD9B,
    9: 0xFE0000, 10: 0x7E0004, 11: 0x653201, 12: 0xFF01FF, 13: 0x810081, 14: 0xBFBFBF, 15: 0x7A7A7A,
    16: 0x000000, 17: 0xFFFFFF,
}  # fmt: skip
MOST = 5
LEAST_SHARE = 0.05
WHITE_POINT = (0.95047, 1.0, 1.08883)
# Where chroma is half way to "as coloured as it gets": people call a dull green green, not grey.
CHROMA_REACH = 12.0

Point = tuple[float, float, float]


def dominant(dots: Iterable[tuple[int, int, int]]) -> list[int]:
    """Numbers of the colours that most dots come nearest to, the most frequent first; at least one, at most five."""
    same = Counter(dots)
    counts: Counter[int] = Counter()
    for dot, times in same.items():
        counts[nearest(*dot)] += times
    if not counts:
        return []
    total = counts.total()
    ordered = [number for number, times in counts.most_common(MOST) if times >= total * LEAST_SHARE]
    return ordered or [counts.most_common(1)[0][0]]


def nearest(red: int, green: int, blue: int) -> int:
    """The colour of the palette that looks most like this one."""
    point = seen(red, green, blue)
    return min(_POINTS, key=lambda number: math.dist(_POINTS[number], point))


def seen(red: int, green: int, blue: int) -> Point:
    """A place in CIE L*a*b* whose chroma is compressed: hue counts early, more and more saturation little."""
    lightness, a, b = lab(red, green, blue)
    chroma = math.hypot(a, b)
    scale = 100 * (1 - math.exp(-chroma / CHROMA_REACH)) / chroma if chroma else 0.0
    return lightness, a * scale, b * scale


def lab(red: int, green: int, blue: int) -> Point:
    """CIE L*a*b* of an sRGB colour under D65."""
    r, g, b = (_linear(value / 255) for value in (red, green, blue))
    xyz = (
        0.4124564 * r + 0.3575761 * g + 0.1804375 * b,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        0.0193339 * r + 0.1191920 * g + 0.9503041 * b,
    )
    x, y, z = (_root(value / white) for value, white in zip(xyz, WHITE_POINT, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _root(value: float) -> float:
    return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116


def dots_of(data: bytes, bands: int) -> Iterator[tuple[int, int, int]]:
    """The dots of 8-bit sRGB data; those that are hardly there (alpha) are left out."""
    step = 16  # finer differences change no name
    for at in range(0, len(data), bands):
        if bands == 4 and data[at + 3] < 128:
            continue
        red, green, blue = (value // step * step + step // 2 for value in data[at : at + 3])
        yield red, green, blue


_POINTS = {number: seen(value >> 16, value >> 8 & 255, value & 255) for number, value in PALETTE.items()}
