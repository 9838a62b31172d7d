"""OpenCV's cascade of Haar features, with no landmarks: for comparison with older work.

P. Viola, M. Jones: "Rapid object detection using a boosted cascade of simple features", 2001.
"""

from __future__ import annotations

import copy
import math
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import cv2.data
import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError
from mimik.faces.detect.base import DetectorOptions
from mimik.faces.detect.boxes import largest_first, suppress
from mimik.types import Box, Detection, Image

CASCADE = "haarcascade_frontalface_default.xml"
"""File of OpenCV."""
WIDTH, HEIGHT = 0.82, 1.12
"""Width and height of YuNet's box on the same face, in units of the cascade's square; the centres
agree to 0.02. Medians over 24 portraits (0.78, 1.09), 238 UTKFace (0.83, 1.14) and 164 FairFace
pictures (0.83, 1.14) with a border added."""
MIDDLE_WEIGHT = 2.5
"""Weight of the last stage that is given a score of 0.5: on the same pictures 95 % of true faces are
above 2.4 to 4.7 and false ones around 2."""
DEFAULT_SIZE = 640
"""Longer side of the picture that is searched."""
NEIGHBOURS = 5
"""How many raw hits make a face."""


class Haar:
    """Finds upright frontal faces."""

    name = "haar"

    def __init__(self, options: DetectorOptions) -> None:
        """Load the cascade.

        Raises:
            ModelError: The file is missing or is no cascade.
        """
        self.options = options
        path = options.model or Path(cv2.data.haarcascades) / CASCADE
        self._cascade = _cascade(path)
        # OpenCV's cascade keeps state while it searches.
        self._one_at_a_time = threading.Lock()

    def at_size(self, size: int | None) -> Haar:
        """See Sizable."""
        other = copy.copy(self)
        other.options = replace(self.options, size=size)
        return other

    def detect(self, image: Image) -> list[Detection]:
        """All faces of an RGB picture (H, W, 3), the largest first; `score` is a sigmoid of the weight."""
        grey, scale = _working_picture(image, self.options.size)
        with self._one_at_a_time:
            squares, _, weights = self._cascade.detectMultiScale3(
                grey, scaleFactor=1.1, minNeighbors=NEIGHBOURS, minSize=(20, 20), outputRejectLevels=True
            )
        if len(squares) == 0:
            return []
        boxes = np.array([_box(*map(float, square)) for square in squares], np.float32) / np.float32(scale)
        scores = np.array([_score(weight) for weight in np.ravel(weights)], np.float32)
        kept = [i for i in suppress(boxes, scores, 0.3, 0.7) if scores[i] >= self.options.score]
        return largest_first(_detection(boxes[i], scores[i]) for i in kept)


def _cascade(path: Path) -> cv2.CascadeClassifier:
    """OpenCV's cascade of a file."""
    cascade = cv2.CascadeClassifier()
    try:
        loaded = path.is_file() and cascade.load(str(path))
    except cv2.error as error:
        raise ModelError(f"{path}: not a cascade that OpenCV can load: {error.err}") from error
    if not loaded:
        raise ModelError(f"{path}: not a cascade that OpenCV can load; is the path right?")
    return cascade


def _working_picture(image: Image, size: int | None) -> tuple[NDArray[np.uint8], float]:
    """The grey picture that is searched, and its scale; never enlarged."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    longer = max(grey.shape)
    wanted = DEFAULT_SIZE if size is None else size or longer
    if wanted >= longer:
        return grey, 1.0
    scale = wanted / longer
    target = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, target, interpolation=cv2.INTER_AREA), np.uint8), scale


def _score(weight: float) -> float:
    """0 to 1 for the weight of a hit's last stage."""
    return 1 / (1 + math.exp(-(weight - MIDDLE_WEIGHT)))


def _box(left: float, top: float, side: float, _: float) -> Box:
    """YuNet's box for the cascade's left, top, width, height."""
    x, y = left + side / 2, top + side / 2
    return x - side * WIDTH / 2, y - side * HEIGHT / 2, x + side * WIDTH / 2, y + side * HEIGHT / 2


def _detection(box: NDArray[np.float32], score: np.float32) -> Detection:
    """One row as a detection."""
    left, top, right, bottom = map(float, box)
    return Detection((left, top, right, bottom), float(score))
