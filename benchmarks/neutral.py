"""What a person's own face at rest is worth: the table of docs/results.md, from CK+.

    python benchmarks/neutral.py --data DATA     measure: peaks and frames at rest of the same people
    python benchmarks/neutral.py                 write the table again from docs/figures

Action units are those of unit_folds.py, by fits that have not seen the person (thresholds by fits that have
seen neither them nor those whom they are chosen on); the emotion models have seen nothing of CK+. A frame at
rest is read against the person's other ones. Peaks are full-size frames, frames at rest 48 px crops. DATA
holds CK+ and CK+48 (docs/data.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from action_units import called, cells, interval, units_at_temperatures
from ckplus_faces import FOLDS, Pictures, calm_of, logits_of, read
from figures import FIGURES, measured_table
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.probabilities import SMALLEST
from mimik.tasks.unit_figures import figures_of, unit_truth
from mimik.temporal.neutral import SHARE

REPORT = FIGURES / "neutral.json"


def against_own(
    scores: NDArray[np.float64],
    people: NDArray[np.str_],
    calm: NDArray[np.float64],
    who: NDArray[np.str_],
    at_rest: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Scores as a change from each person's frames at rest; of one of these, from the others."""
    moved = scores.copy()
    for i, person in enumerate(people):
        own = who == person
        if scores is calm:
            own[i] = False
        if own.any():
            moved[i] -= SHARE * (calm[own].mean(axis=0) - at_rest)
    return moved


def measure(data: Path) -> None:
    """Read CK+ as it is and against the people's own frames at rest; write docs/figures/neutral.json."""
    peaks, crops = read(data / "CK+", detect=True), read(data / "CK+48", detect=False)
    calm, rest = calm_of(crops), crops.emotions == "neutral"
    units, _, at48 = units_at_temperatures(peaks, crops, data)
    truth = unit_truth(peaks.samples, units.labels)
    moved, moved_inner = units.outer.copy(), units.inner.copy()
    for fold in range(FOLDS):
        mine, others = peaks.folds == fold, calm.folds != fold
        outer, inner = at48.outer[rest], at48.inner[fold][rest]
        moved[mine] = against_own(units.outer, peaks.people, outer, calm.people, outer[others].mean(axis=0))[
            mine
        ]
        usual = inner[others].mean(axis=0)
        moved_inner[fold] = against_own(units.inner[fold], peaks.people, inner, calm.people, usual)
    found: dict[str, Any] = {"units": {}, "emotions": {}}
    ways = {"as they are": (units.outer, units.inner), "against the own face at rest": (moved, moved_inner)}
    for way, (scores, inner) in ways.items():
        calls = called(scores, truth, peaks.folds, inner)
        found["units"][way] = figures_of(scores, truth, calls, units.labels, peaks.people)["mean"]
    for name in ("emotion.base", "emotion.mini"):
        found["emotions"][name] = emotion_changes(load_model("emotion", name, "cpu"), peaks, calm)
    REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def emotion_changes(model: LoadedModel, peaks: Pictures, calm: Pictures) -> dict[str, Any]:
    """Share of peaks and of frames at rest that a model that has not seen CK+ names rightly."""
    known = np.isin(peaks.emotions, model.card.labels)
    rest, names = np.array(model.card.at_rest), np.array(model.card.labels)

    def scores(pictures: Pictures) -> NDArray[np.float64]:
        said = model.task.decode(logits_of(model, pictures), model.card)
        return np.log(np.clip(said, SMALLEST, 1)).astype(np.float64)

    top, still = scores(peaks), scores(calm)
    ways = {
        "as they are": (top, still),
        "against the own face at rest": (
            against_own(top, peaks.people, still, calm.people, rest),
            against_own(still, calm.people, still, calm.people, rest),
        ),
    }
    return {
        way: {
            "peaks": float((names[up.argmax(axis=1)] == peaks.emotions)[known].mean()),
            "at rest": float((names[down.argmax(axis=1)] == "neutral").mean()),
        }
        for way, (up, down) in ways.items()
    }


def table(report: dict[str, Any]) -> str:
    """Readings as they are, and against the person's own frames at rest, as Markdown."""
    ways = list(report["units"])
    lines = [cells("", *ways), "|" + "---|" * (1 + len(ways))]
    for key, title in (("auc", "action units, mean AUC"), ("f1", "action units, mean F1")):
        means = (report["units"][way] for way in ways)
        lines.append(cells(title, *(interval(mean[key], mean["ci95"][key]) for mean in means)))
    for name, row in report["emotions"].items():
        for key, title in (("peaks", "peaks named rightly"), ("at rest", "frames at rest called neutral")):
            lines.append(cells(f"{name}, {title}", *(f"{100 * row[way][key]:.1f} %" for way in ways)))
    return "\n".join(lines)


if __name__ == "__main__":
    measured_table(__doc__, measure, REPORT, "neutral", table)
