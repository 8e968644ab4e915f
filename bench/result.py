"""What a row of the table says: figures of both sides from the same run, and the goals they are held against."""

from collections.abc import Sequence
from statistics import median
from typing import Literal

import msgspec


class BenchFailed(Exception):
    """A row could not be measured; the text is a sentence to a person."""


class Goal(msgspec.Struct, frozen=True):
    """What the ratio of ours to theirs has to be, the difference between them, or ours alone."""

    text: str
    least: float | None = None
    most: float | None = None
    of: Literal["ratio", "difference", "ours"] = "ratio"

    def holds(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def at_least(ratio: float) -> Goal:
    return Goal(f"≥ {ratio:g}×", least=ratio)


def at_most(ratio: float) -> Goal:
    return Goal(f"≤ {ratio:g}×", most=ratio)


def at_most_more(difference: float, unit: str) -> Goal:
    return Goal(f"≤ +{difference:g} {unit}", most=difference, of="difference")


def ours_at_most(value: float, unit: str) -> Goal:
    return Goal(f"≤ {value:g} {unit}", most=value, of="ours")


class Figure(msgspec.Struct, frozen=True):
    """One quantity, measured several times. `ours` and `theirs` hold a value a round; a peer may have none."""

    name: str
    ours: Sequence[float]
    theirs: Sequence[float]
    goal: Goal | None = None

    @property
    def value(self) -> float | None:
        """What the goal is about, of medians: by default ours to theirs."""
        of = self.goal.of if self.goal else "ratio"
        if of == "ours":
            return median(self.ours)
        if not self.theirs:
            return None
        ours, theirs = median(self.ours), median(self.theirs)
        return ours - theirs if of == "difference" else ours / theirs

    @property
    def verdict(self) -> str:
        if self.goal is None or self.value is None:
            return ""
        return "met" if self.goal.holds(self.value) else "missed"

    @property
    def cells(self) -> list[str]:
        """Name, ours, theirs, ratio, goal, verdict."""
        theirs = spread(self.theirs) if self.theirs else "–"
        goal = self.goal.text if self.goal else ""
        return [self.name, spread(self.ours), theirs, self._ratio, goal, self.verdict]

    @property
    def _ratio(self) -> str:
        if not self.theirs:
            return ""
        if self.goal and self.goal.of == "difference":
            return f"{self.value:+.2f}"
        return f"{median(self.ours) / median(self.theirs):.2f}×"


class Result(msgspec.Struct, frozen=True):
    """A row: what was done, against whom, and the figures."""

    title: str
    peer: str
    how: str
    figures: list[Figure]


def spread(values: Sequence[float]) -> str:
    """The median, with the least and the greatest behind it."""
    middle = number(median(values))
    return f"{middle} ({number(min(values))}–{number(max(values))})" if len(values) > 1 else middle


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
