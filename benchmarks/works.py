"""The works that mimik grew from, repeated: rows of docs/results.md from runs of the recipes old.*.

    python benchmarks/works.py --data DATA --folders      write FER-2013 as DATA/fer-folders, for the fifth work
    mimik train recipes/old.fcn9.toml --data DATA         and the other recipes; each says what it needs
    python benchmarks/works.py --data DATA [NAME ...]     score the runs that are there (or those named)
    python benchmarks/works.py                            write the tables again from docs/figures

Runs lie in runs/NAME-seed0, or under --runs. Each is scored once, on pictures that it hasn't learned from, as
they are: ``mimik evaluate RUN DATA --reader READER --split SPLIT``. The fourth work's networks have a
script of their own, benchmarks/old.py.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from figures import FIGURES, ROOT, fill
from mimik.data.base import load_reader, read_samples
from mimik.data.predictions import read_predictions
from mimik.evaluate.score import evaluate_model
from mimik.models.card import read_card
from mimik.tasks.years import group_of
from mimik.train.log import read_rows

REPORT = FIGURES / "works.json"
FOLDERS = "fer-folders"
PARTS = {"train": "train", "public": "validation"}
"""Split of FER-2013 to the folder that it becomes."""
OLDEST = 70
"""Year from which all are one five-year group."""


@dataclass(frozen=True)
class Test:
    """What a run is scored on."""

    reader: str
    """Reader of the set."""
    split: str
    """Its split."""
    path: str
    """Folder under DATA."""
    title: str
    """What the table calls it."""


PUBLIC = Test("fer2013", "public", "fer2013", "FER-2013 public")
VALIDATION = Test("folder", "val", FOLDERS, "validation folder")
UTKFACE = Test("utkface", "test", "UTKFace", "UTKFace test")
FAIRFACE = Test("fairface", "val", "fairface", "FairFace val")


@dataclass(frozen=True)
class Row:
    """A system of one of the works."""

    work: int
    """Which of them."""
    system: str
    """What it was."""
    theirs: str
    """Its figure, as its authors give it."""
    recipe: str
    """The recipe that repeats it."""
    tests: tuple[Test, ...]
    """What its run is scored on."""
    stands_in: str
    """What stands in for what, and what was cut."""


IMDB = "UTKFace and FairFace for IMDB; 48 px for 64; 12 epochs"
KAGGLE = "FER-2013's Training and PublicTest as folders for its own two; 20 epochs"
ROWS = (
    Row(1, "mini-Xception, emotion", "67 %", "old.mini_xception", (PUBLIC,), "30 epochs"),
    Row(1, "mini-Xception, gender", "95 %", "old.mini_xception.gender", (UTKFACE, FAIRFACE), IMDB),
    Row(2, "9-layer fully convolutional network, emotion", "67 %", "old.fcn9", (PUBLIC,), "30 epochs"),
    Row(2, "the same, gender", "96 %", "old.fcn9.gender", (UTKFACE, FAIRFACE), IMDB),
    Row(5, "CNN with dropout", "65.7 %", "old.cnn", (VALIDATION,), KAGGLE),
    Row(5, "CNN with batch normalisation, ended early", "46.2 %", "old.cnn.norm.early", (VALIDATION,), KAGGLE),
    Row(5, "CNN with batch normalisation", "72.1 %", "old.cnn.norm", (VALIDATION,), KAGGLE),
    Row(5, "CNN, tuned", "58.1 %", "old.cnn.tuned", (VALIDATION,), f"{KAGGLE}, after ten trials of six"),
    Row(5, "CNN, gender", "92 %", "old.cnn.gender", (UTKFACE,), "UTKFace; 12 epochs"),
    Row(5, "CNN, age by the squared error", "none", "old.cnn.age.mse", (UTKFACE,), "UTKFace; 12 epochs"),
    Row(5, "beside it: age as a distribution", "none", "old.cnn.age", (UTKFACE,), "UTKFace; 12 epochs"),
)


def write_folders(data: Path) -> None:
    """FER-2013 as a folder for train and one for validation, in each a folder a class."""
    for split, part in PARTS.items():
        samples, _ = read_samples(load_reader("fer2013"), data / "fer2013", split)
        for sample in samples:
            folder = data / FOLDERS / part / str(sample.labels["emotion"])
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{sample.key}.png"), cv2.cvtColor(sample.load(), cv2.COLOR_RGB2BGR))
        print(part, len(samples))


def score(run: Path, name: str, data: Path, test: Test) -> dict[str, Any]:
    """Figures of a run on one set."""
    said = run / f"{test.reader}-{test.split}.csv"
    model = run / f"{name}.onnx"
    report = evaluate_model(model, data / test.path, test.reader, test.split, predictions=said)
    kept = ("n", "accuracy", "mae", "ci95", "macro_precision", "macro_recall", "macro_f1", "coverage80")
    found = {key: report[key] for key in kept if key in report}
    if twins := report.get("without_twins"):
        found["without_twins"] = twins
    if "mae" in report:
        found["five_years"] = float(
            np.mean([five(row.truth) == five(row.predicted) for row in read_predictions(said)])
        )
    return found


def five(years: str | float) -> str:
    """The five-year group of an age."""
    return group_of(min(max(float(years), 0.0), OLDEST), 5)


def measure(row: Row, runs: Path, data: Path) -> dict[str, Any]:
    """All that is told of a row's run."""
    run = runs / f"{row.recipe}-seed0"
    log = [entry for entry in read_rows(run) if "epoch" in entry]
    return {
        "parameters": read_card(run / f"{row.recipe}.json").parameters,
        "epochs": len(log),
        "minutes": round(sum(entry["seconds"] for entry in log) / 60, 1),
        "course": [{key: value for key, value in entry.items() if key != "rate"} for entry in log],
        "tests": {test.title: score(run, row.recipe, data, test) for test in row.tests},
    }


