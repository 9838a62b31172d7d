"""Box or landmarks -> upright square -> network input. The same code in training, evaluation and use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.models.inputs import CropSpec
from mimik.types import Box, Image, Placement, Point


@dataclass(frozen=True, slots=True)
class Square:
    """A square cut out of a picture, perhaps turned."""

    centre_xy: Point
    """In pixels; the left edge of the first pixel is 0."""
    side: float
    """In pixels."""
    angle_rad: float = 0.0
    """Angle of its upper edge, clockwise as the viewer sees it."""


def face_square(box: Box, landmarks: Sequence[Point] | None, spec: CropSpec) -> Square:
    """Where a face's crop lies.

    Args:
        box: Left, top, right, bottom.
        landmarks: Right eye, left eye, nose, right and left corner of the mouth, or None. Where they
            are known they give the face's size, middle and tilt: a box is cut short where a picture
            ends close around a face, landmarks are not.
        spec: The model's crop.

    Returns:
        The square; it may reach past the picture.
    """
    left, top, right, bottom = box
    x, y, unit, angle = (
        (left + right) / 2,
        (top + bottom) / 2,
        math.sqrt((right - left) * (bottom - top)),
        0.0,
    )
    if landmarks is not None:
        x, y, unit, angle = _from_landmarks(landmarks, unit)
    down = spec.shift_y * unit
    centre = (x - down * math.sin(angle), y + down * math.cos(angle))
    return Square(centre, spec.scale * unit, angle if spec.upright else 0.0)


SPAN, BELOW, LEAST = 0.575, 0.077, 0.85
"""Of a whole face seen from the front, in the geometric mean of its box's sides (medians over 22
portraits): eyes' distance and eyes to mouth, as the legs of a right triangle; how far the middle of
eyes and mouth lies below the box's; the least size that is believed, since eyes close up in profile."""


def _from_landmarks(landmarks: Sequence[Point], box_unit: float) -> tuple[float, float, float, float]:
    """Middle of the face's box, its size and its tilt, as five landmarks show them."""
    (rx, ry), (lx, ly), _, (mrx, mry), (mlx, mly) = landmarks
    eyes, mouth = ((rx + lx) / 2, (ry + ly) / 2), ((mrx + mlx) / 2, (mry + mly) / 2)
    span = math.hypot(lx - rx, ly - ry, mouth[0] - eyes[0], mouth[1] - eyes[1])
    unit = max(span / SPAN, LEAST * box_unit)
    angle = math.atan2(ly - ry, lx - rx)
    up = BELOW * unit
    x = (eyes[0] + mouth[0]) / 2 + up * math.sin(angle)
    return x, (eyes[1] + mouth[1]) / 2 - up * math.cos(angle), unit, angle


def whole_square(width: int, height: int) -> Square:
    """The middle of a picture that already is a face crop, as data sets hold it."""
    return Square((width / 2, height / 2), float(min(width, height)))


def placed_square(width: int, height: int, placement: Placement | None, spec: CropSpec) -> Square:
    """Where a model's crop lies in a picture that already is a face crop.

    Args:
        width: Of the picture.
        height: Of the picture.
        placement: How such pictures lie about the face; their middle square is taken if None.
        spec: The model's crop.
    """
    whole = whole_square(width, height)
    if placement is None or placement == Placement(spec.scale, spec.shift_y):
        return whole
    unit, (x, y) = whole.side / placement.scale, whole.centre_xy
    return Square((x, y + (spec.shift_y - placement.shift_y) * unit), spec.scale * unit)


def to_frame(square: Square, size: int) -> NDArray[np.float64]:
    """From x, y and 1 in pixels of a crop to x and y in those of the picture that it was cut from.

    Args:
        square: What was cut.
        size: Pixels of the crop, each way.

    Returns:
        (2, 3); the left edge of the first pixel is 0 in both.
    """
    (x, y), step = square.centre_xy, square.side / size
    cos, sin = step * math.cos(square.angle_rad), step * math.sin(square.angle_rad)
    half = size / 2
    return np.array([[cos, -sin, x - half * (cos - sin)], [sin, cos, y - half * (sin + cos)]])


