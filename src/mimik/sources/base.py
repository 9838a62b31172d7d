"""What every source offers."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from mimik.sources.options import SourceOptions
from mimik.tables import late
from mimik.types import Frame

if not TYPE_CHECKING:  # Documented here by 0.1.
    __getattr__ = late(
        __name__,
        {
            "SCHEMES": "mimik.sources.address",
            "SOURCES": "mimik.sources.open",
            "SUFFIXES": "mimik.sources.open",
            "expand_sources": "mimik.sources.expand",
            "open_source": "mimik.sources.open",
        },
    )


@runtime_checkable
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
    offset_s: float
    """Seconds from the beginning of its container, be it sound, to its first picture."""
    created_at: str | None
    """When it was recorded, as it says itself (ISO 8601); None if it doesn't."""
    problem: str | None
    """Why a file ended early (a video cut in half), None if nothing went wrong."""
    left_out: tuple[str, ...]
    """What the file holds and isn't read, such as further pages of a TIFF."""
    notes: tuple[str, ...]
    """What was assumed, such as the rate of a raw stream."""

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Opened:
    """What is opened and read once, pictures or sound: its name, what is said of it, the ``with`` block."""

    live = False

    def __init__(self, name: str) -> None:
        """Start with nothing to say.

        Args:
            name: Path, address or name, as in results.
        """
        self.name = name
        self.problem: str | None = None
        self.left_out: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()

    def close(self) -> None:
        """Let go of the file or device; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BaseSource(Opened):
    """What sources share: the attributes of Source."""

    def __init__(self, name: str, options: SourceOptions) -> None:
        """Start with nothing known.

        Args:
            name: Path, address or name, as in results.
            options: Which frames are taken.
        """
        super().__init__(name)
        self.options = options
        self.skipped = 0
        self.frame_count: int | None = None
        self.fps: float | None = None
        self.offset_s = 0.0
        self.created_at: str | None = None

    def _none_in_range(self, length_s: float | None) -> str:
        """What to say where no frame was taken; length_s is the source's length, if known."""
        length = "" if length_s is None else f"; it is {length_s:.1f} s long"
        return f"it has no frame in the time range that was asked for{length}"
