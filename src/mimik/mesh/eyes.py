"""How far the eyes are open, and where they look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.head import Front, Head, Points, direction_deg
from mimik.mesh.reading import Gaze


@dataclass(frozen=True, slots=True)
class Eye:
    """The points of an eye, by their numbers."""

    outer: int
    """Its outer corner."""
    inner: int
    """Its inner corner."""
    upper: tuple[int, ...]
    """Edge of the upper lid, from the outer side."""
    lower: tuple[int, ...]
    """Edge of the lower lid, below those."""
    iris: int
    """Middle of the iris."""
    outward: float
    """Where its outer side lies in a picture: 1 right, -1 left."""


EYES = {
    "left": Eye(263, 362, (387, 386, 385), (373, 374, 380), 473, 1.0),
    "right": Eye(33, 133, (160, 159, 158), (144, 145, 153), 468, -1.0),
}
"""The person's own left and right."""
SHUT, OPEN = 0.04, 0.30
"""Gap between the lids over the eye's width, of eyes that are shut, and of eyes that are open at rest."""
MIDDLE_MM = (1.7, -1.8, 4.0)
"""Of the eye's middle from the middle of its corners, in the head's frame: outward, down, and away from the
viewer."""
RADIUS_MM = 10.5
"""From the point about which an eye turns to the plane of its iris."""


def openness(front_mm: Front, eye: Eye) -> float:
    """How far an eye is open: 0 (shut) to 1 (open at rest, or wider).

    The eye aspect ratio (Soukupova and Cech, 2016), taken as from the front, so that turned heads keep
    theirs; between limits that are the same for everybody.

    Args:
        front_mm: As Head.seen_from_front, (468, 2).
        eye: One of EYES.
    """
    gap = np.linalg.norm(front_mm[list(eye.upper)] - front_mm[list(eye.lower)], axis=1).mean()
    width = max(float(np.linalg.norm(front_mm[eye.outer] - front_mm[eye.inner])), 1e-9)
    return min(max((float(gap) / width - SHUT) / (OPEN - SHUT), 0.0), 1.0)


def gaze_of(points_xyz: Points, head: Head, eye: Eye) -> Gaze:
    """Where an eye looks, against the line from the face to the camera.

    The iris moves on a sphere whose middle goes with the corners of the eye; where the picture shows the iris
    over that middle, the eye looks into the camera, however the head is turned.

    Args:
        points_xyz: As MeshReading.points_xyz, (478, 3).
        head: As find_head finds it.
        eye: One of EYES.
    """
    outward, down, behind = MIDDLE_MM
    middle = (head.rotation @ [eye.outward * outward, down, behind])[:2]
    plane = points_xyz[:, :2] / head.scale
    away = plane[eye.iris] - (plane[eye.outer] + plane[eye.inner]) / 2 - middle
    return Gaze(*direction_deg(_on_sphere(*(away / RADIUS_MM).tolist())))


def _on_sphere(right: float, down: float) -> NDArray[np.float64]:
    """The direction of a unit sphere's point, seen from the front; the edge where it would lie outside."""
    reach = math.hypot(right, down)
    if reach > 1:
        right, down, reach = right / reach, down / reach, 1.0
    return np.array([right, down, -math.sqrt(1 - reach**2)])
