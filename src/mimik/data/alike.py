"""Look-alikes in a small set: copies that were turned, cropped, moved, mirrored or lit otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data.copies import NEAR, mirrored, small_grey, thumbnails
from mimik.data.same_photo import VIEWS, placed
from mimik.data.splits import join_groups

SIDE, MARGIN = 32, 3
"""Pixels each way at which two pictures are laid over each other, and how far one is moved."""
ALIKE = 0.9
"""Correlation at the best place and angle from which two are look-alikes.

Of twenty pictures of FER-2013 with five look-alikes each (turned by up to 6 degrees, moved by 1.5 of 48
pixels, scaled, mirrored, with noise and another light) all families are found whole, where thumbnails find
ten; of 79,800 pairs of different faces of FairFace 9 are taken for look-alikes.
"""
CANDIDATE = 0.7
"""Correlation of their thumbnails from which two pictures are laid over each other."""
MOST = 60_000
"""Pairs that are laid over each other at most, those with the most similar thumbnails first: 20 seconds."""

FAMILY, LARGE, DENSE = 12, 0.1, 0.5
"""A group of more pictures than this, and than this share of all, is no family unless this share of its pairs
are alike: then only thumbnails count there, as aligned faces resemble each other in chains."""


def alike_pairs(images: Sequence[NDArray[np.uint8]]) -> NDArray[np.int64]:
    """Pairs of pictures that are near copies by their thumbnails, or look-alikes.

    Each is compared with each: for a few thousand pictures at most.

    Args:
        images: uint8 (H, W) or (H, W, 3), framed alike.

    Returns:
        Rows (P, 2), the smaller first.
    """
    if not len(images):
        return np.empty((0, 2), np.int64)
    table = thumbnails(images)
    near = np.triu(np.maximum(table @ table.T, table @ mirrored(table).T), 1)
    one, other = np.nonzero(near > CANDIDATE)
    order = np.argsort(-near[one, other], kind="stable")
    pairs = np.stack([one, other], axis=1)[order]
    sure = int((near[one, other] > NEAR).sum())
    small = [small_grey(image, SIDE) for image in images]
    views = {b: _views(small[b]) for b in np.unique(pairs[sure : sure + MOST, 1]).tolist()}
    more = [(a, b) for a, b in pairs[sure : sure + MOST].tolist() if _best(small[a], views[b]) > ALIKE]
    found = np.concatenate([pairs[:sure], np.array(more, np.int64).reshape(-1, 2)])
    kept = ~np.isin(found[:, 0], _loose(found, len(images)))
    kept[:sure] = True
    return np.asarray(found[kept], np.int64)


def _loose(pairs: NDArray[np.int64], count: int) -> list[int]:
    """The rows of large groups of which few pairs are alike: chains of likenesses, no families of copies."""
    found: list[int] = []
    for group in join_groups(range(count), map(tuple, pairs.tolist())):
        if len(group) > max(FAMILY, LARGE * count):
            inside = int(np.isin(pairs[:, 0], group).sum())
            if inside < DENSE * len(group) * (len(group) - 1) / 2:
                found += group
    return found


def _views(small: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """A picture's middle at each angle and scale, and mirrored."""
    inner = slice(MARGIN, SIDE - MARGIN)
    found: list[NDArray[np.float32]] = []
    for view in VIEWS:
        middle = placed(small, *view)[inner, inner]
        found.extend(np.ascontiguousarray(one, np.float32) for one in (middle, middle[:, ::-1]))
    return found


def _best(small: NDArray[np.float32], views: Sequence[NDArray[np.float32]]) -> float:
    """Correlation of a picture with another's views, where one fits best."""
    return max(float(cv2.matchTemplate(small, view, cv2.TM_CCOEFF_NORMED).max()) for view in views)
