"""Blinks: how far the eyes are open, frame by frame, as stretches in which they are shut.

A blink takes a tenth to four tenths of a second (Stern, Walrath and Goldstein 1984); eyes that stay shut for
longer are closed. Times are those of frames, whatever their rate: a frame lasts until the next one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from mimik.errors import OptionError

SLACK_S = 1e-3
"""By how much times may be off, which are rounded: 0.5 s mustn't become 0.5000001."""


@dataclass(frozen=True, slots=True)
class BlinkOptions:
    """When eyes count as shut."""

    shut_below: float = 0.3
    """They shut when they are less open than this, of 0 (shut) to 1 (open). A still has to be surer than this
    (mimik.tasks.mesh): here the fall and rise tell, too."""
    open_above: float = 0.45
    """They open again when they are more open than this."""
    settle_s: float = 0.2
    """Or when they were not below shut_below for so long: narrow eyes may never be above the other."""
    longest_s: float = 0.5
    """Shut for no longer than this is a blink."""
    bridge_s: float = 0.1
    """How long they may be unseen and still be the same."""
    slowest_s: float = 0.12
    """Where frames are further apart on average, blinks fall between them and aren't counted."""

    def __post_init__(self) -> None:
        if not 0 < self.shut_below <= self.open_above < 1:
            raise OptionError(
                f"eyes must shut below and open above 0 to 1, in this order, not {self.shut_below:g} and "
                f"{self.open_above:g}"
            )
        for name in ("settle_s", "longest_s", "bridge_s", "slowest_s"):
            if not getattr(self, name) >= 0:
                raise OptionError(f"{name} must be 0 seconds or more, not {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class Closure:
    """A stretch in which the eyes are shut."""

    start_s: float
    """Time of the first frame that shows them shut."""
    end_s: float
    """Time of the first one that shows them open again."""
    whole: bool
    """Whether both were seen: the eyes were open in a frame before, and in one after."""
    is_blink: bool
    """Whether it is whole, and no longer than a blink."""

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return self.end_s - self.start_s


class EyeWatch:
    """Finds the closures of one person's eyes; holds state, so one per person.

    Args:
        options: When eyes count as shut.
    """

    def __init__(self, options: BlinkOptions | None = None) -> None:
        self._options = options or BlinkOptions()
        self._ends_s = -math.inf
        """Until when the frames so far last."""
        self._start_s: float | None = None
        """Since when they are shut; None while they are open."""
        self._began = False
        """Whether that was seen to begin."""
        self._shut_to_s = 0.0
        """Until when frames showed them shut."""
        self._seen = False
        """Whether the frame before showed them, shut or open."""

    @property
    def shut(self) -> bool:
        """Whether they are shut now."""
        return self._start_s is not None

    def add(self, time_s: float, seconds: float, openness: float) -> list[Closure]:
        """Take the next frame that shows the eyes.

        Args:
            time_s: Of the frame; times rise.
            seconds: How long it lasts.
            openness: 0 (shut) to 1 (open).

        Returns:
            The closures that are over now: seldom one, two where one was cut off by a gap.
        """
        found = []
        if time_s - self._ends_s > self._options.bridge_s + SLACK_S:
            found += self.finish()
        low = openness < self._options.shut_below
        if self._start_s is None:
            if low:
                self._start_s, self._began = time_s, self._seen
        elif not low and (end_s := self._open_from(time_s + seconds, openness, time_s)) is not None:
            found.append(self._closure(end_s, ended=True))
            self._start_s = None
        if low:
            self._shut_to_s = time_s + seconds
        self._ends_s, self._seen = time_s + seconds, True
        return found

    def _open_from(self, until_s: float, openness: float, time_s: float) -> float | None:
        """Since when shut eyes are open again; None if they aren't."""
        if openness > self._options.open_above:
            return time_s
        return self._shut_to_s if until_s - self._shut_to_s > self._options.settle_s + SLACK_S else None

    def finish(self) -> list[Closure]:
        """What is cut off where nothing more is seen; the next frame begins anew."""
        found = [] if self._start_s is None else [self._closure(self._ends_s, ended=False)]
        self._start_s, self._seen = None, False
        return found

    def _closure(self, end_s: float, *, ended: bool) -> Closure:
        assert self._start_s is not None
        whole = self._began and ended
        short = end_s - self._start_s <= self._options.longest_s + SLACK_S
        return Closure(self._start_s, end_s, whole, whole and short)


@dataclass(frozen=True, slots=True)
class BlinkFigures:
    """What a person's blinks come to."""

    blinks: int | None
    """How many; None where frames are too far apart to tell."""
    blinks_per_minute: float | None
    """Over the time in which the eyes were seen."""
    blink_mean_s: float | None
    """Mean duration, in seconds; None where there is none."""
    shut_times: int | None
    """How many times they were shut for longer than a blink, or not seen to open or shut."""
    shut_seconds: float | None
    """How long that was, in all."""


def figures_of(
    closures: Iterable[Closure], frames: int, seconds: float, options: BlinkOptions | None = None
) -> BlinkFigures:
    """What closures come to.

    Args:
        closures: Of one person.
        frames: How many showed the eyes.
        seconds: How long these last together.
        options: When eyes count as shut.
    """
    slowest_s = (options or BlinkOptions()).slowest_s
    if not frames or not 0 < seconds / frames <= slowest_s:
        return BlinkFigures(None, None, None, None, None)
    found = list(closures)
    blinks = [closure.duration_s for closure in found if closure.is_blink]
    others = [closure.duration_s for closure in found if not closure.is_blink]
    return BlinkFigures(
        blinks=len(blinks),
        blinks_per_minute=round(60 * len(blinks) / seconds, 3),
        blink_mean_s=round(fmean(blinks), 4) if blinks else None,
        shut_times=len(others),
        shut_seconds=round(sum(others), 3),
    )


class BlinkCount:
    """Counts one person's blinks, of readings of a mesh; see mimik.results.events.Events."""

    reads = ("raw_eye_openness_left", "raw_eye_openness_right")
    """Columns that it reads, without the task's name."""
    names = BlinkFigures.__slots__
    """Figures that it gives, without the task's name."""

    def __init__(self, options: BlinkOptions | None = None) -> None:
        self._options = options or BlinkOptions()
        self._watch = EyeWatch(self._options)
        self._closures: list[Closure] = []
        self._frames = 0
        self._seconds = 0.0

    def add(self, time_s: float, seconds: float, values: Mapping[str, float | None]) -> None:
        """Take one frame.

        Args:
            time_s: Of the frame.
            seconds: How long it lasts.
            values: Of reads.
        """
        seen = [value for value in values.values() if value is not None]
        if not seen:
            return
        self._closures += self._watch.add(time_s, seconds, openness_of(seen))
        self._frames += 1
        self._seconds += seconds

    def figures(self) -> dict[str, float | None]:
        """The figures by their names, when all frames were taken."""
        closures = [*self._closures, *self._watch.finish()]
        figures = figures_of(closures, self._frames, self._seconds, self._options)
        return {name: getattr(figures, name) for name in self.names}


def openness_of(eyes: list[float]) -> float:
    """How far a person's eyes are open, of what is seen of each: shut are they only if both are."""
    return max(eyes)
