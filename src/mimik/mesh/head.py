"""How a head is held: the canonical face laid on the points of a mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.canonical import canonical_face
from mimik.mesh.reading import HeadPose

Points: TypeAlias = "NDArray[np.float64]"
"""Points (478, 3) of a mesh."""
FOV_DEG = 63.0
"""Vertical field of view of a camera that nothing is known of, as MediaPipe takes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A mesh, and the canonical face that is laid on it."""

    own_mm: Points
    """The mesh in the head's own frame, pose taken out and the size that of an average head: x to the
    viewer's right, y down, z away from the viewer, for a head straight to the camera."""
    rotation: NDArray[np.float64]
    """(3, 3), from the head's own frame to that of the picture."""
    scale: float
    """Pixels a millimetre."""
    origin_xyz: NDArray[np.float64]
    """Where the middle of the head lies, in pixels of the frame, (3,)."""


def find_head(points_xyz: Points) -> Head:
    """Lay the canonical face on a mesh.

    Least squares over rotation, scale and shift in closed form (Umeyama, 1991), on the points and with the
    weights that MediaPipe's geometry pipeline uses. Of z, which a network can only guess, no more than its
    proportions are used; perspective is left out, so that no camera has to be known.

    Args:
        points_xyz: As MeshReading.points_xyz, (478, 3).
    """
    face, weights, picked = _basis()
    own = points_xyz[picked]
    middle = weights @ own
    spread = ((own - middle) * weights[:, None]).T @ face
    u, singular, v = np.linalg.svd(spread)
    signs = np.array([1.0, 1.0, math.copysign(1.0, np.linalg.det(u @ v))])
    rotation = (u * signs) @ v
    scale = float(singular @ signs) / float(weights @ (face**2).sum(axis=1))
    scale = max(scale, 1e-9)  # Of a mesh without extent; nothing is divided by nought.
    origin = middle - scale * rotation @ _middle()
    return Head((points_xyz - origin) @ rotation / scale, rotation, scale, origin)


@lru_cache(maxsize=1)
def _basis() -> tuple[Points, NDArray[np.float64], NDArray[np.intp]]:
    """The canonical points that count, about their middle, in mm; weights that sum to 1; numbers."""
    face, weights = canonical_face()
    picked = np.flatnonzero(weights)
    own = weights[picked] / weights[picked].sum()
    return face[picked] - _middle(), own, picked


@lru_cache(maxsize=1)
def _middle() -> NDArray[np.float64]:
    face, weights = canonical_face()
    return np.asarray(weights @ face / weights.sum())


def pose_of(head: Head, width: int, height: int, fov_deg: float = FOV_DEG) -> HeadPose:
    """The six degrees of freedom of a head.

    Angles are those against the line from the camera to the face: a face that looks into the camera has none,
    wherever in the picture it is. The shift is that of an average head, for the camera that is given.

    Args:
        head: As find_head finds it.
        width: Of the frame, in pixels.
        height: Of the frame, in pixels.
        fov_deg: The camera's vertical field of view.
    """
    yaw, pitch = direction_deg(head.rotation @ [0.0, 0.0, -1.0], roll_of(head))
    x, y, _ = head.origin_xyz
    focal = height / 2 / math.tan(math.radians(fov_deg) / 2)
    return HeadPose(
        yaw,
        pitch,
        math.degrees(roll_of(head)),
        (float(x) - width / 2) / head.scale,
        (float(y) - height / 2) / head.scale,
        focal / head.scale,
    )


def roll_of(head: Head) -> float:
    """How far a head is tilted, in radians, clockwise as the viewer sees it."""
    return math.atan2(head.rotation[1, 0], head.rotation[0, 0])


def direction_deg(towards: NDArray[np.float64], roll_rad: float = 0.0) -> tuple[float, float]:
    """Yaw and pitch of a direction, in degrees: to the viewer's right, and up, of that to the viewer.

    Args:
        towards: (3,), x to the right, y down, z away from the viewer.
        roll_rad: Tilt that is taken out first, so that they are about the head's own axes.
    """
    x, y, z = (float(v) for v in towards)
    cos, sin = math.cos(roll_rad), math.sin(roll_rad)
    x, y = x * cos + y * sin, y * cos - x * sin
    return math.degrees(math.atan2(x, -z)), math.degrees(math.atan2(-y, math.hypot(x, z)))
