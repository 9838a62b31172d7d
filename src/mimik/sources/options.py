"""Which frames are taken, and what may be decoded."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

from mimik.errors import OptionError

Colour: TypeAlias = Literal["rgb", "bgr", "grey"]
"""Order of an array's channels."""


LATER = ("fps", "track")
"""Options that stand among the settings only where they are given."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Which frames are taken, and what may be decoded.

    The time range, every and max_fps choose among the frames of what moves; a still picture is
    always taken.
    """

    start_s: float = 0.0
    """Frames before this time are left out, seconds from the first frame."""
    end_s: float | None = None
    """Frames at or after this time are left out."""
    every: int = 1
    """Take every Nth frame, the first of the time range and on from there."""
    max_fps: float | None = None
    """Take at most this many frames per second of the source's own time."""
    max_size: int | None = None
    """Frames with a longer side than this are scaled down to it, in pixels."""
    max_pixels: int = 100_000_000
    """Pictures with more pixels are refused before they are decoded."""
    fps: float | None = None
    """Frames per second of what doesn't say when its frames were taken: a raw stream (.h264, .mjpeg)."""
    track: int | None = None
    """Which of several moving pictures in a file is read, from 1; None is the one that the file names."""
    skip: int = 0
    """Of the frames that are taken, so many from the first aren't given: where a run goes on."""
    patience_s: float = 10.0
    """How long a live source may be silent, and is reconnected to, before it is given up."""
    threads: int | None = None
    """Threads that decode a video; None is one a core, 4 at most."""

    def __post_init__(self) -> None:
        _check_kinds(self)
        end_s = math.inf if self.end_s is None else self.end_s
        if not 0 <= self.start_s < end_s or math.isinf(self.start_s):
            until = "on" if self.end_s is None else f"to {self.end_s:g} s"
            raise OptionError(
                f"the time range from {self.start_s:g} s {until} is empty or negative "
                "(start_s and end_s, --start and --end)"
            )
        if self.skip < 0:
            raise OptionError(f"skip must be 0 or more, not {self.skip}")
        if self.every < 1:
            raise OptionError(f"every (--every) must be 1 or more, not {self.every}")
        if self.max_fps is not None and not self.max_fps > 0:
            raise OptionError(f"frames a second (max_fps, --max-fps) must be above 0, not {self.max_fps:g}")
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise OptionError(f"the rate of a raw stream (fps, --fps) must be 0 to 1000, not {self.fps:g}")
        if self.track is not None and self.track < 1:
            raise OptionError(f"the track (track, --track) must be 1 or more, not {self.track}")
        if self.max_size is not None and self.max_size < 16:
            raise OptionError(
                f"the longer side (max_size, --max-size) must be 16 pixels or more, not {self.max_size}"
            )
        if self.max_pixels < 1:
            raise OptionError(
                f"the limit of pixels (max_pixels, --max-pixels) must be 1 or more, not {self.max_pixels}"
            )
        if not self.patience_s > 0:
            raise OptionError(
                f"the patience (patience_s, --patience) must be above 0 seconds, not {self.patience_s:g}"
            )
        if self.threads is not None and self.threads < 1:
            raise OptionError(f"threads must be 1 or more, not {self.threads}")

    def settings(self) -> dict[str, Any]:
        """Those that change what is read, JSON-safe, as RunInfo's settings hold them under "frames"."""
        values = dataclasses.asdict(self)
        # Whether a source can be read at all, and how fast, changes nothing in what was read.
        for name in ("skip", "max_pixels", "patience_s", "threads"):
            del values[name]
        # Runs of before there was such an option go on as they are.
        return {name: value for name, value in values.items() if value is not None or name not in LATER}


@dataclass(frozen=True, slots=True)
class SoundOptions:
    """Which sound of a source is read, and how it is handed over."""

    audio_track: int | None = None
    """Which of several audio tracks is read, from 1; None is the one that the file names."""
    channel: int | None = None
    """The one channel that is read, from 1; None mixes all of them."""
    track: int | None = None
    """The moving picture whose first frame is time 0, as SourceOptions.track; None is the one that the
    file names."""
    start_s: float | None = None
    """What comes before this time is left out, seconds on the clock of the picture; None leaves out
    nothing, not even what is heard before the first picture."""
    end_s: float | None = None
    """What comes at or after this time is left out."""
    block_s: float = 1.0
    """Length of what is handed over at once, in seconds."""
    patience_s: float = 10.0
    """How long a live source may be silent, and is reconnected to, before it is given up."""

    def __post_init__(self) -> None:
        _check_kinds(self)
        for name in ("audio_track", "channel", "track"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise OptionError(f"{name} must be 1 or more, not {number}")
        start_s = -math.inf if self.start_s is None else self.start_s
        end_s = math.inf if self.end_s is None else self.end_s
        if not start_s < end_s or math.inf in (start_s, -end_s):
            raise OptionError(
                f"the time range of the sound, {start_s:g} to {end_s:g} s, is empty (start_s and end_s)"
            )
        if not 0.01 <= self.block_s <= 600:
            raise OptionError(f"block_s must be 0.01 to 600 seconds, not {self.block_s:g}")
        if not self.patience_s > 0:
            raise OptionError(f"patience_s must be above 0 seconds, not {self.patience_s:g}")


def _check_kinds(options: SourceOptions | SoundOptions) -> None:
    """Refuse what is no number, such as a text that was read from a file."""
    for option in dataclasses.fields(options):
        value = getattr(options, option.name)
        if value is None and option.default is None:
            continue
        whole = "int" in str(option.type)
        if not isinstance(value, Integral if whole else Real):
            kind = "a whole number" if whole else "a number"
            raise OptionError(f"{option.name} must be {kind}, not {value!r}")
