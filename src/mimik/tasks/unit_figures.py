"""Figures, calibration and targets of action units: each by itself, their means, intervals over people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.facs import ACTION_UNITS
from mimik.models.card import ModelCard
from mimik.tasks.calibration import fit_unit_temperature
from mimik.tasks.itemised import Outcomes
from mimik.tasks.measures import Measure, Rows
from mimik.tasks.metrics import average_precision, roc_auc
from mimik.tasks.probabilities import sigmoid
from mimik.tasks.samples import Labelled, subgroup_figures

FEWEST = 20
"""Units with fewer positives are listed, but not counted in the means: their figures are chance."""
DRAWS = 300


def unit_truth(samples: Sequence[Labelled], labels: Sequence[str], target: str = "au") -> NDArray[np.float32]:
    """Presence of some action units, float32 (N, K): 0, 1, or NaN where not coded."""
    columns = [list(ACTION_UNITS).index(name) for name in labels]
    return np.stack([sample.scores[target] for sample in samples])[:, columns]


class UnitFigures:
    """The part of ActionUnits that evaluation and training use; see Scored for each method."""

    objective = "units"

    def has_truth(self, sample: Labelled, card: ModelCard) -> bool:
        """Whether one of the card's units is coded."""
        coded = card.task in sample.scores
        return coded and bool(np.isfinite(unit_truth([sample], card.labels, card.task)).any())

    def report(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> dict[str, Any]:
        """Figures of a model of action units.

        Returns:
            n, people, ``units`` (unit to the figures of unit_figures), ``mean`` (auc, f1 and
            average_precision over the units with 20 positives or more, with ``ci95`` of each by drawing
            people 300 times, and the names of those units), and ``subgroups`` (share of the units
            that are called rightly).
        """
        values = sigmoid(logits, card.temperature).astype(np.float64)
        truth = unit_truth(samples, card.labels, card.task)
        active = _active(values, card)
        people = np.array([sample.group or sample.key for sample in samples])
        right = np.where(np.isnan(truth), np.nan, active == (truth > 0.5))
        return figures_of(values, truth, active, card.labels, people) | {
            "subgroups": subgroup_figures(
                samples, lambda rows: {"n": len(rows), "accuracy": float(np.nanmean(right[rows]))}
            )
        }

    def headline(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> tuple[str, float]:
        """The mean area under the ROC curve; NaN without a unit that is counted."""
        mean = self.report(logits, samples, card)["mean"]
        return "mean_auc", mean["auc"] if mean else float("nan")

    def outcomes(self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard) -> Outcomes:
        """The units that are coded as present, and those that reach their thresholds; see Itemised."""
        truth = unit_truth(samples, card.labels, card.task)
        values = sigmoid(logits, card.temperature).astype(np.float64)
        return Outcomes(
            truth=_named(truth == 1, card.labels),
            predicted=_named(_active(values, card), card.labels),
            present={name: truth[:, k] for k, name in enumerate(card.labels)},
        )

    def measures(
        self, logits: Sequence[NDArray[np.float32]], samples: Sequence[Labelled], cards: Sequence[ModelCard]
    ) -> tuple[Measure, ...]:
        """Mean AUC and F1 over the units that all models read and that have 20 positives; see Comparable."""
        units = [name for name in cards[0].labels if all(name in card.labels for card in cards)]
        truth = unit_truth(samples, units) if units else np.empty((len(samples), 0), np.float32)
        kept = [
            name
            for name, there in zip(units, truth.T, strict=True)
            if (there == 1).sum() >= FEWEST and (there == 0).any()
        ]
        if not kept:
            named = ", ".join(units) or "none"
            raise OptionError(
                f"action units are compared by those that all models read and of which {FEWEST} pictures or "
                f"more show each: there is none (all read: {named}); name other models or more pictures"
            )
        truth = unit_truth(samples, kept)
        means = [_means_of(said, truth, card, kept) for said, card in zip(logits, cards, strict=True)]
        note = f"over the {len(kept)} units that all read and that have {FEWEST} positives: {', '.join(kept)}"
        return tuple(
            Measure(
                f"mean_{name}",
                title,
                "area",
                True,
                together=[_one_of(figures, name) for figures in means],
                note=note,
            )
            for name, title in (("auc", "mean AUC"), ("f1", "mean F1"))
        )

    def figure_lines(self, report: Mapping[str, Any]) -> list[str]:
        """Faces, people, and the means."""
        lines, mean = [f"faces      {report['n']:,} of {report['people']:,} people"], report["mean"]
        if mean:
            names = {"auc": "mean AUC", "f1": "mean F1", "average_precision": "mean AP"}
            for figure, name in names.items():
                low, high = mean["ci95"][figure]
                lines.append(f"{name:<10} {mean[figure]:.3f}  (95 %: {low:.3f} to {high:.3f})")
            lines.append(f"           over the {len(mean['units'])} units with 20 positives or more")
        return lines

    def figure_table(self, report: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """A row a unit."""
        rows: list[tuple[str, ...]] = [("unit", "positives", "AUC", "AP", "F1", "precision", "recall")]
        figures = ("auc", "average_precision", "f1", "precision", "recall")
        for name, row in report["units"].items():
            shown = ("-" if row[f] is None else f"{row[f]:.3f}" for f in figures)
            rows.append((name, f"{row['positives']:,}", *shown))
        return rows

    def fit_temperature(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], labels: Sequence[str], target: str
    ) -> float:
        """That under which the presence of the units surprises least."""
        return fit_unit_temperature(logits, unit_truth(samples, labels, target))

    def soft_targets(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Calibrated probabilities, each by itself."""
        return sigmoid(logits, card.temperature)


def _active(values: NDArray[np.float64], card: ModelCard) -> NDArray[np.bool_]:
    """Which units reach their thresholds, (N, K)."""
    return np.asarray(values >= np.array(card.thresholds or (0.5,) * len(card.labels)))


def _named(there: NDArray[np.bool_], labels: Sequence[str]) -> list[str]:
    """The units of each row (N, K) that are there, as results write them: "AU06+AU12", or "none"."""
    return ["+".join(compress(labels, row)) or "none" for row in there]


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

    def means(rows: Rows) -> dict[str, float]:
        return mean_figures(values[rows][:, counted], truth[rows][:, counted], active[rows][:, counted])

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


def mean_figures(
    values: NDArray[np.float64], truth: NDArray[np.float32], active: NDArray[np.bool_]
) -> dict[str, float]:
    """auc, f1 and average_precision, each the mean over the units (N, K) for which it is defined."""
    per_unit = [unit_figures(values[:, k], truth[:, k], active[:, k]) for k in range(values.shape[1])]
    known = {
        figure: [u[figure] for u in per_unit if u[figure] is not None]
        for figure in ("auc", "f1", "average_precision")
    }
    return {figure: float(np.mean(found)) if found else np.nan for figure, found in known.items()}


def _means_of(
    logits: NDArray[np.float32], truth: NDArray[np.float32], card: ModelCard, units: Sequence[str]
) -> Callable[[Rows], dict[str, float]]:
    """The mean figures of a model's answers on some rows, over some of its units."""
    columns = [card.labels.index(name) for name in units]
    values = sigmoid(logits, card.temperature).astype(np.float64)
    active = _active(values, card)[:, columns]
    values = values[:, columns]
    return lambda rows: mean_figures(values[rows], truth[rows], active[rows])


def _one_of(figures: Callable[[Rows], dict[str, float]], name: str) -> Callable[[Rows], float]:
    """One of several figures of some rows."""
    return lambda rows: figures(rows)[name]


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
