"""How models bear poor pictures: a test set under known changes.

    python benchmarks/hard.py --data DATA emotion.mini emotion.base ...     measure, write docs/figures
    python benchmarks/hard.py                                               write the table again

Each picture is changed before the detector sees it. Where the face isn't found any more (how often it is
stands beside), its place in the clear picture is taken, so that the models are compared on the same faces.
Models of one task share a table. DATA is the folder that holds the data sets (docs/data.md).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from figures import FIGURES, ROOT, TESTS, fill
from mimik.data.base import Sample
from mimik.evaluate.answers import collect_answers, detected_face
from mimik.evaluate.rows import AskOptions, choose_rows
from mimik.faces.crop import Square, face_square, placed_square
from mimik.faces.detect.base import Detector, load_detector
from mimik.faces.quality import head_pose
from mimik.models.store import find_model
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.types import Detection

Picture: TypeAlias = "NDArray[np.uint8]"
REPORT = FIGURES / "hard.json"
TURNED_DEG = 30.0
"""Yaw from which a face counts as turned."""


def as_bytes(values: NDArray[Any]) -> Picture:
    """Values brought to 0..255."""
    return np.clip(values, 0, 255).astype(np.uint8)


def light(image: Picture, gain: float, lift: float = 0.0, noise: float = 0.0) -> Picture:
    """Brighter, darker or flatter, with noise as a sensor has in the dark."""
    grain = np.random.default_rng(0).normal(0, noise, image.shape) if noise else 0.0
    return as_bytes(image * gain + lift + grain)


def small(image: Picture, side: int) -> Picture:
    """As if the face had been this many pixels wide."""
    height, width = image.shape[:2]
    less = cv2.resize(image, (side, round(side * height / width)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(less, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def blurred(image: Picture, share: float) -> Picture:
    """Out of focus, by a Gaussian of a share of the width."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), share * image.shape[1]), np.uint8)


def shaken(image: Picture, share: float) -> Picture:
    """Moved during the exposure, by a share of the width."""
    length = max(3, round(share * image.shape[1]))
    return np.asarray(cv2.blur(image, (length, 1)), np.uint8)


def jpeg(image: Picture, quality: int) -> Picture:
    """Packed and unpacked."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def turned(image: Picture, degrees: float) -> Picture:
    """Tilted about its middle."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(
        cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def covered(image: Picture, top: float, bottom: float, left: float = 0.0, right: float = 1.0) -> Picture:
    """A grey bar over a part, in shares of the sides."""
    changed, (height, width) = image.copy(), image.shape[:2]
    changed[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = 110
    return changed


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "as it is": lambda image: image,
    "a quarter of the light, noise": partial(light, gain=0.25, noise=6),
    "twice the light": partial(light, gain=2.0),
    "a third of the contrast": partial(light, gain=0.33, lift=85),
    "noise": partial(light, gain=1.0, noise=20),
    "out of focus": partial(blurred, share=0.03),
    "shaken": partial(shaken, share=0.12),
    "24 px wide": partial(small, side=24),
    "16 px wide": partial(small, side=16),
    "JPEG of quality 10": partial(jpeg, quality=10),
    "tilted by 30 degrees": partial(turned, degrees=30),
    "eyes covered": partial(covered, top=0.28, bottom=0.46),
    "mouth covered": partial(covered, top=0.66, bottom=0.90),
    "one half covered": partial(covered, top=0.0, bottom=1.0, left=0.5),
}


def changed(sample: Sample, change: Callable[[Picture], Picture]) -> Sample:
    """A sample whose picture is changed when it is loaded."""
    return replace(sample, load=lambda: change(sample.load()))


def measure(name: str, data: Path, limit: int) -> dict[str, Any]:
    """Figure of a model under each change."""
    card, _ = find_model(name)
    reader, split, _ = TESTS[card.task][-1 if card.task == "gender" else 0]
    chosen = choose_rows(card, data, AskOptions(reader, split, limit=limit))
    model, detector = load_model(card.task, name), load_detector()
    clear = {sample.key: detector.detect(sample.load()) for sample in chosen.samples}
    found: dict[str, Any] = {"reader": reader, "split": split, "n": len(chosen.samples), "task": card.task}
    for label, change in CHANGES.items():
        seen = []

        def find(image: Picture, sample: Sample) -> Square:
            faces = detector.detect(image)
            seen.append(bool(faces))  # noqa: B023 - used up before the next change
            if best := faces or clear[sample.key]:
                return face_square(best[0].box_xyxy, best[0].landmarks_xy, card.crop)
            return placed_square(image.shape[1], image.shape[0], sample.placement, card.crop)

        answers = collect_answers(model, [changed(sample, change) for sample in chosen.samples], find)
        found["figure"], value = model.task.headline(answers.logits[:, 0], answers.samples, card)
        found[label] = {"found": float(np.mean(seen)), "value": value}
        print(f"{name}  {label}: {value:.3f}, {np.mean(seen):.0%} found", flush=True)
    found["turned"] = turned_figure(model, [s for s in chosen.samples if _aside(clear[s.key])], detector)
    return found


def _aside(faces: Sequence[Detection]) -> bool:
    """Whether a face looks to the side."""
    points = faces[0].landmarks_xy if faces else None
    return points is not None and abs(head_pose(points).yaw_deg) > TURNED_DEG


def turned_figure(model: LoadedModel, samples: Sequence[Sample], detector: Detector) -> dict[str, Any]:
    """Figure over the faces that look to the side, as the set has them."""
    answers = collect_answers(model, samples, detected_face(detector, model.card.crop))
    if not answers.samples:
        return {"n": 0, "value": float("nan")}
    return {
        "n": len(samples),
        "value": model.task.headline(answers.logits[:, 0], answers.samples, model.card)[1],
    }


def table(report: dict[str, Any]) -> str:
    """The report as Markdown, a table a task."""
    lines: list[str] = []
    for task in dict.fromkeys(row["task"] for row in report.values()):
        models = {name: row for name, row in report.items() if row["task"] == task}
        first = next(iter(models.values()))
        unit = "mean error, years" if first["figure"] == "mae" else "right, %"
        head = f"{first['reader']} {first['split']}, {first['n']} faces: {unit}"
        lines += [f"| {head} | {' | '.join(models)} | found, % |", f"|{'---|' * (len(models) + 2)}"]
        scale, digits = (1, 2) if first["figure"] == "mae" else (100, 1)
        for label in CHANGES:
            cells = [f"{scale * row[label]['value']:.{digits}f}" for row in models.values()]
            lines.append(f"| {label} | {' | '.join(cells)} | {100 * first[label]['found']:.0f} |")
        cells = [f"{scale * row['turned']['value']:.{digits}f}" for row in models.values()]
        aside = f"turned by more than {TURNED_DEG:.0f} degrees, as found ({first['turned']['n']})"
        lines += [f"| {aside} | {' | '.join(cells)} | |", ""]
    return "\n".join(lines).rstrip()


def main() -> None:
    """Measure models, or write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    for name in args.models:
        report[find_model(name)[0].name] = measure(name, args.data, args.limit)
        REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    fill(ROOT / "docs" / "results.md", "hard", table(report))


if __name__ == "__main__":
    main()
