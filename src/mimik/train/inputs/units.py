"""What a split keeps together: people, groups, and near copies."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mimik.data.bonds import group_names
from mimik.data.near import NearCopies
from mimik.train.inputs.examples import Examples


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


def units_by_name(pictures: Examples) -> Units:
    """People and groups as the data set names them; those with identical pictures count as one.

    Groups are not joined by near copies: at 12 pixels aligned faces of many people look alike (842 of
    CK+'s 1,335 crops and 2,593 of UTKFace's 20,371 pictures would be one group), and fine detail still
    takes two people of CK+ for one in 1 to 2 % of such pairs.
    """
    own = [sample.group for sample in pictures.samples]
    group, joined = group_names(own, pictures.prints.names())
    names = [name or sample.key for name, sample in zip(group, pictures.samples, strict=True)]
    return Units(np.array(names), name_digests(names), np.array([bool(name) for name in group]), joined)


def name_digests(names: Sequence[str]) -> NDArray[np.int64]:
    """Hash of each name, 0 to 2**32 - 1, by which sides are chosen."""
    found = (hashlib.sha256(name.encode()).digest() for name in names)
    return np.array([int.from_bytes(digest[:4], "big") for digest in found], np.int64)


def joined_units(units: Units, near: NearCopies, alone: NDArray[np.bool_]) -> Units:
    """The units in which those who stand alone (N,) are joined with their near copies."""
    rows = np.flatnonzero(alone).tolist()
    names, parts = units.names.tolist(), near.groups(alone).tolist()
    first: dict[int, str] = {}
    for row, part in zip(rows, parts, strict=True):
        first[part] = min(first.get(part, names[row]), names[row])
    for row, part in zip(rows, parts, strict=True):
        names[row] = first[part]
    return replace(units, names=np.array(names), digests=name_digests(names))
