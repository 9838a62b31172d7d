"""A detector for faces in front of black."""

import numpy as np

from mimik.faces.detect.base import DetectorOptions
from mimik.types import Detection, Image


class Bright:
    """Takes all that isn't black for one face."""

    name = "bright"

    def __init__(self, options: DetectorOptions) -> None:
        self.options = options

    def detect(self, image: Image) -> list[Detection]:
        """See mimik.faces.detect.base.Detector."""
        y, x = np.nonzero(image.max(axis=2) > 20)
        if not len(x):
            return []
        return [Detection((float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1)), 1.0)]
