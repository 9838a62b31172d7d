"""What the shape of a face says beside its eyes: how far the mouth is open, how unlike its sides are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.canonical import canonical_face
from mimik.mesh.eyes import EYES
from mimik.mesh.head import Front

UPPER_LIP, LOWER_LIP = 13, 14
"""The middle of each lip's inner edge."""
INNER_CORNERS = tuple(eye.inner for eye in EYES.values())
EYE_CORNERS = (*INNER_CORNERS, *(eye.outer for eye in EYES.values()))
CHEEKS, NOSE_WINGS = (50, 280, 101, 330), (129, 358)


def mouth_opening(front_mm: Front) -> float:
    """Gap between the inner lips over the distance between the outer corners of the eyes.

    Args:
        front_mm: As Head.seen_from_front, (468, 2).
    """
    return float(np.linalg.norm(front_mm[LOWER_LIP] - front_mm[UPPER_LIP])) / _across_eyes(front_mm)


def asymmetry(front_mm: Front) -> float:
    """Mean distance of the face's points from the mirror images of their partners.

    The mirror is laid so that the two fit best by shifts and turns (least squares): what is left of a pose
    that was not quite taken out is none of a face's asymmetry.

    Args:
        front_mm: As Head.seen_from_front, (468, 2).

    Returns:
        In distances between the outer corners of the eyes.
    """
    own = front_mm - front_mm.mean(axis=0)
    other = own[partners()] * [-1, 1]
    u, _, v = np.linalg.svd(other.T @ own)
    return float(np.linalg.norm(own - other @ (u @ v), axis=1).mean()) / _across_eyes(front_mm)


def cheeks_mm(front_mm: Front) -> float:
    """How high the cheeks lie, in millimetres of an average head: less than 0, from the corners of the eyes.

    Args:
        front_mm: As Head.seen_from_front, (468, 2).
    """
    return _height_mm(front_mm, CHEEKS, EYE_CORNERS)


def nose_wings_mm(front_mm: Front) -> float:
    """How high the wings of the nose lie, likewise, from the inner corners of the eyes.

    Args:
        front_mm: As Head.seen_from_front, (468, 2).
    """
    return _height_mm(front_mm, NOSE_WINGS, INNER_CORNERS)


def _height_mm(front_mm: Front, points: Sequence[int], below: Sequence[int]) -> float:
    """How far the middle of points lies above that of others that they lie below at rest."""
    return float(front_mm[list(below), 1].mean() - front_mm[list(points), 1].mean())


def _across_eyes(front_mm: Front) -> float:
    left, right = (front_mm[eye.outer] for eye in EYES.values())
    return max(float(np.linalg.norm(left - right)), 1e-9)


@lru_cache(maxsize=1)
def partners() -> NDArray[np.intp]:
    """To each point of the face that on its other side, (468,); to those of the middle themselves."""
    face, _ = canonical_face()
    distances = np.linalg.norm(face[:, None] * [-1, 1, 1] - face[None], axis=2)
    return np.asarray(distances.argmin(axis=1))
