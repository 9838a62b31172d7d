"""How well a face can be seen: size, sharpness, light, pose, and why not to trust it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy, share_inside, size_px
from mimik.faces.crop import Square, crop, face_square
from mimik.models.inputs import CropSpec
from mimik.types import TILT_UNCLEAR, Box, Image, Point, Pose, Quality

PATCH = 64
"""Side of the patch on which sharpness and light are measured, in pixels; a smaller face is not enlarged."""

HALF_SHARP = 0.1
"""Ratio of detail to contrast that is given a sharpness of 0.5. Portraits come to 0.5 to 0.9; blurred by
a Gaussian of 2 % of the size of the face (what is left of one of 20 pixels) to 0.1 to 0.45, by 5 % to
0.2 at most."""

MEAN_FACE = np.array(
    [
        [-0.5, -0.539, -0.293],
        [0.5, -0.539, -0.293],
        [0.0, 0.0, 0.0],
        [-0.414, 0.451, -0.478],
        [0.414, 0.451, -0.478],
    ]
)
"""The five landmarks of a face straight to the camera, in distances between the eyes from the tip of
the nose: x to the viewer's right, y down, z towards the camera. Measured on the detector's own
landmarks: shape and depth by factorisation (Tomasi and Kanade, 1992) of 603 FairFace faces and their
mirror images, the upright pose as the median of 200 frontal CK+ faces."""
WHOLE = CropSpec(size=PATCH, channels=1, scale=1.0, shift_y=0.0)
"""A square that holds a face and no more."""
_INVERSE: list[list[float]] = np.linalg.pinv(MEAN_FACE - MEAN_FACE.mean(axis=0)).tolist()
"""Least squares of a row of the rotation from five coordinates, (3, 5). Its rows sum to zero, so the
coordinates need no centring."""


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Beyond these a face's readings should not be trusted."""

    min_size_px: float = 24.0
    """Geometric mean of the box's width and height."""
    min_sharpness: float = 0.15
    """0 to 1."""
    min_brightness: float = 0.08
    """Mean luminance, 0 to 1."""
    max_brightness: float = 0.93
    """Mean luminance, 0 to 1."""
    max_yaw_deg: float = 50.0
    """To either side."""
    min_inside: float = 0.75
    """Share of the face that lies within the picture, by its box and by its landmarks."""

    def __post_init__(self) -> None:
        if self.min_size_px < 0:
            raise OptionError(f"min_size_px must be 0 or more, not {self.min_size_px}")
        if not 0 <= self.min_brightness < self.max_brightness <= 1:
            raise OptionError(
                f"brightness limits must lie in order within 0 to 1, not {self.min_brightness} "
                f"and {self.max_brightness}"
            )
        if not 0 <= self.min_sharpness <= 1 or not 0 <= self.min_inside <= 1:
            raise OptionError("min_sharpness and min_inside must lie within 0 to 1")
        if not 0 < self.max_yaw_deg <= 180:
            raise OptionError(f"max_yaw_deg must be above 0 and at most 180, not {self.max_yaw_deg}")


def assess(
    image: Image,
    box: Box,
    landmarks: Sequence[Point] | None,
    limits: QualityLimits | None = None,
    *,
    tilt_clear: bool = True,
) -> Quality:
    """Measure how well a face can be seen.

    Args:
        image: RGB, uint8, (H, W, 3).
        box: Left, top, right, bottom of the face; may reach past the picture.
        landmarks: The five of `Detection.landmarks_xy`, or None: then the pose is None.
        limits: When the face is too poor to trust.
        tilt_clear: Whether nothing contradicts the landmarks in which way up it is; see Detection.
    """
    limits = limits or QualityLimits()
    size = size_px(box)
    patch = _grey_patch(image, box, size)
    brightness = float(cv2.mean(patch)[0]) / 255
    sharp = sharpness(patch)
    pose = head_pose(landmarks) if landmarks is not None else None
    inside = _inside(image, box, landmarks)
    checks = (
        (size < limits.min_size_px, "too small"),
        (inside < limits.min_inside, "cut off by the border"),
        (not tilt_clear, TILT_UNCLEAR),
        (pose is not None and abs(pose.yaw_deg) > limits.max_yaw_deg, "turned away"),
        (brightness < limits.min_brightness, "too dark"),
        (brightness > limits.max_brightness, "too bright"),
        (sharp < limits.min_sharpness, "blurred"),
    )
    # The first thing that speaks against a face.
    reason = next((reason for failed, reason in checks if failed), None)
    return Quality(size, sharp, brightness, pose, reason)


