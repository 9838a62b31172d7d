"""Figures that only FER-2013 knows of: rows whose votes agree, and rows without a near copy in Training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.copies import near_any, thumbnails
from mimik.errors import SourceError
from mimik.tasks.metrics import share_figures
from mimik.tasks.words import percent
from mimik.types import Image

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
    """Accuracy without the rows that have a copy among others; None if nothing is left.

    A copy is what validation counts as one (``mimik.data.copies``: nearly the same, mirrored or not), or
    the same to the pixel, as blank pictures may be.

    Args:
        train: The rows of Training; an unreadable picture taught a model nothing.
        samples: N rows, all readable.
        right: Whether each was answered rightly, (N,).
    """
    known, taught = _seen(train)
    if not known:
        return None
    digests, mine = _seen(samples)
    alone = ~near_any(mine, taught) & ~np.isin(digests, known)
    return share_figures(right[alone]) if alone.any() else None


def _seen(samples: Iterable[Sample]) -> tuple[list[str], NDArray[np.float32]]:
    """SHA-256 of the pixels, and thumbnails (N, 144), of all pictures that can be decoded."""
    digests: list[str] = []

    def images() -> Iterator[Image]:
        for sample in samples:
            try:
                image = sample.load()
            except SourceError:
                continue
            digests.append(hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest())
            yield image

    table = thumbnails(images())
    return digests, table


def figure_lines(report: Mapping[str, Any]) -> list[str]:
    """What a report says of both."""
    lines = []
    if clear := report.get("clear_votes"):
        shown, count = percent(clear["accuracy"]), f"{clear['n']:,}"
        lines.append(f"clear      {shown}  (of {count} where more than 5 of FER+'s 10 votes agree)")
    if twins := report.get("without_twins"):
        lines.append(
            f"no copies  {percent(twins['accuracy'])}  ({twins['n']:,} without a near copy in Training)"
        )
    return lines
