"""Figures of action units: each by itself, and their means, with intervals over people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.evaluate.metrics import average_precision, roc_auc
from mimik.facs import ACTION_UNITS
from mimik.models.card import ModelCard
from mimik.tasks.au import ActionUnits

FEWEST = 20
"""Units with fewer positives are listed, but not counted in the means: their figures are chance."""
DRAWS = 300


def unit_truth(samples: Sequence[Sample], labels: Sequence[str]) -> NDArray[np.float32]:
    """Presence of some action units, float32 (N, K): 0, 1, or NaN where not coded."""
    columns = [list(ACTION_UNITS).index(name) for name in labels]
    return np.stack([sample.scores["au"] for sample in samples])[:, columns]


def unit_report(logits: NDArray[np.float32], samples: Sequence[Sample], card: ModelCard) -> dict[str, Any]:
    """Figures of a model of action units.

    Args:
        logits: (N, K), N above 0.
        samples: The N samples; their ``scores["au"]`` is the truth.
        card: The model's card.

    Returns:
        n, people, ``units`` (unit to the figures of unit_figures), ``mean`` (auc, f1 and
        average_precision over the units with 20 positives or more, with ``ci95`` of each by drawing
        people 300 times, and the names of those units), and ``subgroups``.
    """
    values = ActionUnits().decode(logits, card).astype(np.float64)
    truth = unit_truth(samples, card.labels)
    floors = np.array(card.thresholds or (0.5,) * len(card.labels))
    people = np.array([sample.group or sample.key for sample in samples])
    return figures_of(values, truth, values >= floors, card.labels, people) | {
        "subgroups": _by_frame(values, truth, values >= floors, card.labels, samples)
    }


def figures_of(
    values: NDArray[np.float64],
    truth: NDArray[np.float32],
    active: NDArray[np.bool_],
    labels: Sequence[str],
    people: NDArray[np.str_],
) -> dict[str, Any]:
    """Figures of scores (N, K), and of what they call active (N, K), against presence (N, K)."""
    units = {name: unit_figures(values[:, k], truth[:, k], active[:, k]) for k, name in enumerate(labels)}
    counted = [
        k
        for k, name in enumerate(labels)
        if units[name]["positives"] >= FEWEST and units[name]["auc"] is not None
    ]

    def means(rows: NDArray[np.intp]) -> dict[str, float]:
        per_unit = [unit_figures(values[rows, k], truth[rows, k], active[rows, k]) for k in counted]
        known = {
            figure: [u[figure] for u in per_unit if u[figure] is not None]
            for figure in ("auc", "f1", "average_precision")
        }
        return {figure: float(np.mean(found)) if found else np.nan for figure, found in known.items()}

    report: dict[str, Any] = {"n": len(values), "people": len(set(people.tolist())), "units": units}
    if not counted:
        return {**report, "mean": None}
    return {
        **report,
        "mean": {
            **means(np.arange(len(values))),
            "ci95": drawn_people(people, means),
            "units": [labels[k] for k in counted],
        },
    }


def unit_figures(
    values: NDArray[np.float64], truth: NDArray[np.float32], active: NDArray[np.bool_]
) -> dict[str, Any]:
    """positives, n, prevalence, auc, average_precision, f1, precision and recall of one unit.

    What isn't defined is None: auc and average_precision without both answers in the truth, f1
    without a positive.
    """
    known = ~np.isnan(truth)
    there, said, score = truth[known] > 0.5, active[known], values[known]
    positives, hits = int(there.sum()), int((there & said).sum())
    both = 0 < positives < len(there)
    return {
        "positives": positives,
        "n": len(there),
        "prevalence": float(there.mean()) if len(there) else None,
        "auc": roc_auc(score, there) if both else None,
        "average_precision": average_precision(score, there) if both else None,
        "f1": 2 * hits / (positives + int(said.sum())) if positives else None,
        "precision": hits / int(said.sum()) if said.any() else None,
        "recall": hits / positives if positives else None,
    }


def drawn_people(
    people: NDArray[np.str_], figures: Callable[[NDArray[np.intp]], dict[str, float]], seed: int = 0
) -> dict[str, list[float]]:
    """95 % interval of each figure when people are drawn with replacement (all of a person's rows)."""
    rows = [np.flatnonzero(people == person) for person in np.unique(people)]
    rng = np.random.default_rng(seed)
    draws = [
        figures(np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))]))
        for _ in range(DRAWS)
    ]
    return {
        name: [float(v) for v in np.nanpercentile([draw[name] for draw in draws], (2.5, 97.5))]
        for name in draws[0]
    }


def _by_frame(
    values: NDArray[np.float64],
    truth: NDArray[np.float32],
    active: NDArray[np.bool_],
    labels: Sequence[str],
    samples: Sequence[Sample],
) -> dict[str, dict[str, Any]]:
    """Share of the units that are called rightly, by what is known of the samples."""
    right = np.where(np.isnan(truth), np.nan, active == (truth > 0.5))
    found: dict[str, dict[str, list[int]]] = {}
    for row, sample in enumerate(samples):
        for name, value in sample.subgroup.items():
            found.setdefault(name, {}).setdefault(value, []).append(row)
    return {
        name: {
            value: {"n": len(rows), "accuracy": float(np.nanmean(right[rows]))}
            for value, rows in sorted(groups.items())
        }
        for name, groups in sorted(found.items())
    }
