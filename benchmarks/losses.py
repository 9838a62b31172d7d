"""What each loss makes of the same small recipe on validation, and what each precision costs.

Emotion is learned from 1,500 pictures of FER-2013's Training, age from 1,500 of UTKFace's training part, at
24 x 24 px, and 600 others of each are held. They are written into FOLDER, with a CSV; FER+'s votes become
probabilities. Each counts as a person of its own, since to look for near copies would take longer than the
runs.
A run that was stopped goes on, and one that is finished is only read again.

    python benchmarks/losses.py emotion --data DATA --folder FOLDER
    python benchmarks/losses.py age --data DATA --folder FOLDER
    python benchmarks/losses.py precision --data DATA --folder FOLDER    # two epochs each
"""

from __future__ import annotations

import argparse
import csv
import json
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mimik.cli.main import main as mimik
from mimik.data.base import Sample, load_reader, read_samples
from mimik.data.labels import EMOTIONS
from mimik.data.predictions import read_predictions
from mimik.models.inputs import CropSpec
from mimik.tasks.years import group_of
from mimik.train.log import read_rows
from mimik.train.loop import train
from mimik.train.recipe.changes import AugmentOptions
from mimik.train.recipe.options import (
    DataOptions,
    ObjectiveOptions,
    OptimOptions,
)
from mimik.train.recipe.recipe import Recipe

LEARNED, HELD, EPOCHS = 1500, 600, 12
OLDEST = 70
"""Year from which all are one five-year group: older ones are too few."""
BANDS = tuple(dict.fromkeys(group_of(min(years, OLDEST), 5) for years in range(0, OLDEST + 1)))
NETWORK = {
    "family": "mini_xception",
    "stem": [8, 16],
    "stem_strides": [2, 1],
    "widths": [32, 48, 80, 112],
    "strides": [2, 1, 2, 1],
}
EMOTION = Recipe(
    name="emotion.losses",
    task="emotion",
    version="1",
    labels=EMOTIONS,
    holdout=0.001,
    crop=CropSpec(24),
    data=(DataOptions("csv", "train"), DataOptions("csv", "val", hold=True)),
    network=NETWORK,
    augment=AugmentOptions(rotate_deg=8, scale=0.1, shift=0.06, contrast=0.15, brightness=0.1),
    optim=OptimOptions(epochs=EPOCHS, batch=16, learning_rate=5e-3, ema=0.98),
)
AGE = replace(EMOTION, name="age.losses", task="age", labels=(), outputs=101)
FIVE = replace(AGE, name="fiveyears.losses", task="fiveyears", kind="classes", labels=BANDS, outputs=0)


def losing(recipe: Recipe, **options: Any) -> Recipe:
    """The recipe with another objective."""
    return replace(recipe, objective=ObjectiveOptions(**options))


def computing(precision: str) -> Recipe:
    """The recipe of emotion for two epochs in a precision."""
    return replace(EMOTION, optim=replace(EMOTION.optim, epochs=2, precision=precision))


