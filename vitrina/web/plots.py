"""Plots without a script: where each bar of an SVG drawing stands."""

import msgspec

WIDTH, HEIGHT = 400, 150
_STEPS = (1, 2, 5)


class Bar(msgspec.Struct, frozen=True):
    x: float
    y: float
    width: float
    height: float


class Plot(msgspec.Struct, frozen=True):
    """Bars from left to right, and (height, value) of the lines behind them."""

    bars: list[Bar]
    lines: list[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT


def columns(values: list[int], unit: int = 1) -> Plot:
    """A column for each value. `unit` is the least that a line may stand for, such as 100 kopecks."""
    step = _step(max(values, default=0), unit)
    top = max(step, -(-max(values, default=0) // step) * step)
    each = WIDTH / max(1, len(values))
    gap = min(3.0, each / 4)
    drawn = [
        Bar(
            round(place * each + gap / 2, 2),
            round(HEIGHT - HEIGHT * value / top, 2),
            round(each - gap, 2),
            round(HEIGHT * value / top, 2),
        )
        for place, value in enumerate(values)
    ]
    lines = [(round(HEIGHT - HEIGHT * value / top, 2), value) for value in range(0, top + 1, step)]
    return Plot(drawn, lines)


def _step(most: int, unit: int) -> int:
    """A round distance between lines, so that there are at most five."""
    size = unit
    while True:
        for factor in _STEPS:
            if size * factor * 4 >= most:
                return size * factor
        size *= 10


def bars(values: list[int]) -> list[float]:
    """The share of each value in the greatest, in hundredths."""
    most = max(values, default=0)
    return [round(100 * max(0, value) / most, 1) if most > 0 else 0.0 for value in values]
