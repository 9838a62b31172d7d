"""The fourth work's networks, repeated on CK+: rows of docs/results.md from runs of the recipes old.*.

    for k in 0 1 2 3 4; do mimik train recipes/old.ar1.toml --data DATA --fold $k; done      and the others
    python benchmarks/old.py --data DATA [NAME ...]      score them (all of CK+ if none is named)
    python benchmarks/old.py --courses [NAME ...]        take the losses of their first folds alone
    python benchmarks/old.py                             write the table again from docs/figures

Each has fifteen action units and seven emotions as sigmoids. A face at rest is called neutral by its own
output, or, in old.ar1.rest, where all others are low. Beside it the way in two steps: units first, then a
perceptron with one hidden layer from them to the emotion. All is of people that a run has not seen;
thresholds and perceptrons are fitted on the other folds' answers, whose runs have seen the person. The runs
take hours, and come from the data alone. DATA holds CK+ and CK+48. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from action_units import called, cells, interval, share_right
from ckplus_faces import FOLDS, Pictures, calm_of, logits_of, read
from figures import FIGURES, ROOT, fill
from mimik.models.card import read_card
from mimik.plots.files import BLUE, RED, save_figures
from mimik.tasks.loaded import load_model
from mimik.tasks.unit_figures import figures_of, unit_truth
from mimik.train.log import read_rows

REPORT = FIGURES / "old.json"
CURVES, ACROSS = ROOT / "docs" / "old-curves.png", 4
HIDDEN = 32
"""Units of the perceptron's hidden layer."""


def joined(first: Pictures, second: Pictures) -> Pictures:
    """Two sets of pictures as one."""
    return Pictures(
        [*first.samples, *second.samples], [*first.images, *second.images], [*first.boxes, *second.boxes]
    )


