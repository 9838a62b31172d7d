"""Meshes whose pose, eyes and mouth are known: the canonical face, changed and turned."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.canonical import POINTS, canonical_face
from mimik.mesh.eyes import EYES, MIDDLE_MM, RADIUS_MM

WIDTH, HEIGHT, SCALE = 640, 480, 1.5
"""Of the picture in pixels, and pixels a millimetre."""


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """First up or down, then to a side, then tilted."""
    yaw, pitch, roll = map(math.radians, (yaw_deg, pitch_deg, roll_deg))
    across = [[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]]
    down = [[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]]
    tilt = [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
    return np.array(tilt) @ np.array(across) @ np.array(down)


def rest() -> NDArray[np.float64]:
    """The canonical face with its irises, (478, 3) in millimetres, both eyes looking straight ahead."""
    face, _ = canonical_face()
    points = np.zeros((478, 3))
    points[:POINTS] = face
    for eye in EYES.values():
        look(points, eye.iris, 0.0, 0.0)
    return points


def look(points: NDArray[np.float64], iris: int, yaw_deg: float, pitch_deg: float) -> None:
    """Turn an eye, against the head."""
    (eye,) = (one for one in EYES.values() if one.iris == iris)
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    towards = np.array([math.sin(yaw) * math.cos(pitch), -math.sin(pitch), -math.cos(yaw) * math.cos(pitch)])
    middle = (points[eye.outer] + points[eye.inner]) / 2
    outward, down, behind = MIDDLE_MM
    points[iris] = middle + [eye.outward * outward, down, behind] + RADIUS_MM * towards


def gap(points: NDArray[np.float64], side: str, share: float) -> None:
    """Give an eye a gap between its lids, in its width."""
    eye = EYES[side]
    width = np.linalg.norm(points[eye.outer, :2] - points[eye.inner, :2])
    for upper, lower in zip(eye.upper, eye.lower, strict=True):
        x, y = (points[upper, :2] + points[lower, :2]) / 2
        points[upper, :2] = x, y - share * width / 2
        points[lower, :2] = x, y + share * width / 2


def seen(
    points: NDArray[np.float64],
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    at: tuple[float, float] = (320.0, 240.0),
) -> NDArray[np.float64]:
    """A mesh in a picture of WIDTH x HEIGHT, its middle at a place."""
    turned = points @ rotation(yaw_deg, pitch_deg, roll_deg).T * SCALE
    turned[:, :2] += at
    return turned