def crop(
    image: Image | NDArray[np.uint8], square: Square, size: int, *, black: bool = False
) -> NDArray[np.uint8]:
    """Cut a square out and scale it.

    Large faces are first reduced by averaging, so that no pixel is skipped (plain linear
    sampling makes a still face flicker).

    Args:
        image: uint8 (H, W, 3) or (H, W).
        square: What to cut.
        size: Pixels of the result, each way.
        black: Whether what lies past the border is black; if not, it repeats the border.

    Returns:
        uint8 (size, size, 3) or (size, size).
    """
    x, y = square.centre_xy
    step = _step(square.side / size)
    if step > 1 or max(image.shape[:2]) > WARP_LIMIT:
        image, x, y, ratio_x, ratio_y = _reduced(image, square, step)
    else:
        ratio_x = ratio_y = 1.0
    cos = math.cos(square.angle_rad) * square.side / size
    sin = math.sin(square.angle_rad) * square.side / size
    half = (size - 1) / 2
    # Output pixel (u, v) looks at centre + R (u - half, v - half); pixel centres lie at + 0.5.
    matrix = np.array(
        [
            [cos * ratio_x, -sin * ratio_x, x - 0.5 - ratio_x * (cos * half - sin * half)],
            [sin * ratio_y, cos * ratio_y, y - 0.5 - ratio_y * (sin * half + cos * half)],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            image,
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT if black else cv2.BORDER_REPLICATE,
        ),
        dtype=np.uint8,
    )


WARP_LIMIT = 32_000
"""OpenCV can't warp a picture that is wider or taller than 32,766 pixels."""


def _step(ratio: float) -> int:
    """The largest of 1, 2, 3, 4, 6, 8, 12, ... in a ratio: OpenCV is four times as fast at halving."""
    power = 1 << max(0, int(ratio).bit_length() - 1)
    between = power * 3 // 2
    return between if ratio >= between > power else power


def _reduced(
    image: NDArray[np.uint8], square: Square, step: int
) -> tuple[NDArray[np.uint8], float, float, float, float]:
    """The part of a picture under a square, averaged down; with the centre and ratios in it."""
    height, width = image.shape[:2]
    (x, y), reach = square.centre_xy, square.side * 0.72 + step
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 1)
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 1)
    if right - left < step or bottom - top < step:
        return image, x, y, 1.0, 1.0
    small_w, small_h = (right - left) // step, (bottom - top) // step
    small, rest = image[top : top + small_h * step, left : left + small_w * step], step
    while rest > 1:
        rest = rest // 2 if rest % 2 == 0 else 1
        size = (small_w * rest, small_h * rest)
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, (x - left) / step, (y - top) / step, 1 / step, 1 / step


def crop_batch(image: Image, squares: Sequence[Square], spec: CropSpec) -> NDArray[np.uint8]:
    """Cut several squares out of one RGB picture.

    Returns:
        uint8 (N, C, size, size); grey if the model's crop has one channel.
    """
    batch = np.empty((len(squares), spec.channels, spec.size, spec.size), np.uint8)
    for row, square in zip(batch, squares, strict=True):
        face = crop(image, square, spec.size, black=spec.black)
        row[:] = to_channels(face, spec)
    return batch


def to_channels(face: NDArray[np.uint8], spec: CropSpec) -> NDArray[np.uint8]:
    """A crop (S, S, 3) or (S, S) as (C, S, S), with the channels and the histogram that a model wants."""
    if spec.channels == 1:
        grey = face if face.ndim == 2 else cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
        return np.asarray(cv2.equalizeHist(grey) if spec.equalise else grey, np.uint8)[None]
    rgb = np.broadcast_to(face[..., None], (*face.shape, 3)) if face.ndim == 2 else face
    return rgb.transpose(2, 0, 1)


def normalise(batch: NDArray[np.uint8], mean: float, std: float) -> NDArray[np.float32]:
    """Pixels 0..255 to the float32 that a network was trained on: (x / 255 - mean) / std."""
    pixels = np.multiply(batch, np.float32(1 / (255 * std)), dtype=np.float32)
    pixels -= np.float32(mean / std)
    return pixels
