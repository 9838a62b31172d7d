"""The pictures of a recipe's data sets, decoded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.fingerprints import fingerprint, fingerprints_of
from mimik.data.left_out import LeftOut
from mimik.data.near import NearCopies
from mimik.data.own import NO_OWN, OwnTasks
from mimik.data.pictures import BLANK
from mimik.errors import SourceError
from mimik.faces.crop import Square, crop, face_square, placed_square, whole_square
from mimik.faces.detect.base import Detector, load_detector
from mimik.models.inputs import CropSpec
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.sets import Decoded, in_parts, load_sets
from mimik.train.recipe.options import DataOptions
from mimik.types import Placement

KEPT_SIDE = 1.35
"""Pictures are kept with at most this many times the pixels of the network's input a side."""


@dataclass(frozen=True)
class Pictures(Examples):
    """Labelled pictures: uint8 (H, W, 3), or (H, W) for a network that sees grey."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.prints) != len(self.items):
            object.__setattr__(self, "prints", fingerprints_of(self.items))

    @property
    def images(self) -> Sequence[NDArray[np.uint8]]:
        """The items."""
        return self.items

    def near(self) -> NearCopies:
        """See Examples."""
        return NearCopies(self.items)

    def square(self, row: int, spec: CropSpec) -> Square:
        """Where a model's crop lies in a picture."""
        height, width = self.items[row].shape[:2]
        return placed_square(width, height, self.samples[row].placement, spec)


def load_pictures(
    options: Sequence[DataOptions],
    root: Path,
    crop_spec: CropSpec,
    fold: int = -1,
    own: OwnTasks = NO_OWN,
    most_bytes: float = math.inf,
) -> Pictures:
    """Decode every picture of the data sets; those that show nothing are left out, and named.

    Args:
        options: The sets.
        root: Folder that holds them.
        crop_spec: What of a picture is kept.
        fold: Part of the sets with folds that is held for validation; none if -1.
        own: Tasks that only the recipe describes.
        most_bytes: What of them may be kept in memory; more lie in a file.

    Raises:
        DataError: A set, or a list of what to leave out, isn't in its layout.
        RecipeError: A set has no samples.
    """
    return load_sets(Pictures, options, root, fold, own, partial(_decoded, spec=crop_spec), most_bytes)


def _decoded(entry: DataOptions, chosen: Sequence[Sample], spec: CropSpec) -> Iterator[Decoded | LeftOut]:
    """The pictures of a set, decoded by two threads; by one where a detector finds faces."""
    detector = load_detector() if entry.detect or any(sample.scene for sample in chosen) else None
    cut = partial(_decode, spec=spec, detector=detector, always=entry.detect)
    # A detector keeps the picture that it works on, so one thread at a time may use it.
    with ThreadPoolExecutor(1 if detector else 2) as pool:
        yield from in_parts(pool, cut, chosen)


ROOM = 1.5
"""How much wider than the network's crop a detected face is kept, so that the crop can be moved."""


def _decode(sample: Sample, spec: CropSpec, detector: Detector | None, always: bool) -> Decoded | LeftOut:
    """A picture as it is kept in memory, or why there is nothing to see on it.

    Its face is found by the detector in a scene, or always.
    """
    try:
        image: NDArray[np.uint8] = sample.load()
    except SourceError:
        return LeftOut(sample.key, "undecodable")
    seen = fingerprint(image)
    if detector and (always or sample.scene):
        faces = detector.detect(image)
        if not faces:
            return LeftOut(sample.key, "no face")
        wide = replace(spec, scale=ROOM * spec.scale)
        square = face_square(faces[0].box_xyxy, faces[0].landmarks_xy, wide)
        image = crop(image, square, round(ROOM * KEPT_SIDE * spec.size))
        sample = replace(sample, placement=Placement(wide.scale, wide.shift_y))
        image = _grey(image, spec)
    else:
        image = _shrunk(_grey(image, spec), round(KEPT_SIDE * spec.size))
    return Decoded(image, sample, seen) if float(image.std()) > BLANK else LeftOut(sample.key, "blank")


def _grey(image: NDArray[np.uint8], spec: CropSpec) -> NDArray[np.uint8]:
    """A picture in the colours that a network sees."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8) if spec.channels == 1 else image


def _shrunk(image: NDArray[np.uint8], most: int) -> NDArray[np.uint8]:
    """A picture as a square of at most so many pixels each way, if it is larger."""
    if max(image.shape[:2]) <= most:
        return image
    return crop(image, whole_square(image.shape[1], image.shape[0]), most)
