"""Draws the mesh of a face: contours, irises, where the eyes look, and where the head points."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.mesh.contours import (
    BROW_LEFT,
    BROW_RIGHT,
    CLOSED,
    EYE_LEFT,
    EYE_RIGHT,
    IRISES,
    LIPS_OUTSIDE,
    NOSE_TIP,
    OPEN,
)
from mimik.mesh.reading import Gaze, HeadPose, MeshReading
from mimik.types import Image

LINE, EYES, AHEAD = (214, 250, 238), (255, 196, 64), (255, 96, 160)
"""RGB of contours, of irises and gaze, and of the head's axis."""
DARK = (16, 18, 22)
"""RGB of the rim about lines on large faces."""
RIM_PX = 300
"""Size of a face from which lines have a rim: on smaller ones it would hide what they go around."""
SMALL_PX = 90
"""Size of a face below which only the lines are drawn that leave something of it to be seen."""
FEW = (EYE_LEFT, EYE_RIGHT, LIPS_OUTSIDE, BROW_LEFT, BROW_RIGHT)
_SHIFT = 4
"""OpenCV draws lines at parts of a pixel: points are whole numbers of 1/16."""


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws lines on a picture."""

    image: Image
    width: int
    rim: bool

    def line(
        self, points: NDArray[np.float64], colour: tuple[int, int, int], *, closed: bool = False
    ) -> None:
        """A line through points (N, 2), in pixels."""
        # The left edge of the first pixel is 0, and OpenCV's 0 is its middle.
        spots = [np.round((points - 0.5) * (1 << _SHIFT)).astype(np.int32)]
        if self.rim:
            cv2.polylines(self.image, spots, closed, DARK, self.width + 2, cv2.LINE_AA, _SHIFT)
        cv2.polylines(self.image, spots, closed, colour, self.width, cv2.LINE_AA, _SHIFT)


def draw_mesh(image: Image, mesh: MeshReading, colour: tuple[int, int, int] | None, scale: float) -> None:
    """Draw a face's mesh on a picture; nothing where there is none.

    Args:
        image: RGB, uint8, (H, W, 3), which is drawn on.
        mesh: In the pixels of this picture.
        colour: Of all lines, of a face that can't be trusted; None gives each kind its own.
        scale: Width of lines, in parts of the default.
    """
    if mesh.points_xyz is None or mesh.pose is None:
        return
    points = np.array(mesh.points_xyz)[:, :2]
    size = float(np.ptp(points, axis=0).max())
    pen = _Pen(image, max(1, round(scale * size / 160)), size >= RIM_PX)
    for lines, closed in ((CLOSED, True), (OPEN, False)):
        for line in lines:
            if size >= SMALL_PX or line in FEW:
                pen.line(points[list(line)], colour or LINE, closed=closed)
    for side, (middle, edge) in IRISES.items():
        if (gaze := mesh.gaze[side]) is not None:
            if size >= SMALL_PX:
                _draw_iris(pen, points[middle], points[list(edge)], colour or EYES)
            _draw_ray(pen, points[middle], _of_gaze(gaze), 0.35 * size, colour or EYES)
    _draw_ray(pen, points[NOSE_TIP], _of_head(mesh.pose), 0.5 * size, colour or AHEAD)


def _draw_iris(
    pen: _Pen, middle: NDArray[np.float64], edge: NDArray[np.float64], colour: tuple[int, int, int]
) -> None:
    """A circle as wide as the iris."""
    radius = float(np.linalg.norm(edge - middle, axis=1).mean())
    turn = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    pen.line(middle + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1), colour, closed=True)


def _draw_ray(
    pen: _Pen, start: NDArray[np.float64], way: Iterable[float], length: float, colour: tuple[int, int, int]
) -> None:
    """A line that points out of the picture, seen from the front: but a dot where it points at the viewer."""
    end = start + length * np.array([*way])
    pen.line(np.stack([start, end]), colour)
    spot = tuple(int(v) for v in np.round((start - 0.5) * (1 << _SHIFT)))
    radius = (pen.width + 1) if length >= 0.35 * SMALL_PX else 1
    cv2.circle(pen.image, spot, radius << _SHIFT, colour, -1, cv2.LINE_AA, _SHIFT)


def _of_gaze(gaze: Gaze) -> tuple[float, float]:
    """A gaze from the front, right and down, of a length of 1."""
    return _from_front(gaze.yaw_deg, gaze.pitch_deg)


def _of_head(pose: HeadPose) -> tuple[float, float]:
    """The same of where a head points, whose yaw and pitch are about its own axes."""
    x, y = _from_front(pose.yaw_deg, pose.pitch_deg)
    cos, sin = math.cos(math.radians(pose.roll_deg)), math.sin(math.radians(pose.roll_deg))
    return x * cos - y * sin, x * sin + y * cos


def _from_front(yaw_deg: float, pitch_deg: float) -> tuple[float, float]:
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    return math.sin(yaw) * math.cos(pitch), -math.sin(pitch)
