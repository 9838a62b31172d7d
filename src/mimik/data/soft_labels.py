"""A set's own probabilities of the classes, in columns of a table: ``emotion_happy``, ``emotion_sad``, ..."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mimik.data.labels import class_tasks
from mimik.data.own import OwnTasks
from mimik.errors import DataError

OFF = 0.01
"""By how much probabilities may miss a sum of 1 before that is worth a word."""
DOUBT = f"whose probabilities sum to other than 1 (by more than {OFF:g})"
"""What is said against such rows."""


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
        DataError: A cell holds no number, 0 or more; some are empty and others not; or all are 0.
    """
    known = {**{task: class_tasks().get(task, ()) for task in tasks}, **own.labels}
    found = {}
    for task, labels in known.items():
        cells = {label: row[name].strip() for label in labels if (name := f"{task}_{label}") in row}
        if any(cells.values()):
            said = [cell_number(cells.get(label, "0"), f"{task}_{label}", where) for label in labels]
            if not any(said):
                raise DataError(f"{where}: the probabilities of {task} are all 0; leave the cells empty")
            found[task] = (labels, np.array(said, np.float32))
    return found


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
