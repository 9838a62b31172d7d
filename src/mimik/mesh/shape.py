"""What the shape of a face says beside its eyes: how far the mouth is open, how unlike its sides are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.canonical import POINTS, canonical_face
from mimik.mesh.eyes import EYES
from mimik.mesh.head import Head

UPPER_LIP, LOWER_LIP = 13, 14
"""The middle of each lip's inner edge."""


def mouth_opening(head: Head) -> float:
    """Gap between the inner lips over the distance between the outer corners of the eyes."""
    gap = np.linalg.norm(head.own_mm[LOWER_LIP] - head.own_mm[UPPER_LIP])
    return float(gap) / _across_eyes(head)


def asymmetry(head: Head) -> float:
    """Mean distance of the face's points from the mirror images of their partners, as seen from the front.

    The mirror is laid so that the two fit best by shifts and turns (least squares): what is left of a pose
    that was not quite taken out is none of a face's asymmetry.

    Returns:
        In distances between the outer corners of the eyes.
    """
    own = head.own_mm[:POINTS, :2]
    other = own[partners()] * [-1, 1]
    own, other = own - own.mean(axis=0), other - other.mean(axis=0)
    u, _, v = np.linalg.svd(other.T @ own)
    turned = other @ (u @ v)
    return float(np.linalg.norm(own - turned, axis=1).mean()) / _across_eyes(head)


def _across_eyes(head: Head) -> float:
    left, right = (head.own_mm[eye.outer] for eye in EYES.values())
    return max(float(np.linalg.norm(left - right)), 1e-9)


@lru_cache(maxsize=1)
def partners() -> NDArray[np.intp]:
    """To each point of the face that on its other side, (468,); to those of the middle themselves."""
    face, _ = canonical_face()
    distances = np.linalg.norm(face[:, None] * [-1, 1, 1] - face[None], axis=2)
    return np.asarray(distances.argmin(axis=1))
