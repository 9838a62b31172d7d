"""Whether action units gain from a mesh beside the network's features: the table of docs/experiments.md.

    python benchmarks/unit_refit.py --data DATA

Ridge regressions by person, in action_units.py's folds: on the features that the units' own regression sees
(unit_folds.py; 200 principal components of all faces), and on these with blendshapes and distances of the
mesh (ckplus_mesh.py). They are fitted to full-size peaks and to the 48 px crops of the same sequences (three
of an apex count as one), and scored on the peaks. How much is held back, how much the mesh counts, and the
thresholds are chosen on people of the other folds. DATA holds CK+ and CK+48 (docs/data.md). Needs torch,
onnx and scikit-learn.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from action_units import best_threshold, cells, interval
from ckplus_faces import FOLDS, face_batches, read
from ckplus_mesh import features_of, outputs_of
from mimik.models.store import find_model
from mimik.tasks.measures import Rows
from mimik.tasks.unit_figures import FEWEST, drawn_people, mean_figures, unit_truth
from unit_folds import Trunk

WEAK = ("AU10", "AU15", "AU16", "AU26")
PENALTIES = (30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)
COMPONENTS = 200
"""Of the network's features, which are thousands."""
SHARES = (1.0, 5.0)
"""Factors of the mesh's features beside the network's, all standardised."""
LIKE_ODDS = 10.0
Table: TypeAlias = "NDArray[np.float64]"
Truth: TypeAlias = "NDArray[np.bool_]"


@dataclass(frozen=True)
class Faces:
    """Peaks and crops, one after the other."""

    network: Table
    """Features of the network, (N, F)."""
    mesh: Table
    """Features of the mesh, (N, M)."""
    truth: NDArray[np.float32]
    """Presence of each unit, (N, K)."""
    folds: NDArray[np.intp]
    weights: Table
    people: NDArray[np.str_]
    peaks: Truth
    """Which rows are scored, (N,)."""


def faces_of(data: Path, labels: tuple[str, ...]) -> Faces:
    """All that is fitted to and scored."""
    pictures = {"peaks": read(data / "CK+", detect=True), "crops": read(data / "CK+48", detect=False)}
    said, trunk, crop = outputs_of(pictures), Trunk(), find_model("au.base")[0].crop
    parts = list(pictures.values())
    samples = [sample for some in parts for sample in some.samples]
    frames = np.array([str(sample.subgroup["frame"]) for sample in samples])
    truth = unit_truth(samples, labels)
    network = [trunk.see_all(face_batches(some, crop))[1].numpy() for some in parts]
    mesh = [np.stack(list(features_of(said[name]).values()), axis=1) for name in pictures]
    columns: dict[str, Any] = {
        "network": np.concatenate(network).astype(np.float64),
        "mesh": np.concatenate(mesh),
        "truth": truth,
        "folds": np.concatenate([some.folds for some in parts]),
        "weights": np.where(frames == "apex", 1 / 3, 1.0),
        "people": np.concatenate([some.people for some in parts]),
        "peaks": frames == "peak",
    }
    coded = ~np.isnan(truth[:, 0])
    return Faces(**{name: values[coded] for name, values in columns.items()})


def standardised(x: Table) -> Table:
    """Features about their mean, each as wide as the others."""
    return np.asarray((x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9))


def components(x: Table) -> Table:
    """The principal components that matter, as wide as they are."""
    values, vectors = np.linalg.eigh(x @ x.T)
    return np.asarray(vectors[:, -COMPONENTS:] * np.sqrt(values[-COMPONENTS:]))


def fits(x: Table, faces: Faces, rows: Truth) -> Table:
    """Scores of all faces by ridge regressions on some, (penalties, N, K)."""
    weights = faces.weights[rows, None]
    mean = (weights * x[rows]).sum(axis=0) / weights.sum()
    share = (weights * faces.truth[rows]).sum(axis=0) / weights.sum()
    z = x - mean
    values, vectors = np.linalg.eigh((weights * z[rows]).T @ z[rows])
    wanted = vectors.T @ ((weights * z[rows]).T @ (faces.truth[rows] - share))
    turned = z @ vectors
    return np.stack([turned @ (wanted / (values + penalty)[:, None]) for penalty in PENALTIES])