def percent(value: float, ends: tuple[float, float] | list[float] | None = None) -> str:
    """A share in percent, with its interval."""
    told = f"{100 * value:.1f} %"
    return f"{told} ({100 * ends[0]:.1f} to {100 * ends[1]:.1f})" if ends else told


def ours(figures: dict[str, Any]) -> str:
    """The figures of a test as a cell."""
    if "mae" in figures:
        low, high = figures["ci95"]
        within = f"five-year group {percent(figures['five_years'])}"
        return f"mean error {figures['mae']:.2f} years ({low:.2f} to {high:.2f}); {within}"
    told = percent(figures["accuracy"], figures["ci95"])
    return f"{told}; precision {percent(figures['macro_precision'])}, recall {percent(figures['macro_recall'])}"


def table(report: dict[str, Any]) -> str:
    """The report as Markdown; a row without a run says so."""
    head = ("work", "system", "their figure", "here (95 % interval)", "tested on", "parameters", "trained")
    head = (*head, "recipe", "what stands in, and what was cut")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in ROWS:
        found = report.get(row.recipe)
        figures = found["tests"] if found else {}
        cells = (
            str(row.work),
            row.system,
            row.theirs,
            "<br>".join(ours(figures[test.title]) for test in row.tests) if found else "not run yet",
            "<br>".join(f"{t.title}" + (f", {figures[t.title]['n']:,}" if found else "") for t in row.tests),
            f"{found['parameters']:,}" if found else "",
            f"{found['epochs']} epochs, {found['minutes']:.0f} min" if found else "",
            f"`{row.recipe}`",
            row.stands_in,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Write folders, score runs, or write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--folders", action="store_true")
    args = parser.parse_args()
    if args.folders:
        write_folders(args.data)
        return
    report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    for row in ROWS if args.data else ():
        wanted = row.recipe in args.names if args.names else True
        if wanted and (args.runs / f"{row.recipe}-seed0" / f"{row.recipe}.onnx").exists():
            report[row.recipe] = measure(row, args.runs, args.data)
            REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
            print(row.recipe, report[row.recipe]["tests"], flush=True)
    fill(ROOT / "docs" / "results.md", "works", table(report))


if __name__ == "__main__":
    main()
