"""How calm a still face stays, and how soon a change of expression shows.

A photo becomes a video at 30 frames/s: each frame is moved by a normal 2 pixels each way, turned by 0.6
degrees, scaled by 1 %, brightened by 3 %, with noise of 4 grey levels, then written as H.264. Shown are
the standard deviation of age and the changes of label a minute, as read and after smoothing, once the
first seconds are over: the raw columns are the readings before smoothing, without a memory of the label
before. With --switch the photo of one expression is cut to that of another.

    python benchmarks/still.py portraits/*.jpg
    python benchmarks/still.py --switch neutral.jpg happy.jpg
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.cli.options import add_models, chosen_models
from mimik.faces.crop import Square, crop
from mimik.faces.detect.base import Detector, load_detector
from mimik.models.card import ModelCard
from mimik.pipeline.analyzer import Analyzer
from mimik.readings import AgeReading, ClassReading, Reading
from mimik.render.video import VideoWriter
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.tasks.base import ClassTask, Task
from mimik.tasks.years import age_group
from mimik.temporal.smooth import Smoother
from mimik.types import Face, Image

FPS = 30
MOVE_PX, TURN_DEG, SCALE, LIGHT, NOISE = 2.0, 0.6, 0.01, 0.03, 4.0
"""Standard deviations of the jitter."""
LONGEST = 640
"""Larger photos are scaled down to it, in pixels."""
CUT_S = 3.0
"""When the expression changes."""


def jittered(image: Image, rng: np.random.Generator) -> Image:
    """One frame of a still that is not quite still."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.normal(0, TURN_DEG), 1 + rng.normal(0, SCALE)
    )
    matrix[:, 2] += rng.normal(0, MOVE_PX, 2)
    moved = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    noise = rng.standard_normal(image.shape, np.float32) * np.float32(NOISE)
    lit = moved.astype(np.float32) * np.float32(1 + rng.normal(0, LIGHT)) + noise
    return np.clip(lit + 0.5, 0, 255).astype(np.uint8)


def write(path: Path, pictures: Iterable[Image]) -> None:
    with VideoWriter(path, FPS) as writer:
        for index, picture in enumerate(pictures):
            writer.write(picture, index / FPS)


def photo(path: Path) -> Image:
    with open_source(path, SourceOptions(max_size=LONGEST)) as source:
        return next(iter(source)).image


@dataclass(frozen=True)
class Course:
    """One person's readings over a video."""

    times: list[float]
    faces: list[Face]
    frames: int

    def labels(self, task: str) -> list[str]:
        """After smoothing."""
        return [face.readings[task].label for face in self.faces]


def follow(analyzer: Analyzer, video: Path) -> Course:
    """The readings of the person who is seen most often."""
    results = list(analyzer.stream(video, SourceOptions(threads=1)))
    ids = [face.id for result in results for face in result.faces]
    person = max(set(ids), key=ids.count)
    seen = [(r.time_s, f) for r in results for f in r.faces if f.id == person]
    return Course([t for t, _ in seen], [f for _, f in seen], len(results))


def unsmoothed(reading: Reading, task: Task, card: ModelCard) -> str:
    """The label without smoothing and without a memory of the label before."""
    if isinstance(reading, AgeReading):
        return age_group(max(0.0, reading.raw[0]))
    assert isinstance(reading, ClassReading)
    raw = np.array([reading.raw[label] for label in card.labels], np.float32)
    return task.reading(raw, raw, card).label


def changes_a_minute(labels: Sequence[str]) -> float:
    return sum(a != b for a, b in pairwise(labels)) * FPS * 60 / max(1, len(labels))


def still(analyzer: Analyzer, path: Path, seconds: float, settle_s: float, seed: int) -> dict[str, Any]:
    """Figures of one photo."""
    picture, rng = photo(path), np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder, "still.mp4")
        write(video, (jittered(picture, rng) for _ in range(round(seconds * FPS))))
        course = follow(analyzer, video)
    late = [face for time_s, face in zip(course.times, course.faces, strict=True) if time_s >= settle_s]
    row: dict[str, Any] = {"photo": path.name, "seen": round(len(course.faces) / course.frames, 4)}
    models = analyzer.models
    for name, model in models.items():
        readings = [face.readings[name] for face in late]
        row[f"{name}_changes"] = round(changes_a_minute([r.label for r in readings]), 2)
        row[f"{name}_changes_raw"] = round(
            changes_a_minute([unsmoothed(r, model.task, model.card) for r in readings]), 2
        )
    ages = [r for face in late if isinstance(r := face.readings.get("age"), AgeReading)]
    if ages:
        row["age_sd"] = round(float(np.std([r.years for r in ages])), 3)
        row["age_sd_raw"] = round(float(np.std([r.raw[0] for r in ages])), 3)
    return row


