"""Figures from answers and truth; NumPy only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Z95 = 1.959964
_DRAWS = 1000


def confusion_matrix(truth: NDArray[np.intp], answers: NDArray[np.intp], classes: int) -> NDArray[np.intp]:
    """Counts (K, K): true class in rows, answer in columns."""
    return np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes)


def accuracy(truth: NDArray[np.intp], answers: NDArray[np.intp]) -> float:
    """Share of right answers, 0 to 1."""
    return float(np.mean(truth == answers))


def wilson_interval(right: float, n: float) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), 0 to 1."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = right / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def share_figures(right: NDArray[np.bool_], groups: NDArray[np.intp] | None = None) -> dict[str, Any]:
    """``n``, ``accuracy`` and its ``ci95`` of right and wrong answers.

    Args:
        right: (N,).
        groups: Number of each row's person or near copies, (N,). Rows of one group say less than as
            many of different people: the interval is that of ``effective_count`` rows.
    """
    if not len(right):
        return {"n": 0, "accuracy": None, "ci95": [0.0, 1.0]}
    share = float(right.mean())
    count = len(right) if groups is None else effective_count(right, groups)
    return {"n": len(right), "accuracy": share, "ci95": list(wilson_interval(share * count, count))}


def effective_count(values: NDArray[Any], groups: NDArray[np.intp]) -> float:
    """How many rows of different people would say as much of a mean: N over the design effect (Kish 1965).

    The effect is the variance of the mean over groups by that over rows, and at least 1. Where all
    rows are alike it can't be told, and each group counts once.

    Args:
        values: Right and wrong answers, or numbers, (N,), N above 0.
        groups: Number of each row's group, (N,).
    """
    spread, names = float(values.var()), np.unique(groups, return_inverse=True)[1]
    groups_there = int(names.max()) + 1
    if not spread or groups_there in (1, len(values)):
        return float(groups_there)
    off = np.bincount(names, weights=values - values.mean())
    variance = groups_there / (groups_there - 1) * float((off**2).sum()) / len(values) ** 2
    return len(values) / max(1.0, variance * len(values) / spread)


def class_figures(confusion: NDArray[np.intp], labels: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """``n``, ``precision``, ``recall`` and ``f1`` of each class; 0 where one is not defined.

    Args:
        confusion: Counts (K, K), true class in rows.
        labels: The classes.
    """
    hits = np.diag(confusion).astype(np.float64)
    true, said = confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = hits / np.maximum(said, 1), hits / np.maximum(true, 1)
    f1 = 2 * hits / np.maximum(true + said, 1)
    return {
        label: {
            "n": int(true[k]),
            "precision": float(precision[k]),
            "recall": float(recall[k]),
            "f1": float(f1[k]),
        }
        for k, label in enumerate(labels)
    }


def macro(per_class: dict[str, dict[str, Any]], figure: str) -> float:
    """Mean of a figure over the classes that occur in the truth; 0 if none does."""
    values = [row[figure] for row in per_class.values() if row["n"]]
    return float(np.mean(values)) if values else 0.0


def mean_absolute_error(truth: NDArray[np.float64], answers: NDArray[np.float64]) -> float:
    """Mean distance, in the unit of its arguments."""
    return float(np.abs(truth - answers).mean())


def cumulative_score(truth: NDArray[np.float64], answers: NDArray[np.float64], within: float = 5) -> float:
    """Share of answers at most ``within`` away from the truth, 0 to 1."""
    return float(np.mean(np.abs(truth - answers) <= within))


def bootstrap_interval(
    values: NDArray[np.float64], seed: int = 0, groups: NDArray[np.intp] | None = None
) -> tuple[float, float]:
    """95 % interval of a mean from 1,000 draws with replacement; the same for the same seed.

    Args:
        values: One value a row, (N,), N above 0.
        seed: Of the draws.
        groups: Number of each row's person or near copies, (N,): groups are then drawn, all of their
            rows together.
    """
    rng = np.random.default_rng(seed)
    names = np.arange(len(values)) if groups is None else np.unique(groups, return_inverse=True)[1]
    sums, counts = np.bincount(names, weights=values), np.bincount(names)
    draws = (rng.integers(0, len(sums), len(sums)) for _ in range(_DRAWS))
    means = [sums[drawn].sum() / counts[drawn].sum() for drawn in draws]
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def macro_recall_interval(
    truth: NDArray[np.intp], answers: NDArray[np.intp], classes: int, groups: NDArray[np.intp], seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the mean recall over classes from 1,000 draws of groups; the same for the same seed.

    Args:
        truth: True classes, (N,), N above 0.
        answers: Those that were said, (N,).
        classes: How many there are.
        groups: Number of each row's person, (N,): all of their rows are drawn together.
        seed: Of the draws.
    """
    names = np.unique(groups, return_inverse=True)[1]
    there, hit = np.zeros((2, int(names.max()) + 1, classes))
    np.add.at(there, (names, truth), 1)
    np.add.at(hit, (names, truth), truth == answers)
    drawn = np.random.default_rng(seed).integers(0, len(there), (_DRAWS, len(there)))
    counts, hits = there[drawn].sum(axis=1), hit[drawn].sum(axis=1)
    recall = np.where(counts > 0, hits / np.maximum(counts, 1), np.nan)
    low, high = np.percentile(np.nanmean(recall, axis=1), (2.5, 97.5))
    return float(low), float(high)


def within_one(truth: NDArray[np.intp], answers: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether ordered classes are the same or neighbours."""
    return np.asarray(np.abs(truth - answers) <= 1)


def roc_auc(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties counting half.

    Args:
        scores: (N,).
        truth: (N,), with both answers among them.
    """
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = int(truth.sum())
    above = float(ranks[truth].sum()) - positives * (positives + 1) / 2
    return above / (positives * (len(truth) - positives))


def average_precision(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Mean precision over the positives, each at its own score; rows of equal score come together.

    Args:
        scores: (N,).
        truth: (N,), with a positive among them.
    """
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(truth[order])[last]
    return float((np.diff(hits, prepend=0) * hits / (last + 1)).sum() / truth.sum())
