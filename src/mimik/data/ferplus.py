"""FER+ (Barsoum et al. 2016): FER-2013's pictures under the votes of ten people, eight classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.fer2013 import Fer2013, fer_rows, in_class_order
from mimik.data.labels import EMOTIONS
from mimik.data.places import check_split

CLASSES = (*EMOTIONS, "contempt")


class FerPlus(Fer2013):
    """FER+ with the label of the majority, by its authors' rule.

    Votes given by a single person are taken away as outliers. Of what is left, over all ten columns,
    one must hold more than half; it is the label if it is one of the eight emotions. Rows without
    such a majority, and those whose majority is "unknown" or "not a face", are left out.
    """

    def read(self, path: Path, split: str = "all") -> Iterator[Sample]:
        """See Reader; votes are counts of the eight classes, in the order of CLASSES."""
        check_split(split, self.splits)
        self.skipped = []
        for row in fer_rows(path, split, votes_needed=True):
            label = majority(row.votes) if row.votes is not None else None
            if label is None or row.votes is None:
                self.skipped.append(row.key)
                continue
            votes = {"emotion": in_class_order(row.votes, CLASSES)}
            yield Sample(row.key, row.load, row.split, {"emotion": label}, votes=votes)


def majority(votes: NDArray[np.float32]) -> str | None:
    """The label of ten vote counts in FER+'s order, or None if they don't agree on an emotion."""
    kept = np.where(votes > 1, votes, 0)
    eight = in_class_order(kept, CLASSES)
    best = int(eight.argmax())
    return CLASSES[best] if eight[best] > 0.5 * kept.sum() else None