def _inside(image: Image, box: Box, landmarks: Sequence[Point] | None) -> float:
    """Share of a face that lies in the picture; its box ends there, its landmarks tell of the rest."""
    height, width = image.shape[:2]
    inside = share_inside(box, width, height)
    if landmarks is None:
        return inside
    square = face_square(box, landmarks, WHOLE)
    (x, y), half = square.centre_xy, square.side / 2
    return min(inside, share_inside((x - half, y - half, x + half, y + half), width, height))


def _grey_patch(image: Image, box: Box, size: float) -> NDArray[np.uint8]:
    """The square middle of a face, grey, scaled down to at most PATCH pixels."""
    (x, y), reach = centre_xy(box), size / 2 + 2
    height, width = image.shape[:2]
    # A box may lie wholly outside: the nearest strip of the picture is all there is to look at.
    left, top = (int(min(max(v - reach, 0), limit - 1)) for v, limit in ((x, width), (y, height)))
    right, bottom = (int(min(max(v + reach, 0), limit - 1)) + 1 for v, limit in ((x, width), (y, height)))
    # Grey before scaling: a third of the work.
    grey = np.asarray(cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_RGB2GRAY), np.uint8)
    return crop(grey, Square((x - left, y - top), size), min(PATCH, max(16, int(size))))


def sharpness(patch: NDArray[np.uint8]) -> float:
    """Share of fine detail in a grey patch (S, S), 0 (blurred) to 1 (sharp).

    The energy of the Laplacian over the variance of the grey values, so that neither light nor
    contrast counts. Natural pictures look alike at every scale, so the figure is comparable over
    face sizes as long as the patch was not enlarged.
    """
    spread = float(cv2.meanStdDev(patch)[1][0, 0]) ** 2
    detail = float(cv2.meanStdDev(cv2.Laplacian(patch, cv2.CV_32F))[1][0, 0]) ** 2
    ratio = detail / (spread + 4.0)
    return ratio / (ratio + HALF_SHARP)


def head_pose(landmarks: Sequence[Point]) -> Pose:
    """Where a head points, from five landmarks.

    Scaled orthographic projection of a rigid mean face, solved in closed form (the first step of
    DeMenthon and Davis's POSIT, 1995): least squares gives the first two rows of the rotation, the
    nearest orthonormal pair is taken. Good to about ten degrees, as people's noses differ.
    """
    across, down = (
        [sum(map(mul, weights, coordinates)) for weights in _INVERSE]
        for coordinates in zip(*landmarks, strict=True)
    )
    axes = _orthonormal(across, down)
    if axes is None:
        return Pose(0.0, 0.0, 0.0)
    (x1, y1, z1), (x2, y2, z2) = axes
    roll = math.atan2(x2, x1)
    # The third column of the rotation is where the nose points; its tilt is taken out first, so that
    # yaw and pitch are about the head's own axes.
    right = z1 * math.cos(roll) + z2 * math.sin(roll)
    below = z2 * math.cos(roll) - z1 * math.sin(roll)
    toward = x1 * y2 - y1 * x2
    yaw, pitch = math.atan2(right, toward), math.atan2(-below, math.hypot(right, toward))
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))


def _orthonormal(a: Sequence[float], b: Sequence[float]) -> tuple[list[float], list[float]] | None:
    """The orthonormal pair nearest to two vectors, (M M')^-1/2 M; None if they are parallel."""
    aa, ab, bb = (sum(map(mul, u, v)) for u, v in ((a, a), (a, b), (b, b)))
    root = math.sqrt(max(aa * bb - ab * ab, 0.0))
    if root <= 1e-9 * (aa + bb) or root == 0.0:
        return None
    scale = 1 / (root * math.sqrt(aa + bb + 2 * root))
    return (
        [scale * ((bb + root) * p - ab * q) for p, q in zip(a, b, strict=True)],
        [scale * ((aa + root) * q - ab * p) for p, q in zip(a, b, strict=True)],
    )