def refitted(faces: Faces, ways: list[Table]) -> tuple[Table, Truth]:
    """Scores and calls (N, K) by regressions that have not seen the person.

    Args:
        faces: All.
        ways: Features of which the best are chosen for each unit, with their penalty.
    """
    scores, active = np.zeros(faces.truth.shape), np.zeros(faces.truth.shape, bool)
    for fold in range(FOLDS):
        others, mine = faces.folds != fold, faces.folds == fold
        inner = np.full((len(ways), len(PENALTIES), *faces.truth.shape), np.nan)
        for held in set(range(FOLDS)) - {fold}:
            own, rows = faces.folds == held, others & (faces.folds != held)
            inner[:, :, own] = np.stack([fits(x, faces, rows)[:, own] for x in ways])
        outer = np.stack([fits(x, faces, others)[:, mine] for x in ways])
        missed = faces.weights[others, None] * (inner[:, :, others] - _centred(faces, others)) ** 2
        for k, loss in enumerate(missed.sum(axis=2).reshape(-1, faces.truth.shape[1]).T):
            way, penalty = np.unravel_index(loss.argmin(), inner.shape[:2])
            seen, said = others & faces.peaks, inner[way, penalty, :, k]
            # Scores are about as far apart as log-odds are, for which the thresholds' regression is made.
            floor = best_threshold(LIKE_ODDS * said[seen], faces.truth[seen, k] > 0.5)
            scores[mine, k] = LIKE_ODDS * outer[way, penalty, :, k]
            active[mine, k] = scores[mine, k] >= floor
    return scores, active


def _centred(faces: Faces, rows: Truth) -> Table:
    """Presence of the units less its mean."""
    truth, weights = faces.truth[rows], faces.weights[rows, None]
    return np.asarray(truth - (weights * truth).sum(axis=0) / weights.sum())


def compared(faces: Faces, found: Mapping[str, tuple[Table, Truth]], units: list[int]) -> dict[str, Any]:
    """Mean AUC and F1 of some units by each way, and the gain of the second, with intervals over people."""
    peaks = faces.peaks
    truth = faces.truth[peaks][:, units]

    def means(rows: Rows) -> dict[str, float]:
        told = {
            name: mean_figures(scores[peaks][rows][:, units], truth[rows], active[peaks][rows][:, units])
            for name, (scores, active) in found.items()
        }
        first, second = told.values()
        flat = {f"{name} {key}": own[key] for name, own in told.items() for key in ("auc", "f1")}
        return flat | {f"gain {key}": second[key] - first[key] for key in ("auc", "f1")}

    drawn = drawn_people(faces.people[peaks], means)
    return {name: (value, drawn[name]) for name, value in means(np.arange(peaks.sum())).items()}


def main() -> None:
    """Refit and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    labels = find_model("au.base")[0].labels
    faces = faces_of(parser.parse_args().data, labels)
    network, mesh = components(standardised(faces.network)), standardised(faces.mesh)
    both = [np.concatenate([network, share * mesh], axis=1) for share in SHARES]
    found = {"network": refitted(faces, [network]), "with mesh": refitted(faces, both)}
    positives = faces.truth[faces.peaks].sum(axis=0)
    rows = {name: [labels.index(name)] for name in labels if name in WEAK}
    others = [k for k, name in enumerate(labels) if positives[k] >= FEWEST and name not in WEAK]
    rows["mean of those with 20"] = [*others, labels.index("AU15")]
    heads = ("unit", "positives", *(f"{key}, {way}" for key in ("AUC", "F1") for way in (*found, "gain")))
    print(cells(*heads), "|" + "---|" * len(heads), sep="\n")
    for name, units in rows.items():
        figures = compared(faces, found, units)
        shown = (interval(*figures[f"{way} {key}"]) for key in ("auc", "f1") for way in (*found, "gain"))
        print(cells(name, int(positives[units].sum()), *shown), flush=True)


if __name__ == "__main__":
    main()
