"""What a row of the table says: figures of both sides from the same run, and the goals they are held against."""

from collections.abc import Sequence
from statistics import median

import msgspec


class BenchFailed(Exception):
    """A row could not be measured; the text is a sentence to a person."""


class Goal(msgspec.Struct, frozen=True):
    """What the ratio (or the difference) of ours to theirs has to be."""

    text: str
    least: float | None = None
    most: float | None = None
    difference: bool = False

    def holds(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def at_least(ratio: float) -> Goal:
    return Goal(f"≥ {ratio:g}×", least=ratio)


def at_most(ratio: float) -> Goal:
    return Goal(f"≤ {ratio:g}×", most=ratio)


def at_most_more(difference: float, unit: str) -> Goal:
    return Goal(f"≤ +{difference:g} {unit}", most=difference, difference=True)


class Figure(msgspec.Struct, frozen=True):
    """One quantity, measured several times on both sides. `ours` and `theirs` hold a value a round."""

    name: str
    ours: Sequence[float]
    theirs: Sequence[float]
    goal: Goal | None = None

    @property
    def ratio(self) -> float:
        """Median against median; a difference where the goal is one."""
        ours, theirs = median(self.ours), median(self.theirs)
        return ours - theirs if self.goal and self.goal.difference else ours / theirs

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "met" if self.goal.holds(self.ratio) else "missed"

    @property
    def cells(self) -> list[str]:
        """Name, ours, theirs, ratio, goal, verdict."""
        ratio = f"{self.ratio:+.2f}" if self.goal and self.goal.difference else f"{self.ratio:.2f}×"
        goal = self.goal.text if self.goal else ""
        return [self.name, spread(self.ours), spread(self.theirs), ratio, goal, self.verdict]


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
