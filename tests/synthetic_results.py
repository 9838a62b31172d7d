"""Results that no network made, for tests of what becomes of results."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from mimik.errors import DecodeError
from mimik.readings import AgeReading, ClassReading, Column, columns
from mimik.runs.reader import Ending, Read
from mimik.tasks.age import Age
from mimik.tasks.years import age_group
from mimik.types import Face, FrameResult, Pose, Quality, RunInfo

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
GENDERS = ("female", "male")


def class_columns(*names: str) -> tuple[Column, ...]:
    return (Column("label", "text"), *columns("number", *names, *(f"raw_{name}" for name in names)))


INFO = RunInfo(
    version="0.0.1",
    detector="yunet",
    tasks=("emotion", "gender", "age"),
    models={"emotion": {"name": "emotion.test", "version": "1", "sha256": "ab"}},
    settings={"every": 1, "threshold": None, "end_s": None},
    columns={
        "emotion": class_columns(*EMOTIONS),
        "gender": class_columns(*GENDERS),
        "age": Age().columns(None),  # type: ignore[arg-type]
    },
    libraries={"python": "3.11.9", "onnxruntime": "1.22.0"},
)


def with_settings(**settings: Any) -> RunInfo:
    return replace(INFO, settings={**INFO.settings, **settings})


def class_reading(label: str, share: float, names: tuple[str, ...] = EMOTIONS) -> ClassReading:
    rest = (1 - share) / (len(names) - 1)
    values = {name: share if name == label else rest for name in names}
    return ClassReading(label if share >= 0.4 else "uncertain", values, dict(values))


def make_face(
    number: int = 0,
    box: tuple[float, float, float, float] = (10.0, 20.0, 60.0, 80.0),
    *,
    emotion: str = "happy",
    share: float = 0.9,
    female: float = 0.8,
    years: float = 34.0,
    reason: str | None = None,
    points: bool = True,
) -> Face:
    left, top, right, bottom = box
    spots = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))
    landmarks = tuple((left + x * (right - left), top + y * (bottom - top)) for x, y in spots)
    gender = "female" if female >= 0.5 else "male"
    size = ((right - left) * (bottom - top)) ** 0.5
    return Face(
        id=number,
        box_xyxy=box,
        score=0.9,
        quality=Quality(size, 0.5, 0.4, Pose(1.0, -2.0, 3.0) if points else None, reason),
        landmarks_xy=landmarks if points else None,
        readings={
            "emotion": class_reading(emotion, share),
            "gender": class_reading(gender, max(female, 1 - female), GENDERS),
            "age": AgeReading(
                years, max(0.0, years - 8), years + 7, age_group(years), (years, years - 7, years + 7)
            ),
        },
    )


def make_result(
    source: str = "a.mp4", frame: int = 0, *faces: Face, time_s: float | None = None
) -> FrameResult:
    time_s = frame / 25 if time_s is None else time_s
    return FrameResult(source, frame, time_s, 320, 240, "yunet", faces)


def random_results(source: str, frames: int, seed: int = 0) -> Iterator[FrameResult]:
    """A clip with none to two faces a frame, the same for the same seed."""
    chance = random.Random(f"{source}{seed}")
    for frame in range(frames):
        faces = [
            make_face(
                number,
                (10.0 + 90 * number, 20.0, 60.0 + 90 * number + chance.random(), 80.0),
                emotion=chance.choice(EMOTIONS),
                share=round(chance.uniform(0.2, 0.99), 3),
                female=round(chance.random(), 3),
                years=round(chance.uniform(8, 80), 2),
                reason=chance.choice((None, None, None, "too small")),
                points=chance.random() < 0.8,
            )
            for number in range(chance.randrange(3))
        ]
        yield make_result(source, frame, *faces)


@dataclass(frozen=True)
class Analyser:
    """Stands where the pipeline will; picklable, so that workers can build it."""

    frames: int = 5
    bad: frozenset[str] = field(default_factory=frozenset)
    cut: frozenset[str] = field(default_factory=frozenset)
    dying: frozenset[str] = field(default_factory=frozenset)
    notes: frozenset[str] = field(default_factory=frozenset)
    pause_s: float = 0.0

    def analyse(self, source: str) -> Generator[Read, None, Ending]:
        import os
        import time

        if source in self.bad:
            raise DecodeError(f"{source}: not a picture")
        if source in self.dying:
            os._exit(9)
        for result in random_results(source, self.frames):
            time.sleep(self.pause_s)
            yield Read(result, self.frames)
        problem = f"{source}: cut in half" if source in self.cut else None
        return Ending(problem, "looked odd" if source in self.notes else None)


@dataclass(frozen=True)
class Make:
    """What read_all is given."""

    analyser: Analyser = field(default_factory=Analyser)

    def __call__(self) -> Any:
        return self.analyser.analyse
