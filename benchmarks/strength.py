"""Which action units a mesh measures the strength of: the table of docs/results.md, from CK+.

    python benchmarks/strength.py --data DATA     measure: frames in order, from rest to apex
    python benchmarks/strength.py                 write the table again from docs/figures

CK+ says which units a sequence shows, not how strong they are; but its frames go from a face at rest to the
apex. CK+48 holds the first and the last three of each sequence as 48 px crops. Of each pair of these four the
later one should have the larger measure where the unit is coded: Kendall's tau, the share of pairs in order
less that of pairs in the wrong one, is averaged over the sequences that are coded for the unit, and over the
others. A measure serves where it moves by more than between two faces at rest of one person (the median of
what coded sequences gain, in standard deviations), and follows the order in coded sequences, and in others
less. DATA holds CK+ and CK+48 (docs/data.md).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from action_units import cells
from ckplus_faces import Pictures, read
from ckplus_mesh import outputs_of
from figures import FIGURES, measured_table
from mimik.facs import ACTION_UNITS
from mimik.models.store import find_model
from mimik.tasks.measures import Rows
from mimik.tasks.mesh import Mesh
from mimik.tasks.metrics import roc_auc
from mimik.tasks.strength import MEASURES, measures_of
from mimik.tasks.unit_figures import drawn_people, unit_truth

REPORT = FIGURES / "strength.json"
TRIED = {
    **{unit: measure.name for unit, measure in MEASURES.items()},
    "AU14": "mouthDimple",
    "AU15": "mouthFrown",
    "AU17": "mouthShrugLower",
    "AU16": "mouthLowerDown",
    "AU23": "mouthPress",
    "AU24": "mouthPress",
}
"""Unit to the measure that is closest to what FACS says of it."""
STRONG = 0.9
"""Share of full-size peaks that show a unit and don't go beyond what counts as the strongest."""
FRAMES = re.compile(r"(S\d+_\d+)_(\d+)\.png$")
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sequences:
    """Sequences of four frames, and frames at rest."""

    frames: NDArray[np.intp]
    """Rows of the pictures in the order of time, (N, 4)."""
    people: NDArray[np.str_]
    """Who is seen, (N,)."""
    truth: NDArray[np.float32]
    """Presence of ACTION_UNITS, (N, U)."""
    calm: NDArray[np.intp]
    """Rows of frames at rest."""
    calm_people: NDArray[np.str_]


def sequences_of(pictures: Pictures) -> Sequences:
    """The sequences that have all four frames."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, sample in enumerate(pictures.samples):
        if named := FRAMES.search(sample.key):
            found[named[1]].append((int(named[2]), row))
    frames = np.array([[row for _, row in sorted(some)] for some in found.values() if len(some) == 4])
    apexes, calm = frames[:, -1], np.flatnonzero(pictures.emotions == "neutral")
    truth = unit_truth([pictures.samples[row] for row in apexes], list(ACTION_UNITS))
    return Sequences(frames, pictures.people[apexes], truth, calm, pictures.people[calm])


def in_order(values: Values) -> Values:
    """Kendall's tau of each sequence, (N,), of values (N, 4)."""
    pairs = list(combinations(range(values.shape[1]), 2))
    return np.asarray(np.mean([np.sign(values[:, b] - values[:, a]) for a, b in pairs], axis=0))


def spread_of(values: Values, people: NDArray[np.str_]) -> float:
    """Standard deviation of a person's frames at rest about their mean, over people with several."""
    parts = [values[people == person] for person in np.unique(people)]
    apart = np.concatenate([part - part.mean() for part in parts if len(part) > 1])
    return float(np.sqrt((apart**2).sum() / (len(apart) - sum(len(part) > 1 for part in parts))))


def figures_of(unit: str, values: Values, sequences: Sequences) -> dict[str, Any]:
    """How a measure, (P,) of all pictures, follows a unit."""
    coded = sequences.truth[:, list(ACTION_UNITS).index(unit)] == 1
    frames, calm = values[sequences.frames], values[sequences.calm]
    tau, gain = in_order(frames), frames[:, -1] - frames[:, 0]
    own = np.array([calm[sequences.calm_people == person].mean() for person in sequences.people])
    apex = frames[:, -1]

    def means(rows: Rows) -> dict[str, float]:
        some, others = tau[rows][coded[rows]], tau[rows][~coded[rows]]
        if not len(some) or not len(others):
            return dict.fromkeys(("coded", "others", "more"), np.nan)
        return {"coded": some.mean(), "others": others.mean(), "more": some.mean() - others.mean()}

    drawn = drawn_people(sequences.people, means)
    whole = {name: float(value) for name, value in means(np.arange(len(tau))).items()}
    return {
        "sequences": int(coded.sum()),
        "gain_sd": float(np.median(gain[coded]) / spread_of(calm, sequences.calm_people)),
        "tau": {name: {"value": value, "ci95": drawn[name]} for name, value in whole.items()},
        "auc": roc_auc(apex, coded),
        "auc_own_rest": roc_auc(apex - own, coded),
        "rest": float(calm.mean()),
    }


def serves(row: Mapping[str, Any]) -> bool:
    """Whether a measure is alive, and follows its unit."""
    tau = row["tau"]
    return row["gain_sd"] >= 1 and min(tau["coded"]["ci95"][0], tau["more"]["ci95"][0]) > 0


def measure(data: Path) -> None:
    """Read the crops; write docs/figures/strength.json."""
    pictures = {"peaks": read(data / "CK+", detect=True), "crops": read(data / "CK+48", detect=False)}
    told = {name: told_by(said) for name, said in outputs_of(pictures).items()}
    sequences = sequences_of(pictures["crops"])
    truth = unit_truth(pictures["peaks"].samples, list(TRIED))
    found = {}
    for unit, name in sorted(TRIED.items()):
        small, sharp = (np.array([one[name] for one in told[kind]]) for kind in ("crops", "peaks"))
        coded = sharp[truth[:, list(TRIED).index(unit)] == 1]
        strong = float(np.quantile(coded, STRONG))
        found[unit] = {"measure": name, **figures_of(unit, small, sequences), "strong": strong}
    REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def told_by(outputs: Values) -> list[dict[str, float]]:
    """The measures of each face."""
    task, card = Mesh(), find_model("mesh.base")[0]
    values = task.decode(outputs.astype(np.float32), card)
    return [measures_of(task.reading(row, row, card)) for row in values]


def table(report: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    heads = ("unit", "measure", "sequences", "gain at the apex, SD at rest", "tau, coded", "tau, others")
    lines = [cells(*heads, "more in coded ones", "strength is told"), "|" + "---|" * (len(heads) + 2)]
    for unit, row in report.items():
        taus = (interval(row["tau"][name]) for name in ("coded", "others", "more"))
        told = "yes" if serves(row) else "no"
        lines.append(cells(unit, row["measure"], row["sequences"], f"{row['gain_sd']:.1f}", *taus, told))
    return "\n".join(lines)


def interval(figure: Mapping[str, Any]) -> str:
    """A figure with its interval."""
    low, high = figure["ci95"]
    return f"{figure['value']:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    measured_table(__doc__, measure, REPORT, "strength", table)
