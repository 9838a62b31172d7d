"""Where the time goes: milliseconds of each stage, frames per second, and a video to measure on."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import cv2
import numpy as np

from mimik.errors import DecodeError
from mimik.pipeline import Analyzer, StreamSession
from mimik.sources.base import SourceOptions, open_source
from mimik.types import Frame, Image
from mimik.writers.video import VideoWriter

P = ParamSpec("P")
R = TypeVar("R")

PORTRAIT = Path(__file__).parent / "example" / "astronaut.jpg"
"""A public-domain portrait, 512 x 512."""
HEAD_XY = (222.0, 120.0)
"""The middle of the face in it."""
FPS = 30
"""Of the video made from it."""
WARM_UP = 10
"""Frames that are read before the clock starts: the first ones fill caches."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long one stage takes for one frame."""

    median_ms: float
    """Half of the frames are quicker."""
    p95_ms: float
    """95 % of the frames are quicker."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured."""

    source: str
    """Path or name."""
    width: int
    """Pixels across."""
    height: int
    """Pixels down."""
    detector: str
    """Its name."""
    threads: int
    """Threads of decoder, OpenCV and networks."""
    frames: int
    """Frames read for frames_per_s."""
    faces: float
    """Mean faces a frame."""
    frames_per_s: float
    """From file to result, by the wall clock, without the stages' clocks."""
    stages: dict[str, Spread]
    """Stage (decode, detect, track, crop, each task, quality, result) to its time a frame."""
    face_ms: dict[str, float]
    """crop, each task, and both together under "all": milliseconds a face, median; empty without faces."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "source": self.source,
            "width": self.width,
            "height": self.height,
            "detector": self.detector,
            "threads": self.threads,
            "frames": self.frames,
            "faces": round(self.faces, 3),
            "frames_per_s": round(self.frames_per_s, 2),
            "stages_ms": {
                name: {"median": round(s.median_ms, 4), "p95": round(s.p95_ms, 4)}
                for name, s in self.stages.items()
            },
            "face_ms": {name: round(value, 4) for name, value in self.face_ms.items()},
        }


class StageClock:
    """Adds up the time of each stage, frame by frame."""

    def __init__(self) -> None:
        self._frame: dict[str, float] = defaultdict(float)
        self._frames: list[dict[str, float]] = []
        self._faces: list[int] = []

    def timed(self, name: str | None, function: Callable[P, R]) -> Callable[P, R]:
        """The same function, its time booked.

        Args:
            name: The stage; None takes it from the first argument.
            function: What to time.
        """

        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            start = time.perf_counter()
            result = function(*args, **kwargs)
            self._frame[str(args[0]) if name is None else name] += time.perf_counter() - start
            return result

        return run

    def next_frame(self, faces: int) -> None:
        """Close a frame's account."""
        self._frames.append(dict(self._frame))
        self._faces.append(faces)
        self._frame.clear()

    def stages(self) -> dict[str, Spread]:
        """Milliseconds a frame of each stage, in the order in which they were first met."""
        names = dict.fromkeys(name for frame in self._frames for name in frame)
        return {name: _spread([frame.get(name, 0.0) for frame in self._frames]) for name in names}

    def face_ms(self, names: tuple[str, ...]) -> dict[str, float]:
        """Milliseconds a face of some stages, and of all of them together: medians over the frames."""
        seen = [(frame, n) for frame, n in zip(self._frames, self._faces, strict=True) if n]
        if not seen:
            return {}
        table = np.array([[frame.get(name, 0.0) / n for name in names] for frame, n in seen]) * 1000
        return dict(zip((*names, "all"), map(float, [*np.median(table, 0), np.median(table.sum(1))]), strict=True))


def measure(
    analyzer: Analyzer, source: str | Path, *, seconds: float = 10.0, threads: int = 1
) -> Report:
    """Read a source twice, once for the frames per second, once for the stages.

    A source that is shorter than asked for is read again. The number of OpenCV's threads is the
    process's own and is left to the caller.

    Args:
        analyzer: Does the reading.
        source: Path, address or camera number.
        seconds: How long each of the two readings lasts, about.
        threads: Threads that decode.

    Raises:
        SourceError: The source can't be read.
    """
    options = SourceOptions(threads=threads)
    session = analyzer.session()
    for frame in _frames(source, options, WARM_UP, seconds):
        first = session.read(frame)
    start = time.perf_counter()
    faces = [len(step.faces) for step in map(analyzer.session().read, _frames(source, options, None, seconds))]
    spent = time.perf_counter() - start
    clock = _time_stages(analyzer, source, options, seconds)
    return Report(
        source=first.source,
        width=first.width,
        height=first.height,
        detector=first.detector,
        threads=threads,
        frames=len(faces),
        faces=float(np.mean(faces)),
        frames_per_s=len(faces) / spent,
        stages=clock.stages(),
        face_ms=clock.face_ms(("crop", *analyzer.tasks)),
    )
