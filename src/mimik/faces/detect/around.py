"""Finding faces again near where they were: a tenth of the work of searching the whole picture.

A square around each face is cut out, turned so that the face is upright in it, and scaled so that the
face always has the same size there, at which the network frames it as it does in whole pictures
(docs/detection.md has the figures).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy, size_px
from mimik.faces.crop import Square, crop
from mimik.types import Box, Detection, Image, Point

PATCH_PX, CONTEXT = 128, 1.75
"""Side of a patch that is searched, and in sizes of the face: a face has 73 px in it."""
CROWD, CROWD_PATCH_PX, CROWD_CONTEXT = 4, 96, 1.7
"""More faces than this are looked for in smaller patches, where each has 56 px: a little less exactly,
at half the work."""
WORK = 1.4
"""A patch takes longer than its share of a picture: it is cut out, and its faces are told apart."""
REACH, RATIO = 0.5, 1.6
"""How far from its place a face may be, in its sizes, and how many times larger or smaller, to be the one
that was there: in a patch there may be others."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face is expected."""

    box_xyxy: Box
    """Its box as detections have it; may reach past the picture."""
    roll_deg: float = 0.0
    """How far it is turned, clockwise as the viewer sees it; 180 for a face upside down."""

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box_xyxy
        if not all(map(math.isfinite, self.box_xyxy)) or right <= left or bottom <= top:
            raise OptionError(f"box_xyxy must be left < right and top < bottom, not {self.box_xyxy}")
        if not math.isfinite(self.roll_deg):
            raise OptionError(f"roll_deg must be a finite number of degrees, not {self.roll_deg}")


Search = Callable[[NDArray[np.uint8]], Sequence[NDArray[np.float32]]]
"""Takes patches, RGB uint8 (N, S, S, 3), and gives the faces of each, surest first, float32 (M, 15): left,
top, right, bottom, five landmarks and score, in pixels of the patch."""


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
    size, context = _patch(len(places))
    squares = [_square(place, context) for place in places]
    patches = np.stack([crop(image, square, size, black=True) for square in squares])
    found = search(patches)
    return [
        _continuing(rows.tolist(), square, place, size)
        for rows, square, place in zip(found, squares, places, strict=True)
    ]


def work_px(count: int) -> float:
    """What looking at some places costs, in pixels of a picture whose search takes as long."""
    return count * WORK * _patch(count)[0] ** 2


def _patch(count: int) -> tuple[int, float]:
    """Side of each of some patches, in pixels, and in sizes of the face."""
    return (CROWD_PATCH_PX, CROWD_CONTEXT) if count > CROWD else (PATCH_PX, CONTEXT)


def _square(place: Place, context: float) -> Square:
    """What is searched for one face."""
    box = place.box_xyxy
    return Square(centre_xy(box), context * size_px(box), math.radians(place.roll_deg))


def _continuing(rows: Sequence[Sequence[float]], square: Square, place: Place, size: int) -> Detection | None:
    """Of the faces of a patch, the one that is most like the one expected."""
    middle, expected = size / 2, size_px(place.box_xyxy) * size / square.side
    best, least = None, math.inf
    for row in rows:
        x, y = (row[0] + row[2]) / 2, (row[1] + row[3]) / 2
        distance = math.hypot(x - middle, y - middle) / expected
        ratio = abs(math.log(math.sqrt((row[2] - row[0]) * (row[3] - row[1])) / expected))
        if distance <= REACH and ratio <= math.log(RATIO) and distance + ratio < least:
            best, least = row, distance + ratio
    return None if best is None else _in_picture(best, square, size)


def _in_picture(row: Sequence[float], square: Square, size: int) -> Detection:
    """A face of a patch as one of the picture."""
    scale = square.side / size
    cos, sin = math.cos(square.angle_rad), math.sin(square.angle_rad)

    def place(x: float, y: float) -> Point:
        across, down = (x - size / 2) * scale, (y - size / 2) * scale
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
