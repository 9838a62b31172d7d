"""FER+ (Barsoum et al. 2016): FER-2013's pictures under the votes of ten people, eight classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mimik.data.base import Sample, Skipped
from mimik.data.fer2013 import FERPLUS, PLACEMENT, Fer2013, fer_rows, in_class_order, majority
from mimik.data.places import check_split


class FerPlus(Fer2013):
    """FER+ with the label of the majority, by its authors' rule (fer2013.majority).

    Rows without a majority, and those whose majority is "unknown" or "not a face", are left out.
    """

    title = "FER+"
    guessed = False

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; votes are counts of the eight classes, in the order of FERPLUS."""
        check_split(split, self.splits)
        for row in fer_rows(path, split, votes_needed=True):
            label = majority(row.votes) if row.votes is not None else None
            if label is None or row.votes is None:
                yield Skipped(row.key)
                continue
            votes = {"emotion": in_class_order(row.votes, FERPLUS)}
            yield Sample(row.key, row.load, row.split, {"emotion": label}, votes, placement=PLACEMENT)
