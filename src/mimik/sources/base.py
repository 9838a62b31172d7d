"""What every source offers, its options, and how an address finds its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from mimik.errors import OptionError
from mimik.types import Frame


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Which frames are taken, and what may be decoded."""

    start_s: float = 0.0
    """Frames before this time are left out, seconds from the first frame."""
    end_s: float | None = None
    """Frames at or after this time are left out."""
    every: int = 1
    """Take every Nth frame."""
    max_fps: float | None = None
    """Take at most this many frames per second of the source's own time."""
    max_size: int | None = None
    """Frames with a longer side than this are scaled down to it, in pixels."""
    max_pixels: int = 100_000_000
    """Pictures with more pixels are refused before they are decoded."""
    patience_s: float = 10.0
    """How long a live source may be silent, and is reconnected to, before it is given up."""

    def __post_init__(self) -> None:
        if self.start_s < 0 or (self.end_s is not None and self.end_s <= self.start_s):
            raise OptionError(f"the time range {self.start_s} to {self.end_s} s is empty or negative")
        if self.every < 1:
            raise OptionError(f"every must be 1 or more, not {self.every}")
        if self.max_fps is not None and not self.max_fps > 0:
            raise OptionError(f"max_fps must be above 0, not {self.max_fps}")
        if self.max_size is not None and self.max_size < 16:
            raise OptionError(f"max_size must be 16 pixels or more, not {self.max_size}")
        if self.max_pixels < 1:
            raise OptionError(f"max_pixels must be 1 or more, not {self.max_pixels}")
        if not self.patience_s > 0:
            raise OptionError(f"patience_s must be above 0, not {self.patience_s}")


class Source(Protocol):
    """A stream of frames. Use it in a ``with`` block and iterate once."""

    name: str
    """Path, address or name, as in results."""
    live: bool
    """Whether the newest frame wins; a file never skips."""
    skipped: int
    """Frames of a live source that came while the reader was busy."""
    frame_count: int | None
    """Expected number of frames, for a progress bar; None if unknown."""
    fps: float | None
    """Mean frames per second, None for a picture or if unknown."""
    problem: str | None
    """Why a file ended early (a video cut in half), None if nothing went wrong."""

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
