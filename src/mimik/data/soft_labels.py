"""A set's own probabilities of the classes, in columns of a table: ``emotion_happy``, ``emotion_sad``, ..."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mimik.data.labels import MISSING, class_tasks
from mimik.data.own import OwnTasks
from mimik.errors import DataError

OFF = 0.01
"""By how much probabilities may miss a sum of 1 before that is worth a word."""
DOUBT = f"whose probabilities sum to other than 1 (by more than {OFF:g})"
"""What is said against such rows."""


MORE: dict[str, tuple[str, ...]] = {"emotion": ("contempt",)}
"""Classes of a task that some models and sets have besides its own."""


def soft_classes() -> dict[str, tuple[str, ...]]:
    """Each task whose answer is one of several classes, to those that tables have columns for, in order."""
    return {task: (*labels, *MORE.get(task, ())) for task, labels in class_tasks().items()}


def soft_labels(
    row: Mapping[str, str], tasks: Iterable[str], own: OwnTasks, where: str
) -> dict[str, tuple[Sequence[str], NDArray[np.float32]]]:
    """What a row says of each task's classes.

    Args:
        row: Column to text; those of a task are TASK_CLASS, and 0 for classes without a column.
        tasks: The tasks that are looked for, besides those of one's own.
        own: Tasks of one's own.
        where: Table and line, for messages.

    Returns:
        Task to its classes (K), and probabilities or votes, as they stand there, (K,); without the tasks of
        which the row has no cell.

    Raises:
        DataError: A cell holds no number, 0 or more; some are empty and others not; all are 0; or there is a
            number for a class that the task hasn't.
    """
    classes = soft_classes()
    known = {**{task: classes.get(task, ()) for task in tasks}, **own.labels}
    found: dict[str, tuple[Sequence[str], NDArray[np.float32]]] = {}
    for task, all_labels in known.items():
        more = MORE.get(task, ())
        labels = tuple(name for name in all_labels if name not in more or f"{task}_{name}" in row)
        columns = {label: name for label in labels if (name := f"{task}_{label}") in row}
        cells = {label: _known(row[name].strip()) for label, name in columns.items()}
        if any(cells.values()):
            _check_others(row, task, labels, known, where)
            said = [cell_number(cells.get(label, "0"), f"{task}_{label}", where) for label in labels]
            if not any(said):
                raise DataError(f"{where}: the probabilities of {task} are all 0; leave the cells empty")
            found[task] = (labels, np.array(said, np.float32))
    return found


def _check_others(
    row: Mapping[str, str], task: str, labels: Sequence[str], tasks: Iterable[str], where: str
) -> None:
    """Refuse a number in a column that is called like a class and is none: the label would be another."""
    own = {f"{task}_{label}" for label in labels}
    longer = tuple(f"{other}_" for other in tasks if other.startswith(f"{task}_"))
    for name, text in row.items():
        if not name.startswith(f"{task}_") or name in own or f"{name}_".startswith(longer):
            continue
        if re.fullmatch(r"\d+(\.\d+)?", text.strip()) and float(text) > 0:
            classes = ", ".join(labels)
            raise DataError(f"{where}: {name} is no class of {task} ({classes}); rename or mend the column")


def _known(text: str) -> str:
    """A cell's text, "" for a word that says that nothing is known."""
    return "" if text.lower() in MISSING else text


def cell_number(text: str, name: str, where: str) -> float:
    """The number in a cell, 0 or more.

    Raises:
        DataError: It is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise DataError(f"{where}: expected {name} as a number, 0 or more, found {text[:40]!r}")
    return value


def misses_one(said: NDArray[np.float32]) -> bool:
    """Whether probabilities don't sum to 1; whole numbers are votes, which needn't."""
    votes = bool((said == np.round(said)).all()) and said.sum() > 1
    return not votes and abs(float(said.sum()) - 1) > OFF


def likeliest(labels: Sequence[str], said: NDArray[np.float32]) -> str:
    """The class of the highest probability; of several, the first in the task's order."""
    return labels[int(said.argmax())]