EVEN = replace(EMOTION, data=(replace(EMOTION.data[0], balanced=True), EMOTION.data[1]))
RUNS: dict[str, dict[str, Recipe]] = {
    "emotion": {
        "cross_entropy": EMOTION,
        "focal": losing(EMOTION, loss="focal"),
        "squared_hinge": losing(EMOTION, loss="squared_hinge"),
        'class_weights = "balanced"': losing(EMOTION, class_weights="balanced"),
        "balanced = true": EVEN,
        "soft_labels = 1": losing(EMOTION, soft_labels=1.0),
        "cutmix = 1": losing(EMOTION, cutmix=1.0),
    },
    "age": {
        "distribution": AGE,
        "mse": replace(AGE, outputs=1, objective=ObjectiveOptions(loss="mse")),
        "mae": replace(AGE, outputs=1, objective=ObjectiveOptions(loss="mae")),
        "classes of five years": FIVE,
    },
    "precision": {name: computing(name) for name in ("bf16", "fp32", "fp16")},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=RUNS)
    parser.add_argument("--data", type=Path, required=True, help="holds fer2013, or UTKFace")
    parser.add_argument("--folder", type=Path, required=True, help="for pictures and runs")
    parser.add_argument("--only", metavar="NAME", action="append", help="of the rows of the table, such ones")
    args = parser.parse_args()
    faces = args.folder / ("age" if args.what == "age" else "emotion")
    if not (faces / "faces.csv").exists():
        reader, path = ("utkface", "UTKFace") if args.what == "age" else ("fer2013", "fer2013")
        write(reader, args.data / path, faces)
    for name, recipe in RUNS[args.what].items():
        if args.only and name not in args.only:
            continue
        run = args.folder / f"{args.what}-{''.join(c if c.isalnum() else '-' for c in name)}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            began = time.process_time()
            train(recipe, faces, run, device="cpu")
            cost = [f"{time.process_time() - began:.0f} s"] * (args.what == "precision")
        print(f"| {name} | {' | '.join((*told(run, args.what), *cost))} |", flush=True)


def write(reader: str, path: Path, folder: Path) -> None:
    """Some pictures of a set, and a CSV of what they show."""
    samples, _ = read_samples(load_reader(reader), path, "train")
    rows = np.random.default_rng(0).permutation(len(samples))[: LEARNED + HELD].tolist()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "faces.part").open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.writer(stream)
        sheet.writerow(
            (
                "path",
                "split",
                "subject",
                "emotion",
                "age",
                "fiveyears",
                *(f"emotion_{name}" for name in EMOTIONS),
            )
        )
        for place, row in enumerate(rows):
            cv2.imwrite(str(folder / f"{row}.png"), cv2.cvtColor(samples[row].load(), cv2.COLOR_RGB2BGR))
            split = "train" if place < LEARNED else "val"
            sheet.writerow((f"{row}.png", split, row, *labels(samples[row])))
    (folder / "faces.part").rename(folder / "faces.csv")


def labels(sample: Sample) -> Iterator[object]:
    """The cells of a picture after its split."""
    yield sample.labels.get("emotion", "")
    years = sample.labels.get("age", "")
    yield years
    yield group_of(min(float(years), OLDEST), 5) if years != "" else ""
    votes = sample.votes.get("emotion", np.zeros(len(EMOTIONS)))
    yield from (votes / votes.sum()).round(3) if votes.sum() else [""] * len(EMOTIONS)


def told(run: Path, what: str) -> Sequence[str]:
    """The figures of a run on what it held."""
    report, said = run / "report.json", run / "predictions.csv"
    for file in (report, said):
        file.unlink(missing_ok=True)
    mimik(["evaluate", str(run), "--json", str(report), "--predictions", str(said)])
    found = json.loads(report.read_text(encoding="utf-8"))
    rows = read_rows(run)
    course = f"{rows[0]['loss']:.2f} to {rows[-1]['loss']:.2f}"
    if what != "age":
        recall = np.mean([row["recall"] for row in found["per_class"].values()])
        shares = f"{100 * found['accuracy']:.1f} %", f"{100 * recall:.1f} %"
        return *shares, f"{found['ece']:.3f}", f"{found['nll']:.3f}", course
    groups = [five(row.truth) == five(row.predicted) for row in read_predictions(said)]
    exact = f"{100 * np.mean(groups):.1f} %"
    if "mae" not in found:
        return "", exact, "", "", course
    inside = f"{100 * found['coverage80']:.1f} %"
    return f"{found['mae']:.2f}", exact, f"{found['bias']:+.2f}", inside, course


def five(answer: str | float) -> str:
    """The five-year group of an answer."""
    return answer if isinstance(answer, str) else group_of(min(max(answer, 0.0), OLDEST), 5)


if __name__ == "__main__":
    main()
