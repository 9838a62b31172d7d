"""Counts of what one person showed: the figures of a number, and which states were on and for how long."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mimik.results.gaps import GAP_STEPS

FIGURES = ("mean", "sd", "median", "peak")
"""Of a number, over frames: the mean, the standard deviation (n - 1), the exact median, the highest value."""
ACTIVITY = ("share", "seconds", "activations")
"""Of a state: its part of the time, its time, and how many times it began."""


@dataclass(slots=True)
class Numbers:
    """A number's values. Files round them, so memory grows with the distinct ones, not with the frames."""

    counts: Counter[float] = field(default_factory=Counter)

    def add(self, value: float) -> None:
        """Count one frame."""
        self.counts[value] += 1

    def figures(self) -> dict[str, float | None]:
        """The FIGURES, rounded to six digits; None where there is no value, or one only for a deviation."""
        total = self.counts.total()
        if not total:
            return dict.fromkeys(FIGURES)
        mean = math.fsum(value * n for value, n in self.counts.items()) / total
        off = math.fsum(n * (value - mean) ** 2 for value, n in self.counts.items())
        spread = round(math.sqrt(off / (total - 1)), 6) if total > 1 else None
        return {"mean": round(mean, 6), "sd": spread, "median": self.median(), "peak": max(self.counts)}

    def median(self) -> float:
        """The exact median.

        Raises:
            ValueError: There is no value.
        """
        half, passed, lower = self.counts.total() / 2, 0, None
        for value in sorted(self.counts):
            passed += self.counts[value]
            if lower is not None:
                return round((lower + value) / 2, 6)
            if passed > half:
                return value
            if passed == half:
                lower = value
        raise ValueError("no values")


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
        self._ends_s = math.inf if time_s is None or not seconds else time_s + GAP_STEPS * seconds

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
