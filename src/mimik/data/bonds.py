"""What holds the pictures of a set together: people, other groups, the same photo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.copies import THUMBNAIL, thumbnails
from mimik.data.fingerprints import pixel_hash, sound_print
from mimik.data.near import NearCopies, are_few
from mimik.data.pictures import BLANK, Told, each_item, made_of
from mimik.data.same_photo import FINE, fine_grey, same_photo_moved
from mimik.data.splits import join_groups
from mimik.errors import SourceError
from mimik.types import Image, Samples
from mimik.voice.inputs import is_silent


@dataclass(frozen=True)
class Bonds:
    """What holds the pictures of a set together."""

    names: tuple[str, ...]
    """Group of each of the N pictures; empty where it is alone."""
    copies: int
    """Groups that are near copies."""
    undecodable: tuple[str, ...] = ()
    """Keys of the pictures whose copies couldn't be looked for."""
    joined: tuple[tuple[str, ...], ...] = ()
    """Groups that count as one, since they hold the same pictures; the first of them names it."""


def group_names(
    groups: Sequence[str], prints: Sequence[bytes]
) -> tuple[list[str], tuple[tuple[str, ...], ...]]:
    """The group of each picture: groups that hold the same picture, pixel for pixel, count as one.

    Args:
        groups: As the set names them; empty where it names none.
        prints: What tells the pictures apart; empty where one can't be decoded.

    Returns:
        The name of each one's group, also where only a copy of it has one, else empty; and the groups that
        were joined.
    """
    alike: dict[bytes, list[int]] = {}
    for row, name in enumerate(prints):
        if name:
            alike.setdefault(name, []).append(row)
    shared = [rows for rows in alike.values() if len(rows) > 1 and any(groups[i] for i in rows)]
    pairs = [pair for rows in shared for pair in _in_a_row([groups[i] for i in rows if groups[i]])]
    parts = [part for part in join_groups(list(dict.fromkeys(filter(None, groups))), pairs) if len(part) > 1]
    first = {name: min(part) for part in parts for name in part}
    found = [first.get(name, name) for name in groups]
    for rows in shared:
        one = next(found[i] for i in rows if found[i])
        for i in rows:
            found[i] = one
    return found, tuple(tuple(sorted(part)) for part in parts)


def _in_a_row(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that follow each other and differ."""
    return ((one, other) for one, other in pairwise(names) if one != other)


def find_bonds(samples: Sequence[Sample], told: Told | None = None) -> Bonds:
    """The group of each picture: its person or other group, else that of its near copies.

    - Groups that hold the same picture, pixel for pixel, count as one.
    - Near copies are looked for only among the pictures without a group, look-alikes (``alike``) too if the
      set is small. They belong to the group that holds the same photo, if one does. Of sounds only identical
      ones are known.
    """
    table, digests, small, undecodable = _look(samples, told)
    names, joined = group_names([sample.group for sample in samples], digests)
    alone = np.array([not name for name in names], bool)
    if not alone.any():
        return Bonds(tuple(names), 0, tuple(undecodable), joined)
    near = NearCopies(small, table)
    known, copies = _same_photos(samples, near, alone), 0
    families: dict[int, list[int]] = {}
    for row, first in zip(np.flatnonzero(alone).tolist(), near.groups(alone).tolist(), strict=True):
        families.setdefault(first, []).append(row)
    for family in families.values():
        own = next((names[known[row]] for row in family if row in known), "")
        if not own and len(family) > 1:
            own, copies = samples[family[0]].key, copies + 1
        for row in family:
            names[row] = own
    return Bonds(tuple(names), copies, tuple(undecodable), joined)


def _look(
    samples: Sequence[Sample], told: Told | None
) -> tuple[NDArray[np.float32], list[bytes], list[NDArray[np.uint8]], list[str]]:
    """What is kept of each picture.

    Returns:
        Thumbnails (N, 144), zeros (near to none) of a sound and of what can't be decoded; hashes, empty where
        it is blank, silent or can't be decoded; small grey pictures, of a small set only; keys of what can't
        be decoded.
    """
    table, digests, undecodable = np.zeros((len(samples), THUMBNAIL**2), np.float32), [], []
    small: list[NDArray[np.uint8]] = []
    few = are_few(len(samples))

    def look(image: Image) -> Any:
        mark = pixel_hash(image) if float(image.std()) > BLANK else b""
        return thumbnails([image])[0], mark, fine_grey(image) if few else None

    unseen = np.zeros((FINE, FINE), np.uint8)

    def hear(sound: Samples) -> Any:
        return np.zeros(THUMBNAIL**2, np.float32), b"" if is_silent(sound) else sound_print(sound)[0], unseen

    for row, (sample, found) in enumerate(each_item(samples, look, hear, told)):
        if isinstance(found, SourceError):
            undecodable.append(sample.key)
            found = (table[row], b"", unseen)
        table[row] = found[0]
        digests.append(found[1])
        if few:
            small.append(found[2])
    return table, digests, small, undecodable


def _same_photos(samples: Sequence[Sample], near: NearCopies, alone: NDArray[np.bool_]) -> dict[int, int]:
    """Row of a picture without a group to that of one with a group that shows the same photo."""
    asked = sorted(set(near.between(alone, ~alone)))
    small = made_of(samples, sorted({row for pair in asked for row in pair}), fine_grey)
    found: dict[int, int] = {}
    for one, other in asked:
        there = one not in found and one in small and other in small
        if there and same_photo_moved(small[one], small[other]):
            found[one] = other
    return found
