"""Labels that held-out predictions contradict (Northcutt et al. 2021), and ages that are far off."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.audit.finding import Finding
from mimik.data.audit.look import Pictures
from mimik.errors import DataError, some_of
from mimik.tasks.probabilities import softmax

KEY, TRUTH, PREDICTED, LOGIT = "key", "truth", "predicted", "logit_"
"""Columns that are read."""
LEAST_YEARS = 10.0
"""Years by which an age is off at least."""
SPREADS = 3.5
"""Robust standard deviations (1.4826 times the median deviation) by which it is off at least."""
HELD_OUT = "predictions must be of pictures that the model hasn't learned from: it repeats what it learned"


def contradicted(pictures: Pictures, file: Path, rows: Sequence[dict[str, str]]) -> Finding:
    """The rows of a predictions file whose label the predictions contradict, the surest first.

    Args:
        pictures: All pictures.
        file: Its name, for messages.
        rows: Its rows, see read_predictions.

    Raises:
        DataError: The file lacks a number, has an unknown label, or is of other pictures.
    """
    numbers = {sample.key: row for row, sample in reversed(list(enumerate(pictures.samples)))}
    known = [row for row in rows if row[KEY] in numbers]
    if not known:
        raise DataError(
            f"{file}: none of its {len(rows):,} keys ({_first(rows)}) is in the data; name the file "
            "of this set"
        )
    labels = [name.removeprefix(LOGIT) for name in known[0] if name.startswith(LOGIT)]
    truth = [row[TRUTH] for row in known]
    rule, found = _years(file, known) if _are_years(labels) else _classes(file, known, labels, truth)
    groups = [(numbers[known[i][KEY]],) for i, _ in found]
    notes = {
        numbers[
            known[i][KEY]
        ]: f"labelled {_short(truth[i])}, predicted {_short(known[i][PREDICTED])} ({how})"
        for i, how in found
    }
    strange = [row for row in rows if row[KEY] not in numbers]
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


def _classes(
    file: Path, rows: Sequence[dict[str, str]], labels: list[str], truth: Sequence[str]
) -> tuple[str, list[tuple[int, str]]]:
    """The rule, and the rows it finds with their margins."""
    if strange := [name for name in truth if name not in labels]:
        raise DataError(f"{file}: labels without logits: {some_of(strange)}; it has {', '.join(labels)}")
    numbers = np.array([labels.index(name) for name in truth])
    logits = np.array([[_number(file, row, LOGIT + name) for name in labels] for row in rows], np.float32)
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


def _years(file: Path, rows: Sequence[dict[str, str]]) -> tuple[str, list[tuple[int, str]]]:
    """Ages that are further off than nearly all others."""
    off = np.array([_number(file, row, PREDICTED) - _number(file, row, TRUTH) for row in rows])
    middle = np.median(off)
    limit = max(LEAST_YEARS, SPREADS * 1.4826 * float(np.median(np.abs(off - middle))))
    found = [int(i) for i in np.argsort(-np.abs(off), kind="stable") if abs(off[i] - middle) > limit]
    return f"ages off by more than {limit:.0f} years", [(i, f"off by {abs(off[i]):.0f}") for i in found]


def _are_years(labels: Sequence[str]) -> bool:
    return all(label.isdecimal() for label in labels)


def read_predictions(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV as ``mimik evaluate --predictions`` writes it.

    Raises:
        DataError: It can't be read, lacks a column, or has no row.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream)
            rows = [{name: cell or "" for name, cell in row.items() if name} for row in table]
            names = list(table.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise DataError(
            f"{file}: the predictions can't be read ({why}); mimik evaluate --predictions writes them"
        ) from error
    lacking = [name for name in (KEY, TRUTH, PREDICTED) if name not in names]
    if lacking or not any(name.startswith(LOGIT) for name in names):
        wanted = f"{', '.join((KEY, TRUTH, PREDICTED))} and a column {LOGIT}LABEL a class"
        raise DataError(
            f"{file}: expected the columns {wanted} (mimik evaluate --predictions), found "
            f"{some_of(names) or 'nothing'}"
        )
    if not rows:
        raise DataError(f"{file}: it has no row; have mimik evaluate --predictions write it again")
    return rows


def _number(file: Path, row: dict[str, str], column: str) -> float:
    try:
        value = float(row.get(column, ""))
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise DataError(f"{file}: {column} of {row[KEY]} is no number: {row.get(column, '')[:40]!r}")
    return value


def _first(rows: Sequence[dict[str, str]]) -> str:
    return some_of([row[KEY] for row in rows], 2)


def _short(text: str) -> str:
    """A number without its far decimals."""
    try:
        return f"{float(text):.0f}"
    except ValueError:
        return text
