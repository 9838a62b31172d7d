"""Results with action units, in every format, for tests of other tools' forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from mimik.readings import AuReading
from mimik.runs.writer import open_writer
from mimik.tasks.au import ActionUnits
from mimik.types import Face, FrameResult, RunInfo
from synthetic_results import INFO, make_face, make_result

UNITS = ("AU01", "AU06", "AU12", "AU16")
"""AU16 is one that no other tool here has."""
_COLUMNS = ActionUnits().columns(SimpleNamespace(labels=UNITS))  # type: ignore[arg-type]
INFO_UNITS = replace(INFO, tasks=(*INFO.tasks, "au"), columns={**INFO.columns, "au": _COLUMNS})


def with_units(face: Face, reason: str | None = None) -> Face:
    shares = dict(zip(UNITS, (0.1, 0.7, 0.9, 0.2), strict=True))
    return replace(
        face, readings={**face.readings, "au": AuReading(("AU06", "AU12"), shares, shares, reason)}
    )


def without(face: Face, *tasks: str) -> Face:
    return replace(face, readings={name: r for name, r in face.readings.items() if name not in tasks})


def two_clips(*, points: bool = True) -> list[FrameResult]:
    """Two clips with two people, a frame without a face and a face whose units can't be trusted in each."""
    frames = []
    for source in ("in/a.mp4", "in/b.mp4"):
        first, second = (with_units(make_face(number, points=points)) for number in range(2))
        doubtful = with_units(make_face(1, emotion="sad", points=points), "turned away")
        frames += [make_result(source, 0, first, second), make_result(source, 1)]
        frames += [make_result(source, 30, first, doubtful)]
    return frames


def write(path: Path, frames: Iterable[FrameResult], info: RunInfo = INFO_UNITS) -> Path:
    with open_writer(path, info) as writer:
        for frame in frames:
            writer.write(frame)
    return path