def out_of_fold(
    name: str, task: str, pictures: Pictures, run: str
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """What each fold's run says of the people that it has not seen, (N, K), and the labels."""
    models = [load_model(task, f"{run}-fold{fold}/{name}.json", "cpu") for fold in range(FOLDS)]
    said = np.zeros((len(pictures.samples), models[0].card.outputs))
    for fold, model in enumerate(models):
        rows = pictures.folds == fold
        said[rows] = logits_of(model, pictures)[rows] / model.card.temperature
    return said, models[0].card.labels


def rest_floor(scores: NDArray[np.float64], calm: NDArray[np.bool_]) -> float:
    """The score of the highest output under which a face is best called neutral."""
    highest = scores.max(axis=1)
    floors = np.unique(highest)
    right = [((highest < floor) == calm).mean() for floor in floors]
    return float(floors[int(np.argmax(right))])


def with_rest(scores: NDArray[np.float64], labels: tuple[str, ...], everyone: Pictures) -> NDArray[np.str_]:
    """The emotion of each face; neutral by its own output, or where the other folds' floor isn't reached."""
    said = np.array(labels)[scores.argmax(axis=1)].astype(object)
    if "neutral" not in labels:
        for fold in range(FOLDS):
            mine = everyone.folds == fold
            floor = rest_floor(scores[~mine], everyone.emotions[~mine] == "neutral")
            said[mine & (scores.max(axis=1) < floor)] = "neutral"
    return said.astype(str)


def in_two_steps(units: NDArray[np.float64], everyone: Pictures) -> NDArray[np.str_]:
    """The emotion of each face from its units, by a perceptron that has not seen the person."""
    said = np.empty(len(units), object)
    for fold in range(FOLDS):
        others = everyone.folds != fold
        net = MLPClassifier((HIDDEN,), alpha=1e-2, max_iter=800, random_state=0)
        model = make_pipeline(StandardScaler(), net).fit(units[others], everyone.emotions[others])
        said[~others] = model.predict(units[~others])
    return said.astype(str)


def score(name: str, peaks: Pictures, calm: Pictures) -> dict[str, Any]:
    """Figures of a recipe's five runs."""
    run = f"runs/{name}-seed0"
    units, labels = out_of_fold(f"{name}.au", "au", peaks, run)
    still, _ = out_of_fold(f"{name}.au", "au", calm, run)
    truth = unit_truth(peaks.samples, labels)
    # Contempt is none of the seven.
    seven = np.flatnonzero(peaks.emotions != "contempt")
    chosen = Pictures(*([part[i] for i in seven] for part in (peaks.samples, peaks.images, peaks.boxes)))
    everyone = joined(chosen, calm)
    first, names = out_of_fold(f"{name}.emotion", "emotion", chosen, run)
    second, _ = out_of_fold(f"{name}.emotion", "emotion", calm, run)
    scores = np.concatenate([first, second])
    calls = called(units, truth, peaks.folds, np.broadcast_to(units, (FOLDS, *units.shape)))
    return {
        "parameters": read_card(Path(f"{run}-fold0/{name}.au.json")).parameters,
        "units": figures_of(units, truth, calls, labels, peaks.people)["mean"],
        "emotions": share_right(with_rest(scores, names, everyone), everyone),
        "in two steps": share_right(in_two_steps(np.concatenate([units[seven], still]), everyone), everyone),
        "course": course_of(Path(f"{run}-fold0")),
    }


def course_of(run: Path) -> list[dict[str, float]]:
    """The losses of a run by epoch."""
    return [
        {key: row[key] for key in ("epoch", "loss", "validation_loss")}
        for row in read_rows(run)
        if "epoch" in row
    ]


def draw(report: dict[str, Any]) -> None:
    """The losses of each recipe's first fold by epoch."""
    from matplotlib.figure import Figure

    courses = {name: row["course"] for name, row in sorted(report.items()) if row.get("course")}
    if not courses:
        return
    across = min(ACROSS, len(courses))
    down = -(-len(courses) // across)
    figure = Figure(figsize=(3.6 * across, 2.6 * down), layout="constrained")
    for place, (name, course) in enumerate(courses.items(), 1):
        axes = figure.add_subplot(down, across, place)
        for key, label, colour in (("loss", "training", BLUE), ("validation_loss", "validation", RED)):
            axes.plot(
                [row["epoch"] for row in course], [row[key] for row in course], color=colour, label=label
            )
        axes.set(title=name, xlabel="epoch", ylabel="loss")
        axes.legend(frameon=False, fontsize=8)
    save_figures({CURVES.name: figure}, CURVES.parent)


def ckplus_recipes() -> list[str]:
    """The recipes old.* that are trained on CK+, by name."""
    paths = sorted((ROOT / "recipes").glob("old.*.toml"))
    return [path.stem for path in paths if 'reader = "ckplus"' in path.read_text(encoding="utf-8")]


def table(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    head = ("recipe", "parameters", "units, mean AUC", "units, mean F1", "emotion, seven", "from its units")
    lines = [cells(*head), "|" + "---|" * len(head)]
    for name, row in sorted(report.items()):
        if "units" not in row:
            continue
        mean = row["units"]
        areas = (interval(mean[key], mean["ci95"][key]) for key in ("auc", "f1"))
        shares = (
            interval(row[key]["accuracy"], row[key]["ci95"], True) for key in ("emotions", "in two steps")
        )
        lines.append(cells(f"`{name}`", f"{row['parameters']:,}", *areas, *shares))
    return "\n".join(lines)


def main() -> None:
    """Score runs, or write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--courses", action="store_true")
    args = parser.parse_args()
    report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    if args.courses:
        for name in args.names or ckplus_recipes():
            if course := course_of(Path(f"runs/{name}-seed0-fold0")):
                report.setdefault(name, {})["course"] = course
        REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if args.data:
        peaks = read(args.data / "CK+", detect=True)
        calm = calm_of(read(args.data / "CK+48", detect=False))
        for name in args.names or ckplus_recipes():
            report[name] = score(name, peaks, calm)
            REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
            print(name, report[name]["units"]["auc"], report[name]["emotions"]["accuracy"], flush=True)
    fill(ROOT / "docs" / "results.md", "old", table(report))
    draw(report)


if __name__ == "__main__":
    main()
