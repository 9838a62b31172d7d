"""Finding faces again near where they were: a tenth of the work of searching the whole picture.

A square around each face is cut out, turned so that the face is upright in it, and scaled so that the
face always has the same size there, at which the network frames it as it does in whole pictures
(docs/detection.md has the figures).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy, overlap, size_px
from mimik.faces.crop import Square, crop
from mimik.types import Box, Detection, Image, Point

PATCH_PX, CONTEXT = 96, 1.5
"""Side of a patch that is searched, and in sizes of the face: a face has 64 px in it."""
WORK = 1.4
"""A patch takes longer than its share of a picture: it is cut out, and its faces are told apart."""
GRID_PX = 16
"""Patches of level faces lie on a grid of so many of their pixels over the picture: while it moves within
one and from one to the next, a face is seen by the network as it would be in the whole picture, and its
box doesn't jump."""
OVERLAP = 0.3
"""Intersection over union above which two rows are of one face."""
REACH, RATIO = 0.5, 1.6
"""How far from its place a face may be, in its sizes, and how many times larger or smaller, to be the one
that was there: in a patch there may be others."""
_LOG_RATIO = math.log(RATIO)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face is expected."""

    box_xyxy: Box
    """Its box as detections have it; may reach past the picture."""
    roll_deg: float = 0.0
    """How far it is turned, clockwise as the viewer sees it; 180 for a face upside down."""
    laid_around: Box | None = None
    """The box around which the patch is laid; its own if None. Held from frame to frame while the face stays
    near it, it keeps boxes calm."""

    def __post_init__(self) -> None:
        for name, box in (("box_xyxy", self.box_xyxy), ("laid_around", self.laid_around or self.box_xyxy)):
            left, top, right, bottom = box
            if not all(map(math.isfinite, box)) or right <= left or bottom <= top:
                raise OptionError(f"{name} must be left < right and top < bottom, not {box}")
        if not math.isfinite(self.roll_deg):
            raise OptionError(f"roll_deg must be a finite number of degrees, not {self.roll_deg}")


Search = Callable[[NDArray[np.uint8]], Sequence[NDArray[np.float32]]]
"""Takes patches, RGB uint8 (N, S, S, 3), and gives what looks like a face in each, several times the same
one, float32 (M, 15): left, top, right, bottom, five landmarks and score, in pixels of the patch."""


def find_around(image: Image, places: Sequence[Place], search: Search) -> list[Detection | None]:
    """The faces that are where faces are expected.

    Args:
        image: RGB uint8 (H, W, 3).
        places: Where, in any number.
        search: Finds the faces of patches.

    Returns:
        For each place the face that continues the one expected there, or None if there is none. Its
        landmarks are true to the picture. Its box is level in the picture, also for a turned face: it is
        the box around the ellipse that fills the face's own, turned box, so one turned by 90 degrees is
        wider than tall.
    """
    if not places:
        return []
    squares = [_square(place) for place in places]
    patches = np.stack([crop(image, square, PATCH_PX, black=True) for square in squares])
    found = search(patches)
    return [
        _continuing(rows.tolist(), square, place)
        for rows, square, place in zip(found, squares, places, strict=True)
    ]


def work_px(count: int) -> float:
    """What looking at some places costs, in pixels of a picture whose search takes as long."""
    return count * WORK * PATCH_PX**2


def _square(place: Place) -> Square:
    """What is searched for one face."""
    box = place.laid_around or place.box_xyxy
    side = CONTEXT * size_px(box)
    x, y = centre_xy(box)
    if not place.roll_deg:
        cell = GRID_PX * side / PATCH_PX
        x, y = (round((v - side / 2) / cell) * cell + side / 2 for v in (x, y))
    return Square((x, y), side, math.radians(place.roll_deg))


def _continuing(rows: Sequence[Sequence[float]], square: Square, place: Place) -> Detection | None:
    """Of the faces of a patch, the one that is most like the one expected; of its rows, the surest."""
    expected = size_px(place.box_xyxy) * PATCH_PX / square.side
    middle_x, middle_y = _in_patch(centre_xy(place.box_xyxy), square)
    nearest, least = None, math.inf
    for row in rows:
        x, y = (row[0] + row[2]) / 2, (row[1] + row[3]) / 2
        distance = math.hypot(x - middle_x, y - middle_y) / expected
        ratio = abs(math.log((row[2] - row[0]) * (row[3] - row[1]) / expected**2)) / 2
        if distance <= REACH and ratio <= _LOG_RATIO and distance + ratio < least:
            nearest, least = row, distance + ratio
    if nearest is None:
        return None
    box: Box = (nearest[0], nearest[1], nearest[2], nearest[3])
    same = (row for row in rows if overlap((row[0], row[1], row[2], row[3]), box) > OVERLAP)
    return _in_picture(max(same, key=itemgetter(14)), square)


def _in_patch(point: Point, square: Square) -> Point:
    """A point of the picture in a patch."""
    scale, (x, y) = PATCH_PX / square.side, square.centre_xy
    cos, sin = math.cos(square.angle_rad), math.sin(square.angle_rad)
    across, down = (point[0] - x) * scale, (point[1] - y) * scale
    return PATCH_PX / 2 + across * cos + down * sin, PATCH_PX / 2 + down * cos - across * sin


def _in_picture(row: Sequence[float], square: Square) -> Detection:
    """A face of a patch as one of the picture."""
    scale = square.side / PATCH_PX
    cos, sin = math.cos(square.angle_rad), math.sin(square.angle_rad)

    def place(x: float, y: float) -> Point:
        across, down = (x - PATCH_PX / 2) * scale, (y - PATCH_PX / 2) * scale
        return (
            square.centre_xy[0] + across * cos - down * sin,
            square.centre_xy[1] + across * sin + down * cos,
        )

    x, y = place((row[0] + row[2]) / 2, (row[1] + row[3]) / 2)
    half_w, half_h = (row[2] - row[0]) / 2 * scale, (row[3] - row[1]) / 2 * scale
    # Half the extent of a turned ellipse along each axis.
    across, down = math.hypot(half_w * cos, half_h * sin), math.hypot(half_w * sin, half_h * cos)
    points = tuple(place(row[i], row[i + 1]) for i in range(4, 14, 2))
    return Detection((x - across, y - down, x + across, y + down), min(row[14], 1.0), points)
