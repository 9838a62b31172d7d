"""Geometry of boxes (left, top, right, bottom)."""

from __future__ import annotations

import math

from mimik.types import Box, Point


def size_px(box: Box) -> float:
    """Geometric mean of a box's width and height, in pixels."""
    left, top, right, bottom = box
    return math.sqrt((right - left) * (bottom - top))


def centre_xy(box: Box) -> Point:
    """The middle of a box."""
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2


def share_inside(box: Box, width: int, height: int) -> float:
    """How much of a box lies within a picture of that width and height, 0 to 1."""
    left, top, right, bottom = box
    across = max(0.0, min(right, width) - max(left, 0.0))
    down = max(0.0, min(bottom, height) - max(top, 0.0))
    return across * down / ((right - left) * (bottom - top))


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - across * down
    return across * down / union
