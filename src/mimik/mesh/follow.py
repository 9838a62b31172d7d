"""Blending the points of a face over time without dragging behind it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.head import Points

AS_A_WHOLE, BY_ITSELF = 30.0, 40.0
"""How much weaker a blending gets with speed, in hertz of its cut-off for a face's size a second: that of the
whole face, and that of one point in it."""
OF_SHAPES = 3.0
"""The same for numbers from 0 to 1 a second: a lid falls in two frames, and its blendshape with it."""


def followed(before: Points, now: Points, step_s: float, tau_s: float) -> Points:
    """Points after blending.

    What was seen before is carried to where the face is now, by the shift, turn and scale that fit best
    (least squares; Umeyama, 1991), so that a face that moves as a whole is not dragged behind. What is left
    are movements in the face. Both are blended, by a weight that grows with their speed (the 1 Euro filter;
    Casiez, Roussel and Vogel, 2012), so that a still face is still and a blink is not missed.

    Args:
        before: Points after blending of the frame before, (478, 3).
        now: Points of this frame, (478, 3).
        step_s: Time between the two, above 0.
        tau_s: Time constant for a face that doesn't move.
    """
    size = max(float(np.ptp(now[:, :2], axis=0).max()), 1e-9)
    carried = _carried(before, now)
    moved = carried - before
    speed = float(np.sqrt((moved[:, :2] ** 2).sum(axis=1).mean())) / size / step_s
    whole = before + _weight(speed * AS_A_WHOLE, step_s, tau_s) * moved
    rest = now - carried
    speeds = np.sqrt((rest[:, :2] ** 2).sum(axis=1, keepdims=True)) / size / step_s
    return np.asarray(whole + _weight(speeds * BY_ITSELF, step_s, tau_s) * rest)


def blended(
    before: NDArray[np.float32], now: NDArray[np.float32], step_s: float, tau_s: float
) -> NDArray[np.float32]:
    """Numbers from 0 to 1 after blending, likewise by a weight that grows with the speed of each.

    Args:
        before: Those after blending of the frame before, (K,).
        now: Those of this frame, (K,).
        step_s: Time between the two, above 0.
        tau_s: Time constant for numbers that don't change.
    """
    weight = _weight(np.abs(now - before) / step_s * OF_SHAPES, step_s, tau_s)
    return np.asarray(before + weight * (now - before), np.float32)


def _weight(more_hz: float | NDArray[np.float64], step_s: float, tau_s: float) -> NDArray[np.float64]:
    """Weight of what is new, 0 to 1, for a cut-off some hertz above that of the time constant."""
    cutoff = 1 / (2 * math.pi * tau_s) + np.asarray(more_hz)
    return np.asarray(1 / (1 + 1 / (2 * math.pi * cutoff * step_s)))


def _carried(before: Points, now: Points) -> Points:
    """Points laid on others by shift, turn in the picture and scale; depth is scaled and shifted alike."""
    middle, goal = before.mean(axis=0), now.mean(axis=0)
    own, other = before - middle, now - goal
    # As complex numbers, a turn and a scale are one factor.
    a, b = own[:, 0] + 1j * own[:, 1], other[:, 0] + 1j * other[:, 1]
    factor = np.vdot(a, b) / max(float(np.vdot(a, a).real), 1e-9)
    plane = factor * a
    return np.asarray(np.stack([plane.real, plane.imag, abs(factor) * own[:, 2]], axis=1) + goal, np.float64)
