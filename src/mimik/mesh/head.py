"""How a head is held: the canonical face laid on the points of a mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.canonical import POINTS, canonical_face
from mimik.mesh.reading import HeadPose

Points: TypeAlias = "NDArray[np.float64]"
"""Points (478, 3) of a mesh."""
Front: TypeAlias = "NDArray[np.float64]"
"""Points (468, 2) of a face in millimetres, as Head.seen_from_front gives them."""
FOV_DEG = 63.0
"""Vertical field of view of a camera that nothing is known of, as MediaPipe takes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """How the canonical face lies on a mesh."""

    rotation: NDArray[np.float64]
    """(3, 3), from the head's own frame to that of the picture; each x to the viewer's right, y down, z away
    from the viewer."""
    scale: float
    """Pixels a millimetre of an average head."""
    origin_xy: NDArray[np.float64]
    """Where the middle of the head lies, in pixels of the frame, (2,)."""

    def seen_from_front(self, points_xyz: Points) -> Front:
        """Points of the face (468, 2) in millimetres, as a camera straight before the head would see them.

        Their depth is that of the canonical face: the network's is too small by a quarter for faces that are
        turned away.
        """
        depth = canonical_face()[0][:, 2:]
        plane = (points_xyz[:POINTS, :2] - self.origin_xy) / self.scale - depth * self.rotation[:2, 2]
        return np.asarray(plane @ np.linalg.pinv(self.rotation[:2, :2], rcond=FLATTEST).T)


FLATTEST = 0.05
"""Cosine of the angle from which what is seen from the side alone isn't drawn out to a front."""


def find_head(points_xyz: Points) -> Head:
    """Lay the canonical face on a mesh.

    Scaled orthographic projection, solved in closed form (the first step of DeMenthon and Davis's POSIT,
    1995): weighted least squares gives the first two rows of the rotation, the nearest orthonormal pair is
    taken. The points and weights are those of MediaPipe's geometry pipeline. It needs no camera, and no
    depth: see docs/mesh.md for what those would cost.

    Args:
        points_xyz: As MeshReading.points_xyz, (478, 3).
    """
    middle, weights, solver, picked = _basis()
    own = points_xyz[picked, :2]
    rows = (solver @ own).T
    u, singular, v = np.linalg.svd(rows, full_matrices=False)
    across = u @ v
    scale = max(float(singular.mean()), 1e-9)  # Nothing is divided by nought where a mesh has no extent.
    rotation = np.stack([across[0], across[1], np.cross(across[0], across[1])])
    return Head(rotation, scale, weights @ own - scale * across @ middle)


@lru_cache(maxsize=1)
def _basis() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """What the canonical face gives once for all.

    Returns:
        Middle of the points that count, in mm, (3,); their weights, which sum to 1, (K,); the solver of
        weighted least squares, (3, K); their numbers, (K,).
    """
    face, weights = canonical_face()
    picked = np.flatnonzero(weights)
    own = weights[picked] / weights[picked].sum()
    middle = own @ face[picked]
    centred = face[picked] - middle
    solver = np.linalg.solve((centred * own[:, None]).T @ centred, (centred * own[:, None]).T)
    return middle, own, solver, picked


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
    x, y = head.origin_xy
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
