"""Turning a picture upright. Ways to lie are numbered 1 to 8 as in EXIF (CIPA DC-008, tag 0x0112)."""

from __future__ import annotations

import struct

import cv2
import numpy as np

from mimik.types import Image

_MATRICES: dict[tuple[bool, bool, bool], int] = {
    (False, False, False): 1,
    (False, True, False): 2,
    (False, True, True): 3,
    (False, False, True): 4,
    (True, False, False): 5,
    (True, True, False): 6,
    (True, True, True): 7,
    (True, False, True): 8,
}
"""Axes swapped, then mirrored left to right, then upside down."""


def upright(image: Image, orientation: int) -> Image:
    """Turn a picture upright.

    Args:
        image: uint8 (H, W, 3).
        orientation: 1 (upright) to 8; anything else counts as 1.

    Returns:
        The same array if it is upright, else a new one.
    """
    swap, mirror, flip = next((k for k, v in _MATRICES.items() if v == orientation), (False,) * 3)
    turned = cv2.transpose(image) if swap else image
    if mirror or flip:
        turned = cv2.flip(turned, -1 if mirror and flip else 1 if mirror else 0)
    return np.asarray(turned, np.uint8)


def matrix_orientation(matrix: bytes) -> int:
    """Orientation from a video's display matrix, rounded to right angles.

    Args:
        matrix: Nine native 32-bit integers a b u, c d v, x y w: a point (x, y) is shown at
            (a x + c y, b x + d y), y downward (FFmpeg's display.h).

    Returns:
        1 to 8; 1 if the matrix is none.
    """
    if len(matrix) != 36:
        return 1
    a, b, _, c, d = struct.unpack_from("=5i", matrix)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return _MATRICES[False, a < 0, d < 0]
    return _MATRICES[True, c < 0, b < 0]
