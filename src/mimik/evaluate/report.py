"""Figures of a set of answers, as a JSON-safe report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.evaluate import metrics
from mimik.evaluate.calibration import (
    covered,
    expected_calibration_error,
    negative_log_likelihood,
    reliability,
)
from mimik.evaluate.units import unit_report
from mimik.models.card import ModelCard
from mimik.tasks.age import GROUPS, Age, age_group
from mimik.tasks.base import softmax

_NAMES = tuple(GROUPS)


def class_report(logits: NDArray[np.float32], samples: Sequence[Sample], card: ModelCard) -> dict[str, Any]:
    """Figures of a classifier.

    Args:
        logits: (N, K), N above 0.
        samples: The N samples; their labels of the card's task are among the card's.
        card: The model's card.

    Returns:
        n, accuracy, ci95 (Wilson; wider where a person or picture comes several times), macro_f1,
        macro_precision, macro_recall, labels, confusion (true class in rows), per_class, ece, nll,
        reliability, threshold, certain and subgroups. In ``certain`` are only the answers that reach
        the card's threshold.
    """
    truth = np.array([card.labels.index(str(s.labels[card.task])) for s in samples], np.intp)
    probabilities = softmax(logits, card.temperature)
    answers = probabilities.argmax(axis=1)
    right, groups = answers == truth, group_numbers(samples)
    confusion = metrics.confusion_matrix(truth, answers, len(card.labels))
    per_class = metrics.class_figures(confusion, card.labels)
    certain = probabilities.max(axis=1) >= card.threshold
    counts, confidence, share = reliability(probabilities, truth)
    return {
        **metrics.share_figures(right, groups),
        "macro_f1": metrics.macro(per_class, "f1"),
        "macro_precision": metrics.macro(per_class, "precision"),
        "macro_recall": metrics.macro(per_class, "recall"),
        "labels": list(card.labels),
        "confusion": confusion.tolist(),
        "per_class": per_class,
        "ece": expected_calibration_error(probabilities, truth),
        "nll": negative_log_likelihood(logits, truth, card.temperature),
        "reliability": {
            "count": counts.astype(int).tolist(),
            "confidence": confidence.tolist(),
            "accuracy": share.tolist(),
        },
        "threshold": card.threshold,
        "certain": metrics.share_figures(right[certain], groups[certain]),
        "subgroups": subgroup_figures(samples, lambda rows: metrics.share_figures(right[rows], groups[rows])),
    }


def age_report(logits: NDArray[np.float32], samples: Sequence[Sample], card: ModelCard) -> dict[str, Any]:
    """Figures of an age model.

    Args:
        logits: (N, K), N above 0.
        samples: The N samples, each with an "age" in years or an "age_group".
        card: The model's card.

    Returns:
        n, mae and ci95 (bootstrap over people where the set knows them, years), cs5, bias and
        coverage80 over the rows whose age is known in years, None where there is none (``n_years``);
        group_accuracy, group_ci95 and group_within_one over all rows; subgroups.
    """
    values = Age().decode(logits, card)
    exact = np.array(["age" in s.labels for s in samples])
    truth = np.array([float(s.labels.get("age", np.nan)) for s in samples])
    group = np.array([_NAMES.index(_true_group(s)) for s in samples], np.intp)
    said, people = values[:, 3:].argmax(axis=1), group_numbers(samples)

    def figures(rows: NDArray[np.intp]) -> dict[str, Any]:
        known = rows[exact[rows]]
        return {
            "n": len(rows),
            **_year_figures(truth[known], values[known], people[known]),
            **_groups(group[rows], said[rows], people[rows]),
        }

    everything = np.arange(len(samples))
    return {
        **figures(everything),
        "n_years": int(exact.sum()),
        "groups": list(_NAMES),
        "confusion": metrics.confusion_matrix(group, said, len(_NAMES)).tolist(),
        "subgroups": subgroup_figures(samples, figures),
    }


def headline(logits: NDArray[np.float32], samples: Sequence[Sample], card: ModelCard) -> tuple[str, float]:
    """The one figure of a model: "accuracy", "mean_auc", "mae" in years, or "group_accuracy" for bands."""
    if card.task == "au":
        mean = unit_report(logits, samples, card)["mean"]
        return "mean_auc", mean["auc"] if mean else float("nan")
    if card.task != "age":
        truth = np.array([card.labels.index(str(s.labels[card.task])) for s in samples], np.intp)
        return "accuracy", metrics.accuracy(truth, logits.argmax(axis=1))
    values = Age().decode(logits, card)
    if all("age" in s.labels for s in samples):
        truth_years = np.array([float(s.labels["age"]) for s in samples])
        return "mae", metrics.mean_absolute_error(truth_years, values[:, 0].astype(np.float64))
    group = np.array([_NAMES.index(_true_group(s)) for s in samples], np.intp)
    return "group_accuracy", metrics.accuracy(group, values[:, 3:].argmax(axis=1))


def group_numbers(samples: Sequence[Sample]) -> NDArray[np.intp]:
    """A number for each sample (N,), the same for those of one person or near copies of one picture."""
    numbers: dict[str | int, int] = {}
    names = (sample.group or row for row, sample in enumerate(samples))
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.intp)


def _year_figures(
    truth: NDArray[np.float64], values: NDArray[np.float32], people: NDArray[np.intp]
) -> dict[str, Any]:
    """Figures against ages in years."""
    if not len(truth):
        return dict.fromkeys(("mae", "ci95", "cs5", "bias", "coverage80"))
    years = values[:, 0].astype(np.float64)
    return {
        "mae": metrics.mean_absolute_error(truth, years),
        "ci95": list(metrics.bootstrap_interval(np.abs(truth - years), groups=people)),
        "cs5": metrics.cumulative_score(truth, years),
        "bias": float((years - truth).mean()),
        "coverage80": covered(values[:, 1], values[:, 2], truth),
    }


def _groups(truth: NDArray[np.intp], answers: NDArray[np.intp], people: NDArray[np.intp]) -> dict[str, Any]:
    """Figures against age groups."""
    figures = metrics.share_figures(truth == answers, people)
    return {
        "group_accuracy": figures["accuracy"],
        "group_ci95": figures["ci95"],
        "group_within_one": float(metrics.within_one(truth, answers).mean()),
    }


def _true_group(sample: Sample) -> str:
    if "age" in sample.labels:
        return age_group(float(sample.labels["age"]))
    return str(sample.labels["age_group"])


def subgroup_figures(
    samples: Sequence[Sample], figures: Callable[[NDArray[np.intp]], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Figures broken down by what is known of the samples.

    Args:
        samples: All samples.
        figures: Figures of some rows.

    Returns:
        "gender", "age_group", "ethnicity" and "adults" (18 to 60 years) to value to figures, as far
        as the set knows them.
    """
    rows: dict[str, dict[str, list[int]]] = {}
    for row, sample in enumerate(samples):
        known = dict(sample.subgroup)
        if 18 <= float(sample.labels.get("age", -1)) <= 60:
            known["adults"] = "18-60"
        for name, value in known.items():
            rows.setdefault(name, {}).setdefault(value, []).append(row)
    order = {name: place for place, name in enumerate(_NAMES)}
    return {
        name: {
            value: figures(np.array(found, np.intp))
            for value, found in sorted(values.items(), key=lambda item: (order.get(item[0], 0), item[0]))
        }
        for name, values in sorted(rows.items())
    }
