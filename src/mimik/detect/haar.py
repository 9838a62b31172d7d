"""OpenCV's cascade of Haar features, with no landmarks: for comparison with older work.

P. Viola, M. Jones: "Rapid object detection using a boosted cascade of simple features", 2001.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.detect.base import DetectorOptions
from mimik.detect.boxes import largest_first, suppress
from mimik.errors import ModelError
from mimik.types import Detection, Image

CASCADE = "haarcascade_frontalface_default.xml"
"""File of OpenCV."""
SHIFT_Y, WIDTH, HEIGHT = 0.04, 0.74, 0.99
"""Its square over a face, turned into YuNet's box on the same face, in units of the square's side:
downward shift of the centre, width, height."""
DEFAULT_SIZE = 640


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
        self._cascade = cv2.CascadeClassifier()
        if not path.is_file() or not self._cascade.load(str(path)):
            raise ModelError(f"{path}: not a cascade that OpenCV can load")

    def detect(self, image: Image) -> list[Detection]:
        """All faces of an RGB picture (H, W, 3), the largest first."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        longer = max(grey.shape)
        wanted = min(DEFAULT_SIZE, longer) if self.options.size is None else self.options.size or longer
        scale = min(1.0, wanted / longer)
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        squares, _, weights = self._cascade.detectMultiScale3(
            grey, scaleFactor=1.1, minNeighbors=5, minSize=(20, 20), outputRejectLevels=True
        )
        if len(squares) == 0:
            return []
        boxes = np.array([_box(square) for square in squares], np.float32) / scale
        scores = np.array([1 / (1 + math.exp(-w)) for w in weights], np.float32)
        keep = [i for i in suppress(boxes, scores, 0.3, 0.7) if scores[i] >= self.options.score]
        faces = (Detection(tuple(map(float, boxes[i])), float(scores[i])) for i in keep)
        return largest_first(faces, self.options.min_face)


def _box(square: NDArray[np.int32]) -> tuple[float, float, float, float]:
    """YuNet's box for the cascade's left, top, width, height."""
    left, top, side, _ = map(float, square)
    x, y = left + side / 2, top + side * (0.5 + SHIFT_Y)
    return x - side * WIDTH / 2, y - side * HEIGHT / 2, x + side * WIDTH / 2, y + side * HEIGHT / 2
