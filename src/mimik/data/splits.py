"""Splits that are the same everywhere, and near duplicates, which a split must not tear apart."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Name = TypeVar("Name", bound=Hashable)

_COARSE, FINE, _SHIFT = 28, 64, 8
"""Sides of the pictures that are compared, and how far one may be moved against the other, in pixels."""
SAME_PHOTO = 0.85
"""Least fine correlation of what an audit calls near copies: of 10,171 pairs of different people whose crops
in CK+48 look alike at 12 px, two reach it, and 162 reach near_duplicates' 0.78."""


def hash_split(group: str, shares: Mapping[str, float]) -> str:
    """The split of a group: it depends on the group's name alone.

    Args:
        group: Name of what must stay together.
        shares: Split to its share; they sum to 1.

    Returns:
        A key of ``shares``.
    """
    point = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    reached = 0.0
    for split, share in shares.items():
        reached += share
        if point < reached:
            return split
    return split


def fold_of(group: str, folds: int) -> int:
    """The fold of a group, from 0: it depends on the group's name alone."""
    shares = {str(number): 1 / folds for number in range(folds)}
    return int(hash_split(group, shares))


def near_duplicates(
    pictures: Iterable[NDArray[np.uint8]], coarse: float = 0.62, fine: float = 0.78
) -> list[tuple[int, int]]:
    """Pairs of pictures that show the same photo: re-encoded, a little moved or scaled, or mirrored.

    Fine detail is compared (the picture less its blurred self), since all aligned faces look alike
    when they are coarse: first at 28 px for every pair, then at 64 px over small shifts for the pairs
    that passed.

    Args:
        pictures: Grey, uint8 (H, W), framed alike.
        coarse: Least correlation at 28 px.
        fine: Least correlation at 64 px, at the best shift.

    Returns:
        Pairs of numbers, the smaller first.
    """
    kept = [(detail(p, _COARSE, 4.0).ravel(), detail(p)) for p in pictures]
    if not kept:
        return []
    vectors = np.stack([v for v, _ in kept])
    found = []
    for mirrored in (False, True):
        for a, b in _similar(vectors, coarse, mirrored):
            other = np.ascontiguousarray(kept[b][1][:, ::-1]) if mirrored else kept[b][1]
            if a < b and best_match(kept[a][1], other) >= fine:
                found.append((a, b))
    return sorted(set(found))


def same_photo(
    one: NDArray[np.uint8], other: NDArray[np.uint8], coarse: float = 0.62, fine: float = 0.78
) -> bool:
    """Whether two pictures, framed alike, show the same photo: as near_duplicates, of one pair.

    Args:
        one: Grey or RGB, uint8 (H, W) or (H, W, 3).
        other: The same.
        coarse: Least correlation at 28 px.
        fine: Least correlation at 64 px, at the best shift.
    """
    pair = [
        p if p.ndim == 2 else np.asarray(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), np.uint8) for p in (one, other)
    ]
    return bool(near_duplicates(pair, coarse, fine))


def detail(picture: NDArray[np.uint8], side: int = FINE, sigma: float = 3.0) -> NDArray[np.float32]:
    """What is left of a grey picture (H, W) without its coarse shades, (side, side); length 1 as a vector."""
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    high = small - cv2.GaussianBlur(small, (0, 0), sigma)
    high -= high.mean()
    return np.asarray(high / (np.linalg.norm(high) + 1e-3), np.float32)


def _similar(vectors: NDArray[np.float32], floor: float, mirrored: bool) -> Iterator[tuple[int, int]]:
    """Pairs of rows whose product reaches the floor."""
    others = vectors
    if mirrored:
        others = vectors.reshape(-1, _COARSE, _COARSE)[:, :, ::-1].reshape(len(vectors), -1)
    for start in range(0, len(vectors), 1000):
        rows, columns = np.nonzero(vectors[start : start + 1000] @ others.T >= floor)
        yield from zip((rows + start).tolist(), columns.tolist(), strict=True)


def best_match(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation of the middle of one with the other, where it fits best."""
    middle = other[_SHIFT:-_SHIFT, _SHIFT:-_SHIFT]
    return float(cv2.matchTemplate(one, middle, cv2.TM_CCOEFF_NORMED).max())


def join_groups(names: Sequence[Name], pairs: Iterable[tuple[Name, Name]]) -> list[list[Name]]:
    """Groups of names that pairs join, directly or through others (union-find).

    Returns:
        Each group in the order of ``names``, single ones included.
    """
    parent = {name: name for name in names}

    def root(name: Name) -> Name:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in pairs:
        parent[root(other)] = root(one)
    groups: dict[Name, list[Name]] = {}
    for name in parent:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())
