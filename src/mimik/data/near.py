"""Near copies among the pictures of a set, by the measure that fits their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mimik.data.alike import alike_pairs
from mimik.data.copies import EXACT, copy_groups, near_any, near_pairs, thumbnails
from mimik.data.same_photo import same_photo, same_photo_moved
from mimik.data.splits import join_groups


def are_few(count: int) -> bool:
    """Whether so many pictures are few enough to look for look-alikes among them."""
    return count <= EXACT


class NearCopies:
    """Near copies among the N pictures of a set; they are looked for when they are first needed.

    Among few pictures look-alikes count as well (mimik.data.alike).
    """

    def __init__(self, images: Sequence[NDArray[np.uint8]], table: NDArray[np.float32] | None = None) -> None:
        """Keep what is compared.

        Args:
            images: uint8 (H, W) or (H, W, 3), at full size or small; may be empty if they are many
                (are_few) and a table is given.
            table: Their thumbnails (N, 144); made of the images if None.
        """
        self._images, self._table = images, table

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """The pictures' thumbnails (N, 144)."""
        return thumbnails(self._images) if self._table is None else self._table

    @cached_property
    def _pairs(self) -> NDArray[np.int64] | None:
        """All pairs (P, 2); None if there are too many pictures to compare each with each."""
        count = len(self._images if self._table is None else self._table)
        return alike_pairs(self._images) if are_few(count) else None

    def of(self, these: NDArray[np.bool_], those: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of these pictures (N,) nearly copy one of those (N,)."""
        found = np.zeros(len(these), bool)
        if not (these.any() and those.any()):
            return found
        if self._pairs is None:
            found[these] = near_any(self.table[these], self.table[those])
            return found
        for one, other in (self._pairs.T, self._pairs.T[::-1]):
            found[one[these[one] & those[other]]] = True
        return found

    def groups(self, some: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The first row of each one's group among some pictures (N,): those that near copies join, (M,)."""
        rows = np.flatnonzero(some)
        if self._pairs is None:
            return rows[copy_groups(self.table[rows])]
        inside = self._pairs[some[self._pairs].all(axis=1)]
        parts = join_groups(rows.tolist(), map(tuple, inside.tolist()))
        first = {row: min(part) for part in parts for row in part}
        return np.array([first[row] for row in rows.tolist()], np.int64)

    def same_photos(self, these: NDArray[np.bool_], those: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of these (N,) look like one of those (N,) and show the same photo by their fine detail."""
        found = np.zeros(len(these), bool)
        if not (these.any() and those.any()):
            return found
        images, same = self._images, same_photo if self._pairs is None else same_photo_moved
        for a, b in self.between(these, those):
            found[a] = found[a] or same(images[a], images[b])
        return found

    def between(self, these: NDArray[np.bool_], those: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Pairs of rows that look alike, one of these (N,) and one of those (N,)."""
        if self._pairs is None:
            one, other = np.flatnonzero(these), np.flatnonzero(those)
            for near in near_pairs(self.table[one], self.table[other]):
                yield from zip(one[near[0]].tolist(), other[near[1]].tolist(), strict=True)
            return
        for first, second in (self._pairs.T, self._pairs.T[::-1]):
            met = these[first] & those[second]
            yield from zip(first[met].tolist(), second[met].tolist(), strict=True)

    def returned(self, held: NDArray[np.bool_], movable: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The held pictures (N,) without the movable ones that copy a picture outside, or one that does."""
        held, outside = held.copy(), ~held
        while (near := self.of(held & movable, outside)).any():
            held &= ~near
            outside = near  # Only those that have just moved can have copies left.
        return held
