"""How far a face is turned in its picture, seen from the face itself, upside down included.

The landmarks of a detector that has learned from upright faces are drawn towards the level, whatever a face
does. A small network looks at the disc around the middle of a face's box instead, which has no corners that
would tell what is upright, and says which of 24 directions its top points to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.types import Point

TASK = "tilt"
"""The task of its model's card, one of its own: classes "0", "15", ... "345", clockwise."""
STEP_DEG = 15
"""Degrees between two classes."""
LABELS = tuple(str(degrees) for degrees in range(0, 360, STEP_DEG))
"""The classes."""
Degrees: TypeAlias = "NDArray[np.float64]"
"""(N,)."""


def turn_deg(logits: NDArray[np.float32], temperature: float = 1.0) -> tuple[Degrees, Degrees]:
    """Angles from what the network says.

    Args:
        logits: (N, 24), class by class.
        temperature: Of the model's card.

    Returns:
        Degrees clockwise as the viewer sees it, -180 to 180, (N,): the mean direction of the probabilities;
        and how sure it is, (N,): that mean's length, 0 (all directions alike) to 1.
    """
    scaled = logits.astype(np.float64) / temperature
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    mean = shares @ np.exp(1j * np.deg2rad(np.arange(0, 360, STEP_DEG)))
    return np.rad2deg(np.angle(mean)), np.abs(mean)


def eyes_deg(landmarks: Sequence[Point]) -> float:
    """How far the line of a face's eyes is from level, clockwise, -180 to 180."""
    (right_x, right_y), (left_x, left_y) = landmarks[:2]
    return math.degrees(math.atan2(left_y - right_y, left_x - right_x))


def apart_deg(one: Degrees, other: Degrees) -> Degrees:
    """From the other angle to the one, the short way: -180 to 180."""
    return (one - other + 180) % 360 - 180
