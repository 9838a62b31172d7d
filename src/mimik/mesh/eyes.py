"""How far the eyes are open, and where they look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.head import Head, direction_deg
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
AHEAD_MM = (2.0, -2.3)
"""Of the iris of an eye that looks straight ahead, from the middle of the corners: outward, and down."""
RADIUS_MM = 10.5
"""From the point about which an eye turns to the plane of its iris."""


def openness(head: Head, eye: Eye) -> float:
    """How far an eye is open: 0 (shut) to 1 (open at rest, or wider).

    The eye aspect ratio (Soukupova and Cech, 2016), taken in the head's own frame, so that turned heads keep
    theirs; between limits that are the same for everybody.
    """
    own = head.own_mm
    gap = np.linalg.norm(own[list(eye.upper), :2] - own[list(eye.lower), :2], axis=1).mean()
    width = max(float(np.linalg.norm(own[eye.outer] - own[eye.inner])), 1e-9)
    return min(max((float(gap) / width - SHUT) / (OPEN - SHUT), 0.0), 1.0)


def gaze_of(head: Head, eye: Eye) -> Gaze:
    """Where an eye looks, against the line from the face to the camera.

    The iris moves on a sphere about the eye's middle, which lies behind the middle of its corners; head and
    eye together say where the eye looks.
    """
    own = head.own_mm
    away = own[eye.iris] - (own[eye.outer] + own[eye.inner]) / 2
    right = (away[0] - eye.outward * AHEAD_MM[0]) / RADIUS_MM
    down = (away[1] - AHEAD_MM[1]) / RADIUS_MM
    towards = head.rotation @ _on_sphere(float(right), float(down))
    return Gaze(*direction_deg(towards))


def _on_sphere(right: float, down: float) -> NDArray[np.float64]:
    """The direction of a unit sphere's point, seen from the front; the edge where it would lie outside."""
    reach = math.hypot(right, down)
    if reach > 1:
        right, down, reach = right / reach, down / reach, 1.0
    return np.array([right, down, -math.sqrt(1 - reach**2)])
