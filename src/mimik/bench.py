"""Where the time goes: milliseconds of each stage, frames per second, and a video to measure on."""

from __future__ import annotations

import dataclasses
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mimik.errors import DecodeError, OptionError
from mimik.pipeline.analyzer import Analyzer
from mimik.render.video import VideoWriter
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.types import Frame, Image

PORTRAIT = Path(__file__).parent / "example" / "astronaut.jpg"
"""A public-domain portrait, 512 x 512."""
HEAD_XY = (222.0, 120.0)
"""The middle of the face in it."""
FPS, EXAMPLE_S = 30, 10.0
"""Frames a second and length of the video made from it."""
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

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Book the time of what runs within."""
        start = time.perf_counter()
        yield
        self._frame[name] += time.perf_counter() - start

    def next_frame(self, faces: int) -> None:
        """Close a frame's account."""
        self._frames.append(dict(self._frame))
        self._faces.append(faces)
        self._frame.clear()

    def stages(self, names: Sequence[str]) -> dict[str, Spread]:
        """Milliseconds a frame of those of some stages that were met, in their order."""
        met = {name for frame in self._frames for name in frame}
        return {
            name: _spread([frame.get(name, 0.0) for frame in self._frames]) for name in names if name in met
        }

    def face_ms(self, names: Sequence[str]) -> dict[str, float]:
        """Milliseconds a face of some stages, and of all of them together: medians over the frames."""
        seen = [(frame, n) for frame, n in zip(self._frames, self._faces, strict=True) if n]
        if not seen:
            return {}
        table = np.array([[frame.get(name, 0.0) / n for name in names] for frame, n in seen]) * 1000
        return dict(
            zip((*names, "all"), map(float, [*np.median(table, 0), np.median(table.sum(1))]), strict=True)
        )


def measure(
    analyzer: Analyzer,
    source: str | Path,
    *,
    name: str | None = None,
    seconds: float = 5.0,
    threads: int = 1,
) -> Report:
    """Read a source twice, once for the frames per second, once for the stages.

    A source that is shorter than asked for is read again. The number of OpenCV's threads is the
    process's own and is left to the caller.

    Args:
        analyzer: Does the reading.
        source: Path, address or camera number.
        name: What the report calls it; its own name if None.
        seconds: How long each of the two readings lasts, about.
        threads: Threads that decode.

    Raises:
        OptionError: The time isn't above 0.
        SourceError: The source can't be read.
    """
    if not seconds > 0:
        raise OptionError(f"seconds must be above 0, not {seconds}")
    options = SourceOptions(threads=threads)
    session = analyzer.session()
    for frame in _frames(source, options, WARM_UP, seconds):
        first = session.read(frame)
    start = time.perf_counter()
    faces = [
        len(step.faces) for step in map(analyzer.session().read, _frames(source, options, None, seconds))
    ]
    spent = time.perf_counter() - start
    clock = _time_stages(analyzer, source, options, seconds)
    of_faces = ("crop", *session.recogniser.models)
    return Report(
        source=name or first.source,
        width=first.width,
        height=first.height,
        detector=first.detector,
        threads=threads,
        frames=len(faces),
        faces=float(np.mean(faces)),
        frames_per_s=len(faces) / spent,
        stages=clock.stages(("decode", "detect", "track", *of_faces, "quality", "smooth and result")),
        face_ms=clock.face_ms(of_faces),
    )


def _time_stages(
    analyzer: Analyzer, source: str | Path, options: SourceOptions, seconds: float
) -> StageClock:
    """Read a source with a clock on every stage."""
    clock = StageClock()
    session = analyzer.session(clock=clock.stage)
    frames = _frames(source, options, None, seconds)
    while True:
        with clock.stage("decode"):
            frame = next(frames, None)
        if frame is None:
            return clock
        clock.next_frame(len(session.read(frame).faces))


def _frames(source: str | Path, options: SourceOptions, count: int | None, seconds: float) -> Iterator[Frame]:
    """Frames of a source, again from its start at its end, until the time or the count is up."""
    end, taken, offset_s = time.perf_counter() + seconds, 0, 0.0
    while True:
        before, last_s = taken, 0.0
        with open_source(source, options) as opened:
            for frame in opened:
                last_s = frame.time_s
                # Times go on rising where the source begins again.
                yield dataclasses.replace(frame, time_s=offset_s + last_s) if offset_s else frame
                taken += 1
                if taken == count or time.perf_counter() >= end:
                    return
        if opened.live:
            return
        offset_s += last_s + 1 / FPS
        if taken == before:
            raise DecodeError(f"{source}: no frame could be read; name another picture or video")


def _spread(seconds: list[float]) -> Spread:
    """Median and 95th percentile, in milliseconds."""
    median, p95 = np.percentile(np.multiply(seconds, 1000), (50, 95))
    return Spread(float(median), float(p95))


def example_video(path: Path, faces: int = 1, seconds: float | None = None) -> None:
    """Write a 640 x 480 H.264 video of faces that move gently.

    Args:
        path: Where it goes (.mp4).
        faces: How many, side by side.
        seconds: How long it is; EXAMPLE_S if None.
    """
    with open_source(PORTRAIT) as source:
        portrait = next(iter(source)).image
    with VideoWriter(path, FPS) as writer:
        for index in range(round((EXAMPLE_S if seconds is None else seconds) * FPS)):
            writer.write(_scene(portrait, faces, index / FPS), index / FPS)


def _scene(portrait: Image, faces: int, time_s: float, width: int = 640, height: int = 480) -> Image:
    """One frame: a grid of windows on the portrait, closer if there are several."""
    rows = 1 if faces <= 2 else 2
    columns = -(-faces // rows)
    wide, high = width // columns, height // rows
    middle, reach = ((256.0, 256.0), 512.0) if faces == 1 else (HEAD_XY, 300.0)
    scale = min(wide, high) / reach
    scene: Image = np.zeros((height, width, 3), np.uint8)
    for number in range(faces):
        x = wide / 2 + 0.02 * wide * np.sin(time_s + number) - scale * middle[0]
        y = high / 2 + 0.015 * high * np.sin(1.7 * time_s + number) - scale * middle[1]
        matrix = np.array([[scale, 0.0, x], [0.0, scale, y]])
        window = cv2.warpAffine(portrait, matrix, (wide, high), borderMode=cv2.BORDER_REPLICATE)
        top, left = number // columns * high, number % columns * wide
        scene[top : top + high, left : left + wide] = window
    return scene
