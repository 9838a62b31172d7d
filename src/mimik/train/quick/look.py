"""How the pictures of a folder lie around their faces: a few are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.errors import RecipeError, SourceError
from mimik.faces.crop import face_square
from mimik.faces.detect.base import load_detector
from mimik.models.inputs import CropSpec
from mimik.tasks.words import percent

LOOKED_AT = 60
"""Pictures that are looked at, evenly spread."""
FILLS = 0.65
"""A face whose side is at least this share of the picture's shorter side fills it. Medians: 0.91 to 0.99 in
FER-2013, UTKFace, FairFace and CK+48 (5 % points: 0.74 to 0.89), 0.54 in CK+'s frames, 0.42 in portraits."""
PHOTOS = 0.1
"""Share of the faces that don't fill their picture from which all are looked for."""
FEW = 0.5
"""Share of the pictures with a face below which the detector is no help."""


@dataclass(frozen=True)
class Look:
    """What was seen of some pictures."""

    pictures: int
    """How many could be decoded."""
    faces: int
    """On how many of them a face was found."""
    small: int
    """How many of these faces don't fill their picture."""
    fills: float
    """Median side of the face as a share of the picture's shorter side."""
    detect: bool
    """Whether the face has to be found first, as it doesn't fill the picture."""
    scale: float
    """How the whole picture lies about the face: see CropSpec."""
    shift_y: float
    """The same."""
    grey: bool
    """Whether none has colours."""
    side_px: int
    """Median side of the faces in pixels; of the pictures, where no faces were found."""

    @property
    def text(self) -> str:
        """What was seen, and what follows from it."""
        seen = f"looked at {self.pictures} pictures: {self.faces} show a face"
        if self.faces < FEW * self.pictures:
            return f"{seen}, too few to go by; they are taken whole"
        share = percent(self.fills)
        if self.detect:
            return f"{seen}, {self.small} of them with much around it; the largest face of each is cut out"
        return f"{seen} that fills the picture ({share} of its side); they are taken whole"


def look_at(samples: Sequence[Sample], folder: Path) -> Look:
    """Look at some pictures of a folder, evenly spread.

    Raises:
        RecipeError: None of them can be decoded.
    """
    chosen = np.unique(np.linspace(0, len(samples) - 1, LOOKED_AT).round().astype(int))
    detector, spec = load_detector(), CropSpec(size=48, upright=False)
    seen: list[tuple[float, float, float]] = []
    sides: list[int] = []
    grey, failed = True, []
    for i in chosen:
        try:
            image = samples[i].load()
        except SourceError as error:
            failed.append(error)
            continue
        side, height = min(image.shape[:2]), image.shape[0]
        sides.append(side)
        grey = grey and _is_grey(image)
        if found := detector.detect(image):
            square = face_square(found[0].box_xyxy, found[0].landmarks_xy, spec)
            seen.append((square.side, side, (height / 2 - square.centre_xy[1]) / square.side))
    if failed and not sides:
        raise RecipeError(f"{folder}: none of {len(failed)} pictures can be read; the first: {failed[0]}")
    return _look(np.array(seen).reshape(-1, 3), sides, grey)


def _look(seen: NDArray[np.float64], sides: Sequence[int], grey: bool) -> Look:
    """What follows of faces (N, 3): side, shorter side of the picture, how far its middle lies below."""
    if len(seen) < max(1, FEW * len(sides)):
        middle = int(np.median(sides)) if sides else 0
        return Look(len(sides), len(seen), 0, 0.0, False, 1.0, 0.0, grey, middle)
    fills = seen[:, 0] / seen[:, 1]
    small = fills < FILLS
    detect = bool(small.mean() >= PHOTOS)
    scale, shift = (1.1, 0.05) if detect else (float(np.median(1 / fills)), float(np.median(seen[:, 2])))
    return Look(
        pictures=len(sides),
        faces=len(seen),
        small=int(small.sum()),
        fills=float(np.median(fills)),
        detect=detect,
        scale=round(scale, 2),
        shift_y=round(shift, 2),
        grey=grey,
        side_px=int(np.median(seen[:, 0])),
    )


def _is_grey(image: NDArray[np.uint8]) -> bool:
    """Whether the channels of a picture are about the same: compression moves them a little."""
    spread = image.max(axis=2).astype(int) - image.min(axis=2)
    return float(spread.mean()) < 2
