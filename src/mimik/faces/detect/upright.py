"""A detector that knows which way up a face is: it finds turned faces again in a patch turned by as much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mimik.faces.crop import Square, crop_batch, face_square
from mimik.faces.detect.around import Place
from mimik.faces.detect.base import Detector, Following
from mimik.faces.detect.boxes import largest_first, suppress
from mimik.faces.detect.sideways import agreed_turns, detect_turned, quarter_turns
from mimik.faces.recognise import run_network
from mimik.faces.turn import Degrees, apart_deg, eyes_deg, turn_deg
from mimik.tasks.loaded import LoadedModel
from mimik.types import Detection, Image

TURNED_DEG = 8.0
"""Faces turned by more are searched again: landmarks are drawn towards the level by half of a tilt."""
SURE = 0.6
"""Least length of the mean direction with which an angle counts."""
PLAIN, CERTAIN = 0.88, 0.92
"""Scores with which a face stands upright where nothing is sure of its angle, and where something is sure of
another one but finds no better face that way: those of faces upside down are lower in nine of ten."""
FAR_DEG, BETTER = 45.0, 0.01
"""Further than this from its landmarks a face must be found again with a score that is better by this."""
ASTRAY_DEG = 20.0
"""Landmarks that differ by more from the face's own angle were drawn another way up."""
WORSE = 0.1
"""Nearer, it may be found again with a score that is lower by this; by more, it is another face."""
OVERLAP, INSIDE = 0.3, 0.7
"""See `suppress`: a face that is found both as the picture lies and as it is meant."""


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
        return self.as_meant(image, self.detect(image))

    def as_meant(self, image: Image, found: list[Detection]) -> tuple[list[Detection], int]:
        """The same of a picture of which it is known what is found as it lies.

        Args:
            image: RGB uint8 (H, W, 3).
            found: What `detect` says of it.
        """
        meant = quarter_turns(found)
        for turns in (2, 1, 3) if not found else (meant,) if meant else ():
            other = self._righted(image, detect_turned(self._detector, image, turns))
            if agreed_turns(other) == turns and len(other) >= len(found) and _score(other) > _score(found):
                return largest_first(other), turns
        return found, agreed_turns(found) or 0

    def detect_both(self, image: Image, turns: int) -> list[Detection]:
        """The faces of a picture that is turned, as those before it say: found as it is meant, or as it lies.

        What they say may be wrong: of somebody who lies in an upright picture, too.

        Args:
            image: RGB uint8 (H, W, 3).
            turns: By how many quarter turns clockwise, 1 to 3.
        """
        meant = self._righted(image, detect_turned(self._detector, image, turns))
        found = [*meant, *self._righted(image, self._detector.detect(image))]
        if not found:
            return []
        boxes = np.array([one.box_xyxy for one in found], np.float32)
        first = np.arange(len(found), 0, -1, dtype=np.float32)
        return largest_first(found[row] for row in suppress(boxes, first, OVERLAP, INSIDE))

    def _righted(self, image: Image, found: Sequence[Detection]) -> list[Detection]:
        """The faces, those that are turned found again."""
        if not found:
            return []
        noted = self._noted(image, found, np.zeros(len(found)))
        rows = [row for row, one in enumerate(noted) if _is_turned(one)]
        if not rows or self._following is None:
            return noted
        places = [Place(noted[row].box_xyxy, noted[row].roll_deg or 0.0) for row in rows]
        again = dict(zip(rows, self._following.around(image, places), strict=True))
        better = {row: new for row, new in again.items() if new and _is_better(new, noted[row])}
        for row in again.keys() - better.keys():
            noted[row] = _as_it_was(noted[row])
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


def _score(found: Sequence[Detection]) -> float:
    """Mean score of some faces, 0 without any."""
    return sum(one.score for one in found) / max(1, len(found))


def _astray_deg(one: Detection) -> float:
    """How far a face's landmarks are from its own angle, 0 to 180; from level where it has none."""
    level = 0.0 if one.landmarks_xy is None else eyes_deg(one.landmarks_xy)
    return abs(((one.roll_deg or 0.0) - level + 180) % 360 - 180)


def _is_turned(one: Detection) -> bool:
    """Whether a face is turned so far that it has to be found again, and not found so already."""
    return abs(one.roll_deg or 0.0) > TURNED_DEG and _astray_deg(one) > TURNED_DEG / 2


def _is_better(new: Detection, old: Detection) -> bool:
    """Whether a face that was found again, turned by its own angle, counts."""
    return new.score >= old.score + (BETTER if _astray_deg(old) > FAR_DEG else -WORSE)


def _as_it_was(one: Detection) -> Detection:
    """A face that isn't there turned by its own angle: so that angle is wrong, if the detector is certain."""
    if _astray_deg(one) > FAR_DEG and one.score >= CERTAIN:
        return replace(one, roll_deg=None, tilt_clear=True)
    return one


def _with_tilt(one: Detection, roll_deg: float | None) -> Detection:
    """A face with its own angle; without one, it is upright where the detector is sure of it."""
    if roll_deg is None:
        return replace(one, roll_deg=None, tilt_clear=one.score >= PLAIN)
    noted = replace(one, roll_deg=roll_deg)
    return replace(noted, tilt_clear=_astray_deg(noted) <= ASTRAY_DEG)
