"""Pictures that lie on their side or stand on their head, as scans and telephones leave them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mimik.faces.detect.base import Detector
from mimik.types import Detection, Image, Point

AGREE_DEG = 35.0
"""How far a face may be from the quarter turn that it is counted for."""


def quarter_turns(found: Sequence[Detection]) -> int | None:
    """How a picture is meant that shows these faces: quarter turns clockwise, 0 to 3.

    None where no face is sure which way up it is, or they don't agree.
    """
    rolls = [one.roll_deg for one in found if one.roll_deg is not None]
    turns = {round(roll / 90) % 4 for roll in rolls}
    if len(turns) != 1 or any(abs(roll - 90 * round(roll / 90)) > AGREE_DEG for roll in rolls):
        return None
    return turns.pop()


def agreed_turns(found: Sequence[Detection]) -> int | None:
    """The quarter turns that those faces agree on whose landmarks are true to them."""
    return quarter_turns([one for one in found if one.tilt_clear])


def detect_turned(detector: Detector, image: Image, turns: int) -> list[Detection]:
    """The faces of a picture that is meant to be seen turned back, as they lie in it.

    Args:
        detector: What finds them, upright.
        image: RGB uint8 (H, W, 3).
        turns: Quarter turns clockwise that it was turned by.
    """
    height, width = image.shape[:2]
    found = detector.detect(np.ascontiguousarray(np.rot90(image, turns)))
    return [_turned(one, turns, width, height) for one in found]


def _turned(one: Detection, turns: int, width: int, height: int) -> Detection:
    """A face of the picture turned back, in the picture as it is."""

    def place(point: Point) -> Point:
        x, y = point
        return ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[turns]

    left, top, right, bottom = one.box_xyxy
    (x1, y1), (x2, y2) = place((left, top)), place((right, bottom))
    box = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    points = None if one.landmarks_xy is None else tuple(map(place, one.landmarks_xy))
    return Detection(box, one.score, points)
