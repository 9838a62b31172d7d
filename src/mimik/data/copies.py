"""Near copies: pictures that show the same photo, or so alike that a split must not part them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL = 12
"""Side of the small pictures by which near copies are found."""
NEAR = 0.92
"""Correlation of two small pictures from which they count as near copies.

Not ``mimik.data.same_photo.near_duplicates``, which is finer and slower: the shipped models' validation
parts, temperatures and thresholds rest on this measure, UTKFace's groups and its split on that one.
"""
EXACT = 4000
"""Up to so many pictures, each is compared with each."""
PROBES = 16
"""Cells of the index in which the near copies of a picture are sought.

On FER-2013, UTKFace and FairFace 8 find more than 99.99 % of what comparing each with each finds.
"""
_ENTRIES = 8_000_000
"""Correlations that are held at a time."""


def thumbnails(images: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Each picture as a small grey one, less its mean, of length 1.

    Args:
        images: uint8 (H, W) or (H, W, 3).

    Returns:
        Float32 (N, 144); a blank picture is all zeros, and so near to none.
    """
    rows = [small_grey(image, THUMBNAIL).ravel() for image in images]
    if not rows:
        return np.empty((0, THUMBNAIL**2), np.float32)
    table = np.stack(rows)
    table -= table.mean(axis=1, keepdims=True)
    return np.asarray(table / np.linalg.norm(table, axis=1, keepdims=True).clip(1e-6), np.float32)


def small_grey(image: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """A picture, uint8 (H, W) or (H, W, 3), as a square of grey values (side, side) from 0 to 255."""
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small if small.ndim == 2 else small.mean(axis=2), np.float32)


def near_pairs(
    these: NDArray[np.float32], those: NDArray[np.float32] | None = None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of near copies, mirrored or not, block by block; a pair may come more than once.

    Among more than a few thousand pictures an inverted file is asked (Sivic and Zisserman, 2003): the
    pictures lie in about as many cells as their square root, and each is compared with those of the
    cells next to it. So time grows with the power of 1.5, and memory in a line.

    Args:
        these: Thumbnails float32 (N, 144).
        those: Thumbnails (M, 144) in which their near copies are sought; ``these`` again if None, each
            other than itself.

    Yields:
        Rows of ``these`` int64 (P,), and the rows of their near copies (P,).
    """
    others = these if those is None else those
    if not len(these) or not len(others):
        return
    cells = _cells(others)
    for asked in (these, mirrored(these)):
        for rows, members in _meetings(asked, *cells):
            for part in _parts(rows, len(members)):
                found = np.nonzero(asked[part] @ others[members].T > NEAR)
                one, other = part[found[0]], members[found[1]]
                if those is None:
                    one, other = one[one != other], other[one != other]
                if len(one):
                    yield one, other


def near_any(these: NDArray[np.float32], those: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of these thumbnails (N, 144) have a near copy among those (M, 144), as bool (N,)."""
    found = np.zeros(len(these), bool)
    for rows, _ in near_pairs(these, those):
        found[rows] = True
    return found


def copy_groups(table: NDArray[np.float32]) -> NDArray[np.int64]:
    """The group of each picture: those that near copies join, directly or through others.

    Args:
        table: Thumbnails float32 (N, 144).

    Returns:
        The lowest row of each one's group, int64 (N,); its own row if it is alone.
    """
    lowest = np.arange(len(table))
    for one, other in near_pairs(table):
        _join(lowest, one, other)
    return _roots(lowest, lowest)


def _join(lowest: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]) -> None:
    """Join the groups of pairs, in place."""
    while True:
        first, second = _roots(lowest, one), _roots(lowest, other)
        apart = first != second
        if not apart.any():
            return
        low, high = np.minimum(first, second)[apart], np.maximum(first, second)[apart]
        np.minimum.at(lowest, high, low)


def _roots(lowest: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the chains from some rows end."""
    while (further := lowest[rows] != rows).any():
        rows = np.where(further, lowest[rows], rows)
    return rows


def _cells(table: NDArray[np.float32]) -> tuple[NDArray[np.float32], list[NDArray[np.int64]]]:
    """The centres of the index's cells (K, 144), and the rows in each."""
    if len(table) <= EXACT:
        return np.zeros((1, table.shape[1]), np.float32), [np.arange(len(table))]
    centres = _centres(table, round(len(table) ** 0.5))
    home = np.concatenate([row[:, 0] for row in _nearest(table, centres, 1)])
    order = np.argsort(home, kind="stable")
    bounds = np.searchsorted(home[order], np.arange(1, len(centres)))
    return centres, np.split(order, bounds)


def _centres(table: NDArray[np.float32], count: int, rounds: int = 5) -> NDArray[np.float32]:
    """Centres of spherical k-means over a part of the rows; the same each time."""
    rng = np.random.default_rng(0)
    part = table[rng.choice(len(table), min(len(table), 40 * count), replace=False)]
    centres = part[:count].copy()
    for _ in range(rounds):
        home = np.concatenate([row[:, 0] for row in _nearest(part, centres, 1)])
        sums = np.zeros_like(centres)
        np.add.at(sums, home, part)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 1e-6, sums / lengths.clip(1e-6), centres)
    return centres


def _nearest(
    table: NDArray[np.float32], centres: NDArray[np.float32], count: int
) -> Iterator[NDArray[np.int64]]:
    """The ``count`` nearest centres of the rows, in no order, a part of the rows at a time."""
    for start in range(0, len(table), 4096):
        away = -(table[start : start + 4096] @ centres.T)
        yield np.argpartition(away, count - 1, axis=1)[:, :count]


def _meetings(
    asked: NDArray[np.float32], centres: NDArray[np.float32], cells: list[NDArray[np.int64]]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For each cell the rows that seek in it, and the rows in it."""
    probes = min(PROBES, len(centres))
    near = np.concatenate(list(_nearest(asked, centres, probes))).ravel()
    order = np.argsort(near, kind="stable")
    bounds = np.searchsorted(near[order], np.arange(1, len(centres)))
    for seeking, members in zip(np.split(order // probes, bounds), cells, strict=True):
        if len(seeking) and len(members):
            yield seeking, members


def _parts(rows: NDArray[np.int64], members: int) -> Iterator[NDArray[np.int64]]:
    """Rows in parts whose correlations with so many members fit the memory."""
    size = max(1, _ENTRIES // members)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def mirrored(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """The thumbnails (N, 144) of the mirror images."""
    return np.ascontiguousarray(table.reshape(-1, THUMBNAIL, THUMBNAIL)[:, :, ::-1].reshape(len(table), -1))
