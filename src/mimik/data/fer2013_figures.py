"""Figures that only FER-2013 knows of: rows whose votes agree, and rows without a copy in Training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.errors import SourceError
from mimik.tasks.metrics import share_figures
from mimik.tasks.words import percent

AGREED = 5
"""Votes of FER+'s ten that the clear majority of a row has more than."""


def clear_votes(samples: Sequence[Sample], right: NDArray[np.bool_], task: str, classes: int) -> Any:
    """Accuracy on the rows where one class has more than five of FER+'s ten votes; None without one.

    Args:
        samples: N rows.
        right: Whether each was answered rightly, (N,).
        task: Name of the votes.
        classes: Number of the model's classes; other votes than for these say nothing of it.
    """
    votes = [sample.votes.get(task, np.zeros(classes)) for sample in samples]
    clear = np.array([len(v) == classes and v.max(initial=0) > AGREED for v in votes])
    return share_figures(right[clear]) if clear.any() else None


def without_twins(train: Iterable[Sample], samples: Sequence[Sample], right: NDArray[np.bool_]) -> Any:
    """Accuracy without the rows that have an identical twin among others; None if nothing is left.

    Args:
        train: The rows of Training; an unreadable picture taught a model nothing.
        samples: N rows, all readable.
        right: Whether each was answered rightly, (N,).
    """
    known = {digest for sample in train if (digest := _pixel_digest(sample))}
    if not known:
        return None
    alone = np.array([_pixel_digest(sample) not in known for sample in samples])
    return share_figures(right[alone]) if alone.any() else None


def _pixel_digest(sample: Sample) -> str | None:
    """SHA-256 of a picture's pixels, by which identical copies are known; None if it can't be decoded."""
    try:
        image = sample.load()
    except SourceError:
        return None
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


def figure_lines(report: Mapping[str, Any]) -> list[str]:
    """What a report says of both."""
    lines = []
    if clear := report.get("clear_votes"):
        shown, count = percent(clear["accuracy"]), f"{clear['n']:,}"
        lines.append(f"clear      {shown}  (of {count} where more than 5 of FER+'s 10 votes agree)")
    if twins := report.get("without_twins"):
        lines.append(f"no twins   {percent(twins['accuracy'])}  ({twins['n']:,} without a copy in Training)")
    return lines
