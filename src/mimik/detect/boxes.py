"""What every detector does with the boxes it found."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mimik.boxes import size_px
from mimik.types import Detection


def largest_first(detections: Iterable[Detection], min_face: float = 0) -> list[Detection]:
    """Detections by size, without those below a size in pixels."""
    kept = [d for d in detections if size_px(d.box_xyxy) >= min_face]
    return sorted(kept, key=lambda d: size_px(d.box_xyxy), reverse=True)


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
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[rest, :2])
        high = np.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        union = area[best] + area[rest] - shared
        smaller = np.minimum(area[best], area[rest])
        order = rest[(shared <= overlap * union) & (shared <= inside * smaller)]
    return kept
