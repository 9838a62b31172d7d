"""The pictures that training does better without, each with the reason and the picture it is a copy of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.data.audit.equal import Near
from mimik.data.audit.finding import Finding, key_of
from mimik.data.audit.labels import disputed, group_name, trained_sides
from mimik.data.audit.look import Pictures
from mimik.data.left_out import LeftOut, left_out_text
from mimik.data.voices.people import FOLDS


@dataclass(frozen=True, slots=True)
class Leaves:
    """A picture that leaves."""

    row: int
    """Its row."""
    reason: str
    """Why, in a few words."""
    of: int | None = None
    """The row of the picture that stays in its stead, if there is one."""


def leave_out(pictures: Pictures, singles: Sequence[Finding], near: Near) -> list[Leaves]:
    """What leaves, by row, each once with its first reason.

    Only pictures that can be trained on leave: those of a split ``train``, and those of a set of one
    split. A picture to test on stays, and its copies in training leave.

    Args:
        pictures: All pictures.
        singles: Findings of pictures that show nothing; their title is the reason.
        near: Near copies.
    """
    trained = trained_rows(pictures)
    found: dict[int, Leaves] = {}
    told = (Leaves(row, f.title) for f in singles for group in f.groups for row in group)
    for one in (
        *told,
        *_equal(pictures, trained),
        *_near(pictures, near, trained),
        *_people(pictures, trained),
    ):
        if trained[one.row]:
            found.setdefault(one.row, one)
    return [found[row] for row in sorted(found)]


def trained_rows(pictures: Pictures) -> NDArray[np.bool_]:
    """Which rows can be trained on (N,): those of a fold, too, which are tested on in their turn."""
    folds = [side.rsplit(": ", 1)[-1] in FOLDS for side in pictures.sides]
    sides = np.logical_or(trained_sides(pictures), folds)
    return np.asarray(sides[pictures.side])


def _equal(pictures: Pictures, trained: NDArray[np.bool_]) -> Iterator[Leaves]:
    """Of pictures of the same pixels all but one leave; all, if their labels contradict each other."""
    order = np.argsort(pictures.photo, kind="stable")
    order = order[pictures.photo[order] >= 0]
    for rows in np.split(order, np.nonzero(np.diff(pictures.photo[order]))[0] + 1):
        if len(rows) > 1:
            yield from _of_one_photo(pictures, rows.tolist(), trained)


def _of_one_photo(pictures: Pictures, rows: list[int], trained: NDArray[np.bool_]) -> Iterator[Leaves]:
    if disputed([pictures.samples[row] for row in rows]):
        for row in rows:
            yield Leaves(row, "equal pictures, other labels", next(r for r in rows if r != row))
        return
    tested = [row for row in rows if not trained[row]]
    # Of several sets the last one stays whole: name the one that is trained on first.
    last = [row for row in rows if pictures.home[row] == pictures.home[rows[-1]]]
    kept = (tested or last)[0]
    for row in rows:
        if row != kept:
            reason = (
                "copy of a test picture"
                if tested or pictures.home[row] != pictures.home[kept]
                else "exact copy"
            )
            yield Leaves(row, reason, kept)


def _near(pictures: Pictures, near: Near, trained: NDArray[np.bool_]) -> Iterator[Leaves]:
    """Pictures to train on that nearly copy one to test on."""
    shown: dict[int, int] = {}
    for row in np.nonzero(~trained & (pictures.photo >= 0))[0].tolist():
        shown.setdefault(int(pictures.photo[row]), row)
    there = {
        a: shown[b]
        for one, other in near.copies.tolist()
        for a, b in ((one, other), (other, one))
        if b in shown
    }
    for row in np.nonzero(trained & np.isin(pictures.photo, list(there)))[0].tolist():
        yield Leaves(row, "near copy of a test picture", there[int(pictures.photo[row])])


def _people(pictures: Pictures, trained: NDArray[np.bool_]) -> Iterator[Leaves]:
    """Pictures to train on of a person or group that is tested on, too."""
    names = [group_name(pictures, row) for row in range(len(pictures.samples))]
    tested: dict[tuple[str, str], int] = {}
    for row in np.nonzero(~trained)[0].tolist():
        if name := names[row]:
            tested.setdefault(name, row)
    for row in np.nonzero(trained)[0].tolist():
        if (name := names[row]) and name in tested:
            yield Leaves(row, "person or group is tested on", tested[name])


def reasons(leaving: Iterable[Leaves]) -> dict[str, int]:
    """How many leave for each reason, the most frequent first."""
    return dict(Counter(one.reason for one in leaving).most_common())


def tables(pictures: Pictures, leaving: Sequence[Leaves]) -> dict[str, str]:
    """The list of each set as CSV by its name: ``leave_out.csv``, or ``leave_out_1.csv`` of several."""
    several = len(pictures.sets) > 1
    return {
        f"leave_out{f'_{number + 1}' * several}.csv": left_out_text(
            _left_out(pictures, one) for one in leaving if pictures.home[one.row] == number
        )
        for number in range(len(pictures.sets))
    }


def _left_out(pictures: Pictures, one: Leaves) -> LeftOut:
    """A picture that leaves, by its key."""
    of = ""
    if one.of is not None:
        same = pictures.home[one.row] == pictures.home[one.of]
        of = pictures.samples[one.of].key if same else key_of(pictures, one.of)
    return LeftOut(pictures.samples[one.row].key, one.reason, of)
