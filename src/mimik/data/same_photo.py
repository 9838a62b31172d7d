"""Whether two pictures show the same photo, by their fine detail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_COARSE, FINE, _SHIFT = 28, 64, 8
"""Sides of the pictures that are compared, and how far one may be moved against the other, in pixels."""
SAME = 0.78
"""Least fine correlation of two pictures that show the same photo. Laid over each other, of 300
pairs of different people of CK+48 that are alike, six reach it; of FairFace's none (0.65 at most)."""
SURELY_SAME = 0.85
"""Least fine correlation of what an audit calls near copies: of 10,171 pairs of different people whose crops
in CK+48 look alike at 12 px, two reach it, and 162 reach SAME."""
VIEWS = ((-8, 1.0), (-4, 1.0), (0, 1.0), (4, 1.0), (8, 1.0), (0, 0.92), (0, 1.08))
"""Angles in degrees by which one is turned, and scales: a crop of 5 % each side is one of 1.11."""


def near_duplicates(
    pictures: Iterable[NDArray[np.uint8]], coarse: float = 0.62, fine: float = SAME
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
    one: NDArray[np.uint8], other: NDArray[np.uint8], coarse: float = 0.62, fine: float = SAME
) -> bool:
    """Whether two pictures, framed alike, show the same photo: as near_duplicates, of one pair.

    Args:
        one: Grey or RGB, uint8 (H, W) or (H, W, 3).
        other: The same.
        coarse: Least correlation at 28 px.
        fine: Least correlation at 64 px, at the best shift.
    """
    return bool(near_duplicates(map(grey_of, (one, other)), coarse, fine))


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


def same_photo_moved(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Whether two pictures show the same photo, also where one is turned or cropped a little.

    Args:
        one: Grey or RGB, uint8 (H, W) or (H, W, 3).
        other: The same.
    """
    if same_photo(one, other):
        return True
    small, whole = fine_grey(other), detail(grey_of(one))
    views = (detail(np.asarray(placed(small, *view), np.uint8)) for view in VIEWS)
    return any(
        best_match(whole, np.ascontiguousarray(seen)) >= SAME
        for view in views
        for seen in (view, view[:, ::-1])
    )


def placed(image: NDArray[Any], angle_deg: float, scale: float) -> NDArray[Any]:
    """A square picture, turned and scaled around its middle."""
    side = len(image)
    turn = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), angle_deg, scale)
    return np.asarray(cv2.warpAffine(image, turn, (side, side), borderMode=cv2.BORDER_REFLECT))


def grey_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture, RGB or grey, in grey: uint8 (H, W)."""
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def fine_grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture, RGB or grey, as small as its fine detail is compared: uint8 (64, 64)."""
    return np.asarray(cv2.resize(grey_of(image), (FINE, FINE), interpolation=cv2.INTER_AREA), np.uint8)
