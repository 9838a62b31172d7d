"""Making faces unrecognisable, past recovery."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

import cv2
import numpy as np

from mimik.errors import UnknownNameError
from mimik.types import Box, Image

Hiding: TypeAlias = Literal["blur", "pixelate"]

MARGIN = 0.25
"""How far around a box is hidden, on each side, in parts of its width and height."""
BLOCKS = 6
"""Values that are left of a hidden area, across and down: eyes and mouth share about four."""


def hide(image: Image, boxes: Iterable[Box], how: Hiding = "blur") -> Image:
    """Blur or pixelate areas of a picture.

    Either way only the mean colours of at most 6 x 6 blocks are left of an area, however large the
    face is, so no filter brings it back. A box that reaches past the border is hidden as far as the
    picture goes, in blocks of the same size.

    Args:
        image: RGB, uint8, (H, W, 3); left as it is.
        boxes: The faces, those of briefly lost tracks included.
        how: "blur" blends the blocks into each other, "pixelate" shows them.

    Returns:
        A picture of the same shape.

    Raises:
        UnknownNameError: There is no such way.
    """
    if how not in get_args(Hiding):
        raise UnknownNameError("way of hiding", str(how), get_args(Hiding))
    hidden = image.copy()
    for box in boxes:
        _hide_box(hidden, box, how)
    return hidden


def _hide_box(image: Image, box: Box, how: Hiding) -> None:
    left, top, right, bottom = box
    margin_x, margin_y = MARGIN * (right - left), MARGIN * (bottom - top)
    height, width = image.shape[:2]
    x1, x2 = max(0, math.floor(left - margin_x)), min(width, math.ceil(right + margin_x))
    y1, y2 = max(0, math.floor(top - margin_y)), min(height, math.ceil(bottom + margin_y))
    if x2 <= x1 or y2 <= y1:
        return
    area = image[y1:y2, x1:x2]
    blocks_x = _blocks(x2 - x1, right - left + 2 * margin_x)
    blocks_y = _blocks(y2 - y1, bottom - top + 2 * margin_y)
    means = cv2.resize(area, (blocks_x, blocks_y), interpolation=cv2.INTER_AREA)
    filling = cv2.INTER_LINEAR if how == "blur" else cv2.INTER_NEAREST
    area[:] = np.asarray(cv2.resize(means, (x2 - x1, y2 - y1), interpolation=filling), np.uint8)


def _blocks(visible: int, whole: float) -> int:
    """Blocks over the part of an area that lies in the picture."""
    return max(1, min(BLOCKS, visible // 2, math.floor(BLOCKS * visible / whole)))
