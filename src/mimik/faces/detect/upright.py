"""A detector that knows which way up a face is: it finds turned faces again in a patch turned by as much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mimik.faces.crop import Square, crop_batch, face_square
from mimik.faces.detect.around import Place
from mimik.faces.detect.base import Detector, Following
from mimik.faces.detect.boxes import largest_first
from mimik.faces.detect.sideways import detect_turned, quarter_turns
from mimik.faces.recognise import run_network
from mimik.faces.turn import Degrees, apart_deg, eyes_deg, turn_deg
from mimik.tasks.loaded import LoadedModel
from mimik.types import Detection, Image

TURNED_DEG = 8.0
"""Faces turned by more are searched again: landmarks are drawn towards the level by half of a tilt."""
SURE = 0.6
"""Least length of the mean direction with which an angle counts."""
PLAIN = 0.88
"""A face found with this score stands upright, as far as nothing is sure of another angle: those of faces
upside down are lower in nine of ten."""
ASTRAY_DEG = 20.0
"""Landmarks that differ by more from the face's own angle were drawn another way up."""
WORSE = 0.1
"""A face may be found again with a score that is lower by this; by more, it isn't the face that was meant."""


class Upright:
    """Finds faces as another detector does, with landmarks that are true however faces are turned."""

    def __init__(self, detector: Detector, model: LoadedModel) -> None:
        """Take what finds faces, and what sees how far they are turned.

        Args:
            detector: One that can look near a place, too (Following); with another, angles are only noted.
            model: Of the task mimik.faces.turn.TASK.
        """
        self._detector, self._model = detector, model
        self._following = detector if isinstance(detector, Following) else None
        self.name = detector.name

    def detect(self, image: Image) -> list[Detection]:
        """See Detector."""
        return largest_first(self._righted(image, self._detector.detect(image)))

    def detect_first(self, image: Image) -> tuple[list[Detection], int]:
        """The faces of a picture that nothing is known of: it may lie on its side.

        Where no face is found, or all are turned by about a quarter turn or two, the picture is searched as
        it would be meant then, and so read if no fewer are found.

        Returns:
            The faces, and by how many quarter turns clockwise they say that the picture is turned.
        """
        found = self.detect(image)
        meant = quarter_turns(found) if found else None
        tried = (1, 3) if not found else (meant,) if meant else ()
        for turns in tried:
            other = self._righted(image, detect_turned(self._detector, image, turns))
            if quarter_turns(other) == turns and len(other) >= len(found):
                return largest_first(other), turns
        return found, meant or 0

    def _righted(self, image: Image, found: Sequence[Detection]) -> list[Detection]:
        """The faces, those that are turned found again."""
        if not found:
            return []
        noted = self._noted(image, found, np.zeros(len(found)))
        rows = [row for row, one in enumerate(noted) if abs(one.roll_deg or 0.0) > TURNED_DEG]
        if not rows or self._following is None:
            return noted
        places = [Place(noted[row].box_xyxy, noted[row].roll_deg or 0.0) for row in rows]
        again = self._following.around(image, places)
        better = {
            row: new
            for row, new in zip(rows, again, strict=True)
            if new is not None and new.score >= noted[row].score - WORSE
        }
        if better:
            angles = np.array([noted[row].roll_deg or 0.0 for row in better])
            checked = self._noted(image, list(better.values()), angles)
            for row, one in zip(better, checked, strict=True):
                noted[row] = one
        return noted

    def _noted(self, image: Image, found: Sequence[Detection], angles: Degrees) -> list[Detection]:
        """Faces with their own angle, seen turned back by those angles, and whether their landmarks agree."""
        turns, sure = self._turns(image, found, angles)
        rolls = apart_deg(angles + turns, np.zeros(len(found)))
        return [
            _with_tilt(one, roll if certain >= SURE else None)
            for one, roll, certain in zip(found, rolls.tolist(), sure.tolist(), strict=True)
        ]

    def _turns(self, image: Image, found: Sequence[Detection], angles: Degrees) -> tuple[Degrees, Degrees]:
        """How far faces are turned against those angles, and how sure that is."""
        spec = self._model.card.crop
        squares = [
            Square(square.centre_xy, square.side, math.radians(angle))
            for square, angle in zip(
                (face_square(one.box_xyxy, None, spec) for one in found), angles.tolist(), strict=True
            )
        ]
        said = run_network(self._model, crop_batch(image, squares, spec))
        return turn_deg(self._model.own(said), self._model.card.temperature)


class FollowingUpright(Upright):
    """The same of a detector that can follow faces; the places say how far they are turned."""

    def around(self, image: Image, places: Sequence[Place]) -> list[Detection | None]:
        """See Following."""
        assert self._following is not None
        return self._following.around(image, places)

    def pays(self, shape: Sequence[int], count: int) -> bool:
        """See Following."""
        assert self._following is not None
        return self._following.pays(shape, count)


def upright(detector: Detector, model: LoadedModel) -> Upright:
    """That detector, with a network that sees how far faces are turned."""
    return (FollowingUpright if isinstance(detector, Following) else Upright)(detector, model)


def _with_tilt(one: Detection, roll_deg: float | None) -> Detection:
    """A face with its own angle; without one, it is upright where the detector is sure of it."""
    if roll_deg is None:
        return replace(one, roll_deg=None, tilt_clear=one.score >= PLAIN)
    if one.landmarks_xy is None:
        return replace(one, roll_deg=roll_deg, tilt_clear=abs(roll_deg) <= ASTRAY_DEG)
    astray = abs((roll_deg - eyes_deg(one.landmarks_xy) + 180) % 360 - 180)
    return replace(one, roll_deg=roll_deg, tilt_clear=astray <= ASTRAY_DEG)
