"""How long a frame lasts, and from when on nobody was looking: one rule for summaries, plots and the app."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median, median_low
from typing import TypeVar

T = TypeVar("T")

GAP_STEPS = 5
"""A time between two frames that is longer than so many usual ones is a gap: a camera that paused, or
someone who was away. What was seen before it doesn't last through it."""
_SLACK = 0.1
"""By how much of a step times may be off, which files round."""
_RECENT = 25
"""Steps that tell what is usual."""


def longest_step(usual_s: float) -> float:
    """Seconds between two frames beyond which they are a gap apart.

    Args:
        usual_s: Those from most frames to the next.
    """
    return (GAP_STEPS + _SLACK) * usual_s


def usual_step(times_s: Sequence[float]) -> float:
    """Seconds from most frames to the next; 1 where no time passes."""
    steps = [b - a for a, b in pairwise(times_s) if b > a]
    return float(median(steps)) if steps else 1.0


def lasting(
    frames: Iterable[tuple[float | None, T]], end_s: float | None = None
) -> Iterator[tuple[T, float | None]]:
    """Each frame with the seconds that it lasts: until the next one, or in a gap as long as the one before.

    Args:
        frames: Time in seconds, rising, or None if it isn't known; and anything.
        end_s: Where the last frame ends; if None it lasts as long as the one before it, a single one no time.

    Yields:
        What came with the time, and its seconds; None where they aren't known.
    """
    recent: deque[float] = deque(maxlen=_RECENT)
    seconds: float | None = None
    held: tuple[float | None, T] | None = None
    for time_s, item in frames:
        if held is not None:
            seconds = _length(held[0], time_s, recent, seconds)
            yield held[1], seconds
        held = time_s, item
    if held is None:
        return
    if end_s is not None:
        seconds = _length(held[0], end_s, recent, seconds)
    yield held[1], 0.0 if seconds is None and held[0] is not None and not recent else seconds


def _length(
    start_s: float | None, end_s: float | None, recent: deque[float], before_s: float | None
) -> float | None:
    """How long a frame lasts until the next; before_s is how long the one before it did."""
    if start_s is None or end_s is None:
        return None
    step_s = end_s - start_s
    is_gap = bool(recent) and step_s > longest_step(median_low(recent))
    if step_s > 0:  # Gaps, too: what comes again and again is the usual.
        recent.append(step_s)
    return before_s if is_gap else max(0.0, step_s)
