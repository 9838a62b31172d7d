"""How well a face can be seen: size, sharpness, light, pose, and why not to trust it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.boxes import centre_xy, share_inside, size_px
from mimik.crop import Square, crop
from mimik.errors import OptionError
from mimik.types import Box, Image, Point, Pose, Quality

PATCH = 64
"""Side of the patch on which sharpness and light are measured, in pixels; a smaller face is not enlarged."""

MEAN_FACE = np.array(
    [[-0.5, -0.62, 0.0], [0.5, -0.62, 0.0], [0.0, 0.0, 0.6], [-0.4, 0.5, 0.1], [0.4, 0.5, 0.1]]
)
"""The five landmarks of a face straight to the camera, in distances between the eyes: x to the
viewer's right, y down, z towards the camera."""
_CENTRED = MEAN_FACE - MEAN_FACE.mean(axis=0)
_INVERSE = np.linalg.pinv(_CENTRED)


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Beyond these a face's readings should not be trusted."""

    min_size_px: float = 24.0
    """Geometric mean of the box's width and height."""
    min_sharpness: float = 0.2
    """0 to 1."""
    min_brightness: float = 0.08
    """Mean luminance, 0 to 1."""
    max_brightness: float = 0.93
    """Mean luminance, 0 to 1."""
    max_yaw_deg: float = 50.0
    """To either side."""
    min_inside: float = 0.75
    """Share of the box that lies within the picture."""

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
    image: Image, box: Box, landmarks: Sequence[Point] | None, limits: QualityLimits | None = None
) -> Quality:
    """Measure how well a face can be seen.

    Args:
        image: RGB, uint8, (H, W, 3).
        box: Left, top, right, bottom of the face; may reach past the picture.
        landmarks: The five of `Detection.landmarks_xy`, or None: then the pose is None.
        limits: When the face is too poor to trust.
    """
    limits = limits or QualityLimits()
    size = size_px(box)
    side = min(PATCH, max(16, int(size)))
    patch = cv2.cvtColor(crop(image, Square(centre_xy(box), size), side), cv2.COLOR_RGB2GRAY)
    brightness = float(cv2.mean(patch)[0]) / 255
    sharp = sharpness(np.asarray(patch, np.uint8))
    pose = head_pose(landmarks) if landmarks is not None else None
    inside = share_inside(box, image.shape[1], image.shape[0])
    reason = _reason(size, inside, pose, brightness, sharp, limits)
    return Quality(size, sharp, brightness, pose, reason)


def _reason(
    size: float, inside: float, pose: Pose | None, brightness: float, sharp: float, limits: QualityLimits
) -> str | None:
    """The first thing that speaks against a face."""
    checks = (
        (size < limits.min_size_px, "too small"),
        (inside < limits.min_inside, "cut off by the border"),
        (pose is not None and abs(pose.yaw_deg) > limits.max_yaw_deg, "turned away"),
        (brightness < limits.min_brightness, "too dark"),
        (brightness > limits.max_brightness, "too bright"),
        (sharp < limits.min_sharpness, "blurred"),
    )
    return next((reason for failed, reason in checks if failed), None)


def sharpness(patch: NDArray[np.uint8]) -> float:
    """Share of fine detail in a grey patch (S, S), 0 (blurred) to 1 (sharp).

    The energy of the Laplacian over the variance of the grey values, so that neither light nor
    contrast counts. Natural pictures look alike at every scale, so the figure is comparable over
    face sizes as long as the patch was not enlarged.
    """
    spread = float(cv2.meanStdDev(patch)[1][0, 0]) ** 2
    detail = float(cv2.meanStdDev(cv2.Laplacian(patch, cv2.CV_32F))[1][0, 0]) ** 2
    ratio = detail / (spread + 4.0)
    return ratio / (ratio + 0.2)


def head_pose(landmarks: Sequence[Point]) -> Pose:
    """Where a head points, from five landmarks.

    Scaled orthographic projection of a rigid mean face, solved in closed form (the first step of
    DeMenthon and Davis's POSIT, 1995): least squares gives the first two rows of the rotation, the
    nearest orthonormal pair is taken. Good to about ten degrees, as people's noses differ.
    """
    points = np.asarray(landmarks, np.float64)
    rows = (points - points.mean(axis=0)).T @ _INVERSE.T
    u, spread, vt = np.linalg.svd(rows, full_matrices=False)
    if spread[1] < 1e-9:
        return Pose(0.0, 0.0, 0.0)
    first, second = u @ vt
    toward = np.cross(first, second)
    # The nose points along the third column: right, down and towards the camera.
    yaw = math.atan2(first[2], toward[2])
    pitch = math.atan2(-second[2], math.hypot(first[2], toward[2]))
    (rx, ry), (lx, ly) = landmarks[:2]
    roll = math.atan2(ly - ry, lx - rx)
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))
