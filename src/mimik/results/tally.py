"""Counts of what one person showed: the figures of a number, and which states were on and for how long."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mimik.results.gaps import longest_step

FIGURES = ("mean", "sd", "median", "peak")
"""Of a number, over frames: the mean, the standard deviation (n - 1), the exact median, the highest value."""
ACTIVITY = ("share", "seconds", "activations")
"""Of a state: its part of the time, its time, and how many times it began."""


MOST_KEPT = 100_000
"""Values of a number that are kept before they are counted."""


@dataclass(slots=True)
class Numbers:
    """A number's values. Files round them, so memory grows with the distinct ones, not with the frames."""

    counts: Counter[float] = field(default_factory=Counter)
    several: list[NDArray[np.float64]] = field(default_factory=list)
    """Those of many frames at once, which aren't counted yet."""
    kept: int = 0
    """How many these are."""

    def add(self, value: float) -> None:
        """Count one frame."""
        self.counts[value] += 1

    def add_all(self, values: NDArray[np.float64]) -> None:
        """Count the frames of an array."""
        self.several.append(values)
        self.kept += len(values)
        if self.kept > MOST_KEPT:
            self._count()

    def _count(self) -> None:
        for values in self.several:
            distinct, times = np.unique(values, return_counts=True)
            self.counts.update(dict(zip(distinct.tolist(), times.tolist(), strict=True)))
        self.several, self.kept = [], 0

    def _counted(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The distinct values in their order, and how often each is there."""
        if not self.counts:
            return np.unique(np.concatenate([*self.several, np.empty(0)]), return_counts=True)
        self._count()
        values = np.fromiter(self.counts.keys(), np.float64, len(self.counts))
        times = np.fromiter(self.counts.values(), np.int64, len(self.counts))
        order = np.argsort(values)
        return values[order], times[order]

    def figures(self) -> dict[str, float | None]:
        """The FIGURES, rounded to six digits; None where there is no value, or one only for a deviation."""
        values, times = self._counted()
        if not (total := int(times.sum())):
            return dict.fromkeys(FIGURES)
        mean = math.fsum((values * times).tolist()) / total
        off = math.fsum((times * (values - mean) ** 2).tolist())
        spread = round(math.sqrt(off / (total - 1)), 6) if total > 1 else None
        peak = float(values[-1])
        return {"mean": round(mean, 6), "sd": spread, "median": _median(values, times), "peak": peak}


def _median(values: NDArray[np.float64], times: NDArray[np.int64]) -> float:
    """The exact median of distinct values in their order, and how often each is there."""
    passed = np.cumsum(times)
    half = passed[-1] / 2
    at = int(np.searchsorted(passed, half))
    if passed[at] == half:  # It lies between two.
        return round(float(values[at] + values[at + 1]) / 2, 6)
    return float(values[at])


@dataclass(slots=True)
class States:
    """Which states of a task were on: one label, or several active units at once."""

    frames: Counter[str] = field(default_factory=Counter)
    """State to the frames in which it was on."""
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    begun: Counter[str] = field(default_factory=Counter)
    """State to how many times it began."""
    shown: int = 0
    """Frames in all."""
    whole_s: float | None = None
    """Seconds in all; None if no time is known."""
    several: bool = False
    """Whether a frame had several faces: then nobody can say when a state of one of them began."""
    _on: frozenset[str] = frozenset()
    _ends_s: float = math.inf
    """From when on what is on has begun anew."""

    def add(
        self, states: Sequence[str], time_s: float | None, seconds: float | None, *, again: bool = False
    ) -> None:
        """Count one face of a frame.

        Args:
            states: Those that are on.
            time_s: Of the frame; None if it isn't known.
            seconds: How long the frame lasts; None if it isn't known.
            again: Whether it is a further face of the same frame.
        """
        self.shown += 1
        self.several |= again
        if seconds is not None:
            self.whole_s = (self.whole_s or 0.0) + seconds
        before = frozenset[str]() if time_s is not None and time_s > self._ends_s else self._on
        for state in states:
            self.frames[state] += 1
            self.seconds[state] += seconds or 0.0
            self.begun[state] += state not in before
        self._on = frozenset(states)
        self._ends_s = math.inf if time_s is None or not seconds else time_s + longest_step(seconds)

    def activity(self) -> dict[str, dict[str, float | None]]:
        """State to its ACTIVITY; the share is one of frames where no time passes."""
        return {state: self._of(state) for state in self.frames}

    def idle(self) -> dict[str, float | None]:
        """The ACTIVITY of a state that never was on."""
        return self._of("") if self.shown else dict.fromkeys(ACTIVITY)

    def _of(self, state: str) -> dict[str, float | None]:
        on, whole = (self.seconds, self.whole_s) if self.whole_s else (self.frames, self.shown)
        seconds = None if self.whole_s is None else round(self.seconds.get(state, 0.0), 3)
        return {
            "share": round(on.get(state, 0) / whole, 6),
            "seconds": seconds,
            "activations": None if self.several else self.begun[state],
        }


def vote(frames: Counter[str], unsure: Iterable[str] = ()) -> str | None:
    """The value of most frames, an unsure one only if there is no other; None where there is none."""
    said = {value: n for value, n in frames.items() if value not in unsure}
    return max(said or frames, key=frames.__getitem__, default=None)
