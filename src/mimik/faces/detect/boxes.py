"""What every detector does with the boxes it found."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mimik.faces.boxes import size_px
from mimik.types import Detection


def largest_first(detections: Iterable[Detection]) -> list[Detection]:
    """Detections by size."""
    return sorted(detections, key=lambda d: size_px(d.box_xyxy), reverse=True)


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], overlap: float, inside: float
) -> list[int]:
    """Non-maximum suppression: of boxes on the same face, the surest.

    Args:
        boxes: Left, top, right, bottom, (N, 4).
        scores: (N,).
        overlap: Intersection over union above which two boxes are one face.
        inside: Share of the smaller box inside the other above which they are one face too: a
            second, much smaller box on a large face overlaps it little by the first measure.

    Returns:
        Indices of the boxes that stay, surest first.
    """
    order = np.argsort(-scores, kind="stable")
    left, top, right, bottom = boxes[order].T
    area = (right - left) * (bottom - top)
    open_ = np.ones(len(order), bool)
    kept: list[int] = []
    for best, index in enumerate(order.tolist()):
        if not open_[best]:
            continue
        kept.append(index)
        across = np.minimum(right, right[best]) - np.maximum(left, left[best])
        down = np.minimum(bottom, bottom[best]) - np.maximum(top, top[best])
        shared = np.maximum(across, 0) * np.maximum(down, 0)
        total, smaller = area + area[best], np.minimum(area, area[best])
        open_ &= (shared <= overlap * (total - shared)) & (shared <= inside * smaller)
    return kept
