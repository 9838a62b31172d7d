"""Labels that held-out predictions contradict (Northcutt et al. 2021), and ages that are far off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.audit.finding import Finding
from mimik.data.audit.look import Pictures
from mimik.data.predictions import Prediction
from mimik.errors import DataError, some_of
from mimik.tasks.probabilities import softmax
from mimik.tasks.years import GROUPS

LEAST_YEARS = 10.0
"""Years by which an age is off at least."""
SPREADS = 3.5
"""Robust standard deviations (1.4826 times the median deviation) by which it is off at least."""
HELD_OUT = "predictions must be of pictures that the model hasn't learned from: it repeats what it learned"


def contradicted(pictures: Pictures, file: Path, rows: Sequence[Prediction]) -> Finding:
    """The rows of a predictions file whose label the predictions contradict, the surest first.

    Args:
        pictures: All pictures.
        file: Its name, for messages.
        rows: Its rows.

    Raises:
        DataError: The file is of other pictures, or of action units.
    """
    numbers = {sample.key: row for row, sample in reversed(list(enumerate(pictures.samples)))}
    known = [row for row in rows if row.key in numbers]
    if not known:
        raise DataError(
            f"{file}: none of its {len(rows):,} keys ({_first(rows)}) is in the data; name the file "
            "of this set"
        )
    if known[0].present:
        raise DataError(
            f"{file}: predictions of action units; those of classes or ages can contradict labels"
        )
    rule, found = _years(known) if isinstance(known[0].predicted, float) else _classes(known)
    groups = [(numbers[known[i].key],) for i, _ in found]
    notes = {
        numbers[
            known[i].key
        ]: f"labelled {_short(known[i].truth)}, predicted {_short(known[i].predicted)} ({how})"
        for i, how in found
    }
    strange = [row for row in rows if row.key not in numbers]
    says = f"of {len(known):,} predictions, by {rule}; {HELD_OUT}"
    if strange:
        says += f"; {len(strange):,} rows are of other pictures, such as {_first(strange)}"
    more = {"rule": rule, "predictions": len(rows), "of_other_pictures": len(strange), "note": HELD_OUT}
    title = "labels that predictions contradict"
    return Finding("contradicted", title, len(found), says, groups, notes, more=more)


def confident_issues(
    truth: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows that confidently belong to another class than they are labelled with.

    A row counts for a class if its probability reaches the mean probability of the class among the rows
    that are labelled with it; of several such classes, for the one of the highest probability.

    Args:
        truth: Number of each row's class (N,).
        probabilities: Held-out, (N, K).

    Returns:
        The rows (I,), and by how much the highest other class beats the label's, (I,), the largest first.
    """
    classes = range(probabilities.shape[1])
    means = [probabilities[truth == k, k].mean() if (truth == k).any() else np.inf for k in classes]
    reaches = np.where(probabilities >= np.array(means), probabilities, -1)
    wrong = (reaches.max(axis=1) >= 0) & (reaches.argmax(axis=1) != truth)
    return _ranked(np.nonzero(wrong)[0], truth, probabilities)


def _ranked(
    rows: NDArray[np.int64], truth: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    own = probabilities[rows, truth[rows]]
    others = probabilities[rows].copy()
    others[np.arange(len(rows)), truth[rows]] = -1
    margin = others.max(axis=1, initial=-1) - own
    order = np.argsort(-margin, kind="stable")
    return rows[order], margin[order]


def _classes(rows: Sequence[Prediction]) -> tuple[str, list[tuple[int, str]]]:
    """The rule, and the rows it finds with their margins."""
    labels = list(rows[0].logits)
    numbers = np.array([labels.index(str(row.truth)) for row in rows])
    logits = np.array([[row.logits[name] for name in labels] for row in rows], np.float32)
    rule, (found, margins) = _issues(numbers, softmax(logits))
    return rule, [(int(i), f"by {m:.2f}") for i, m in zip(found, margins, strict=True)]


def _issues(
    truth: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> tuple[str, tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """By cleanlab where it is installed and every class has a row, which it wants; else by our own rule."""
    try:
        from cleanlab.filter import find_label_issues
    except ImportError:
        return "confident learning", confident_issues(truth, probabilities)
    found = find_label_issues(truth, probabilities, n_jobs=1)
    return "cleanlab", _ranked(np.nonzero(found)[0], truth, probabilities)


def _years(rows: Sequence[Prediction]) -> tuple[str, list[tuple[int, str]]]:
    """Ages that are further off than nearly all others."""
    off = np.array([_years_off(row) for row in rows])
    middle = np.median(off)
    limit = max(LEAST_YEARS, SPREADS * 1.4826 * float(np.median(np.abs(off - middle))))
    found = [int(i) for i in np.argsort(-np.abs(off), kind="stable") if abs(off[i] - middle) > limit]
    return f"ages off by more than {limit:.0f} years", [(i, f"off by {abs(off[i]):.0f}") for i in found]


def _years_off(row: Prediction) -> float:
    """By how much an age is above the truth; of a group, above its last year or below its first."""
    said = float(row.predicted)
    low, high = GROUPS[row.truth] if isinstance(row.truth, str) else (row.truth, row.truth)
    return said - min(max(said, low), high)


def _first(rows: Sequence[Prediction]) -> str:
    return some_of([row.key for row in rows], 2)


def _short(answer: str | float) -> str:
    """A class, or years without their far decimals."""
    return answer if isinstance(answer, str) else f"{answer:.0f}"
