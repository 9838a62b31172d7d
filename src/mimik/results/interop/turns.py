"""Angles of heads and gazes as other tools tell them.

All rotations are (3, 3), in axes to the viewer's right, down, and away from the viewer; about each a positive
angle turns the first of the others towards the second. mimik's angles are against the line from the camera to
the face; those of other tools against the camera's own axis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Turn: TypeAlias = "NDArray[np.float64]"
Angles: TypeAlias = tuple[float, float, float]
"""About the axes x, y, z, in radians."""
ANGLES = ("yaw_deg", "pitch_deg", "roll_deg")
PLACE = ("x_mm", "y_mm", "z_mm")
"""Fields of a mesh's pose."""


def about(axis: int, angle: float) -> Turn:
    """A turn about an axis (0 to 2), in radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[first, first] = turn[second, second] = cos
    turn[second, first], turn[first, second] = sin, -sin
    return turn


def turn_of(angles: Mapping[str, float]) -> Turn:
    """The turn of a head whose yaw_deg, pitch_deg and roll_deg are given."""
    yaw, pitch, roll = (math.radians(angles[name]) for name in ANGLES)
    return about(2, roll) @ about(1, -yaw) @ about(0, -pitch)


def angles_of(turn: Turn) -> dict[str, float]:
    """The way back: yaw_deg, pitch_deg and roll_deg of a head's turn."""
    yaw = math.asin(max(-1.0, min(1.0, float(turn[2, 0]))))
    pitch, roll = math.atan2(-turn[2, 1], turn[2, 2]), math.atan2(turn[1, 0], turn[0, 0])
    return dict(zip(ANGLES, map(math.degrees, (yaw, pitch, roll)), strict=True))


def towards(place: Mapping[str, Any]) -> Turn:
    """The smallest turn of the camera's axis onto the line to a place; none where that isn't known."""
    x, y, z = (place.get(name) for name in PLACE)
    if x is None or y is None or not z:
        return np.eye(3)
    side = math.hypot(x, y)
    if not side:
        return np.eye(3)
    angle = math.atan2(side, z)
    u, v = -y / side, x / side  # The axis, square to both lines.
    cross = np.array([[0.0, 0.0, v], [0.0, 0.0, -u], [-v, u, 0.0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)


def in_camera(pose: Mapping[str, Any]) -> Turn:
    """The turn of a head against the camera's axis, of a mesh's pose."""
    return np.asarray(towards(pose) @ turn_of(pose))


def against_line(turn: Turn, place: Mapping[str, Any]) -> dict[str, float]:
    """The way back: a mesh's angles of a turn against the camera's axis."""
    return angles_of(towards(place).T @ turn)


def xyz_of(turn: Turn) -> Angles:
    """The angles of a turn that is one about x after one about y after one about z (OpenFace, py-feat)."""
    return (
        math.atan2(-turn[1, 2], turn[2, 2]),
        math.asin(max(-1.0, min(1.0, float(turn[0, 2])))),
        math.atan2(-turn[0, 1], turn[0, 0]),
    )


def from_xyz(angles: Angles) -> Turn:
    """The way back."""
    x, y, z = angles
    return np.asarray(about(0, x) @ about(1, y) @ about(2, z))


def yxz_of(turn: Turn) -> Angles:
    """The angles about x, y, z of a turn that is one about y after one about x after one about z (ARKit)."""
    return (
        math.asin(max(-1.0, min(1.0, float(-turn[1, 2])))),
        math.atan2(turn[0, 2], turn[2, 2]),
        math.atan2(turn[1, 0], turn[1, 1]),
    )


def from_yxz(angles: Angles) -> Turn:
    """The way back."""
    x, y, z = angles
    return np.asarray(about(1, y) @ about(0, x) @ about(2, z))


def ray_of(gaze: Mapping[str, Any] | None) -> NDArray[np.float64] | None:
    """Where a gaze points, (3,), of its yaw_deg and pitch_deg; None where they aren't known."""
    if not gaze or gaze.get("yaw_deg") is None or gaze.get("pitch_deg") is None:
        return None
    yaw, pitch = math.radians(gaze["yaw_deg"]), math.radians(gaze["pitch_deg"])
    return np.array([math.sin(yaw) * math.cos(pitch), -math.sin(pitch), -math.cos(yaw) * math.cos(pitch)])


def gaze_of(ray: NDArray[np.float64]) -> dict[str, float]:
    """The way back."""
    x, y, z = map(float, ray)
    return {
        "yaw_deg": math.degrees(math.atan2(x, -z)),
        "pitch_deg": math.degrees(math.atan2(-y, math.hypot(x, z))),
    }