def step_times(task: ClassTask, card: ModelCard, sure: float) -> list[float]:
    """Seconds until a label follows a step between two classes, each as sure as that, for all pairs."""
    count, times = len(card.labels), []
    rest = (1 - sure) / (count - 1)
    for before in range(count):
        for after in range(count):
            if before == after:
                continue
            values = np.full((2, count), rest, np.float32)
            values[0, before] = values[1, after] = sure
            times.append(_step_s(task, card, values, card.labels[after]))
    return times


def _step_s(task: ClassTask, card: ModelCard, values: NDArray[np.float32], wanted: str) -> float:
    """Seconds from the first changed frame to the first that shows the wanted label."""
    smoother, label = Smoother({"x": task.tau_s}), None
    for index in range(round(4 * CUT_S * FPS)):
        now = values[int(index >= CUT_S * FPS)]
        label = task.reading(smoother.blend(0, index / FPS, {"x": now})["x"], now, card, label).label
        if index >= CUT_S * FPS and label == wanted:
            return (index - CUT_S * FPS) / FPS
    return math.inf


def levelled(image: Image, detector: Detector, side: int = 480) -> Image:
    """A photo with its face upright, in the middle and of one size, so that two can follow each other."""
    face = detector.detect(image)[0]
    assert face.landmarks_xy is not None
    (rx, ry), (lx, ly) = face.landmarks_xy[:2]
    left, top, right, bottom = face.box_xyxy
    size = math.sqrt((right - left) * (bottom - top))
    centre = ((left + right) / 2, (top + bottom) / 2)
    return crop(image, Square(centre, 3 * size, math.atan2(ly - ry, lx - rx)), side)


def switch(analyzer: Analyzer, first: Path, second: Path, seed: int) -> dict[str, Any]:
    """How long it takes until the emotion of a second photo shows, cut to from a first, both jittered."""
    detector, rng = load_detector("yunet"), np.random.default_rng(seed)
    pictures = [levelled(photo(path), detector) for path in (first, second)]
    half = round(CUT_S * FPS)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder, "switch.mp4")
        write(video, (jittered(pictures[i >= half], rng) for i in range(2 * half)))
        course = follow(analyzer, video)
    labels = course.labels("emotion")
    after = [(t, label) for t, label in zip(course.times, labels, strict=True) if t >= CUT_S - 1e-6]
    before = [label for t, label in zip(course.times, labels, strict=True) if t < CUT_S - 1e-6]
    shown = next((t - CUT_S for t, label in after if label == labels[-1]), None)
    return {
        "from": before[-1] if before else None,
        "to": labels[-1],
        "people": len({face.id for face in course.faces}),
        "seconds": None if not before or before[-1] == labels[-1] or shown is None else round(shown, 3),
    }


def steps(analyzer: Analyzer) -> Iterator[dict[str, Any]]:
    """Response of the emotion's label to steps of its probabilities."""
    model = analyzer.models["emotion"]
    assert isinstance(model.task, ClassTask)
    for sure in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        times = step_times(model.task, model.card, sure)
        yield {"sure": sure, "longest_s": round(max(times), 3)}


def show_stills(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Print the table; the median and the worst of each figure."""
    names = [name for name in rows[0] if name != "photo"]
    print("| photo | " + " | ".join(name.replace("_", " ") for name in names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for row in rows:
        print(f"| {row['photo']} | " + " | ".join(f"{row[name]:g}" for name in names) + " |")
    worst = {n: (min if n == "seen" else max)(r[n] for r in rows) for n in names}
    median = {n: round(float(np.median([r[n] for r in rows])), 3) for n in names}
    for title, values in (("median", median), ("worst", worst)):
        print(f"| **{title}** | " + " | ".join(f"{values[n]:g}" for n in names) + " |")
    return {"median": median, "worst": worst}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--switch", nargs=2, type=Path, action="append", default=[], metavar=("FROM", "TO"))
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each still")
    parser.add_argument("--settle", type=float, default=2.0, help="seconds at the start that don't count")
    parser.add_argument("--seed", type=int, default=0)
    add_models(parser)
    args = parser.parse_args()
    if args.seconds <= args.settle:
        parser.error("--seconds must be above --settle")
    cv2.setNumThreads(1)
    analyzer = Analyzer(device="cpu", **chosen_models(args))
    rows = []
    for path in args.photos:
        rows.append(still(analyzer, path, args.seconds, args.settle, args.seed))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    report: dict[str, Any] = {"stills": rows}
    if rows:
        report |= show_stills(rows)
    print("\nA step between two emotions, each as sure as that, shows after:")
    report["steps"] = list(steps(analyzer))
    for row in report["steps"]:
        print(f"  {row['sure']:.0%}: {row['longest_s']:.3f} s")
    report["switches"] = [switch(analyzer, *pair, args.seed) for pair in args.switch]
    for row in report["switches"]:
        print(f"  photo to photo, {row['from']} to {row['to']}: {row['seconds']} s")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
