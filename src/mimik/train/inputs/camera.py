"""What lies between a face and its picture: things before it, movement, a file's compression."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data.cover import SHAPES, cover
from mimik.data.covered import FACE
from mimik.data.damage import coded
from mimik.faces.crop import Square
from mimik.models.inputs import CropSpec
from mimik.train.inputs.changes import Change


def photographed(face: NDArray[np.uint8], spec: CropSpec, change: Change) -> NDArray[np.uint8]:
    """A crop with something before it, moved and compressed, as far as its change says so.

    Args:
        face: uint8 (S, S) or (S, S, 3).
        spec: How it was cut out.
        change: What happens to it.
    """
    if change.occlusion >= 0:
        face = occluded(face, spec, np.random.default_rng(change.occlusion))
    if change.motion:
        face = moved(face, *change.motion)
    return coded(face, change.quality) if change.quality else face


def occluded(face: NDArray[np.uint8], spec: CropSpec, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A crop (S, S) or (S, S, 3) with eyes, mouth or one half painted over."""
    size, part = len(face), SHAPES[int(rng.integers(len(SHAPES)))]
    down = (FACE.shift_y - spec.shift_y) / spec.scale * size
    square = Square((size / 2, size / 2 + down), size * FACE.scale / spec.scale)
    if face.ndim == 3:
        return cover(face, square, part, rng)
    return cover(np.repeat(face[..., None], 3, axis=2), square, part, rng)[..., 0]


def moved(face: NDArray[np.uint8], length: float, angle_rad: float) -> NDArray[np.uint8]:
    """A picture blurred along a line.

    Args:
        face: uint8 (H, W) or (H, W, 3).
        length: Of the line, in pixels.
        angle_rad: Its direction.
    """
    half = math.ceil(length / 2) + 1
    x, y = (math.cos(angle_rad) * length / 2, math.sin(angle_rad) * length / 2)
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for t in np.linspace(-1, 1, 4 * half + 1):  # Points spread over the four pixels around each.
        left, top = half + t * x, half + t * y
        column, row = int(left), int(top)
        right, down = left - column, top - row
        kernel[row : row + 2, column : column + 2] += np.outer((1 - down, down), (1 - right, right))
    kernel /= kernel.sum()
    return np.asarray(cv2.filter2D(face, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)
