"""What a split keeps together: people, groups, and near copies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mimik.data.alike import alike_pairs, same_photo_moved
from mimik.data.bonds import group_names
from mimik.data.copies import EXACT, copy_groups, near_any, near_pairs, thumbnails
from mimik.data.splits import join_groups, same_photo
from mimik.train.inputs.pictures import Pictures


@dataclass(frozen=True, eq=False)
class Units:
    """The unit of each of N pictures: all of a unit lies on one side of a split."""

    names: NDArray[np.str_]
    """Name of its unit, (N,): its group, or its key where it stands alone."""
    digests: NDArray[np.int64]
    """Hash of that name, 0 to 2**32 - 1, by which units are chosen, (N,)."""
    grouped: NDArray[np.bool_]
    """Whether it has a group, of its own or by a picture that is the same pixel for pixel, (N,)."""
    joined: tuple[tuple[str, ...], ...] = ()
    """Groups that were joined, since they hold the same pictures."""


def units_by_name(pictures: Pictures) -> Units:
    """People and groups as the data set names them; those with identical pictures count as one.

    Groups are not joined by near copies: at 12 pixels aligned faces of many people look alike (842 of
    CK+'s 1,335 crops and 2,593 of UTKFace's 20,371 pictures would be one group), and fine detail still
    takes two people of CK+ for one in 1 to 2 % of such pairs.
    """
    own = [sample.group for sample in pictures.samples]
    group, joined = group_names(own, pictures.prints.names())
    names = [name or sample.key for name, sample in zip(group, pictures.samples, strict=True)]
    return Units(np.array(names), _digests(names), np.array([bool(name) for name in group]), joined)


def _digests(names: Sequence[str]) -> NDArray[np.int64]:
    found = (hashlib.sha256(name.encode()).digest() for name in names)
    return np.array([int.from_bytes(digest[:4], "big") for digest in found], np.int64)


class NearCopies:
    """Near copies among the pictures of a split; they are looked for when they are first needed.

    Among few pictures (up to EXACT) look-alikes count as well (mimik.data.alike).
    """

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """The pictures' thumbnails (N, 144)."""
        return thumbnails(self._pictures.images)

    @cached_property
    def _pairs(self) -> NDArray[np.int64] | None:
        """All pairs (P, 2); None if there are too many pictures to compare each with each."""
        return alike_pairs(self._pictures.images) if len(self._pictures) <= EXACT else None

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
        images, same = self._pictures.images, same_photo if self._pairs is None else same_photo_moved
        for a, b in self._between(these, those):
            found[a] = found[a] or same(images[a], images[b])
        return found

    def _between(self, these: NDArray[np.bool_], those: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
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

    def joined(self, units: Units, alone: NDArray[np.bool_]) -> Units:
        """The units in which those who stand alone (N,) are joined with their near copies."""
        rows = np.flatnonzero(alone).tolist()
        names, parts = units.names.tolist(), self.groups(alone).tolist()
        first: dict[int, str] = {}
        for row, part in zip(rows, parts, strict=True):
            first[part] = min(first.get(part, names[row]), names[row])
        for row, part in zip(rows, parts, strict=True):
            names[row] = first[part]
        return replace(units, names=np.array(names), digests=_digests(names))
