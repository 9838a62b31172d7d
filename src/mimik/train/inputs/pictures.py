"""The pictures of a recipe's data sets, decoded and kept in memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample, load_reader
from mimik.data.own import NO_OWN, OwnTasks
from mimik.data.split_file import read_divided
from mimik.data.splits import fold_of
from mimik.errors import DecodeError, RecipeError
from mimik.faces.crop import Square, crop, face_square, placed_square, whole_square
from mimik.faces.detect.base import Detector, load_detector
from mimik.models.inputs import CropSpec
from mimik.train.recipe.options import DataOptions
from mimik.types import Placement

KEPT_SIDE = 1.35
"""Pictures are kept in memory with at most this many times the pixels of the network's input a side."""


@dataclass(frozen=True)
class Pictures:
    """Labelled pictures in memory."""

    images: list[NDArray[np.uint8]]
    """uint8 (H, W, 3), or (H, W) for a network that sees grey."""
    samples: list[Sample]
    """Their labels."""
    weights: NDArray[np.float64]
    """How often each is drawn, relative to the others."""
    hold: NDArray[np.int8]
    """1 where the recipe keeps it for validation, -1 where it is trained on, 0 where the split says."""

    def __len__(self) -> int:
        return len(self.images)

    def square(self, row: int, spec: CropSpec) -> Square:
        """Where a model's crop lies in a picture."""
        height, width = self.images[row].shape[:2]
        return placed_square(width, height, self.samples[row].placement, spec)

    def marks(self) -> Iterator[bytes]:
        """What tells each picture from another: its shape, placement and a checksum of its pixels."""
        for image, sample in zip(self.images, self.samples, strict=True):
            pixels = zlib.crc32(np.ascontiguousarray(image).data)  # A hash of 70,000 would take seconds.
            yield repr((image.shape, sample.placement, pixels)).encode()

    def take(self, chosen: NDArray[np.bool_]) -> Pictures:
        """Those where ``chosen`` is true."""
        keep = np.flatnonzero(chosen)
        return Pictures(
            [self.images[i] for i in keep],
            [self.samples[i] for i in keep],
            self.weights[keep],
            self.hold[keep],
        )


def load_pictures(
    options: Sequence[DataOptions],
    root: Path,
    crop_spec: CropSpec,
    fold: int = -1,
    own: OwnTasks = NO_OWN,
) -> Pictures:
    """Decode every picture of the data sets; blank and undecodable ones are left out.

    Args:
        options: The sets.
        root: Folder that holds them.
        crop_spec: What of a picture is kept.
        fold: Part of the sets with folds that is held for validation; none if -1.
        own: Tasks that only the recipe describes.

    Raises:
        DataError: A set isn't in its layout.
        RecipeError: A set has no samples.
    """
    images: list[NDArray[np.uint8]] = []
    samples: list[Sample] = []
    weights: list[float] = []
    hold: list[int] = []
    for entry in options:
        chosen = _chosen(entry, root, own)
        detector = load_detector() if entry.detect or any(sample.scene for sample in chosen) else None
        cut = partial(_decode, spec=crop_spec, detector=detector, always=entry.detect)
        # A detector holds the picture that it works on.
        with ThreadPoolExecutor(1 if detector else 2) as pool:
            for decoded in pool.map(cut, chosen):
                if decoded is not None:
                    images.append(decoded[0])
                    samples.append(decoded[1])
                    weights.append(entry.weight)
                    hold.append(_held(entry, decoded[1], fold))
    return Pictures(images, samples, np.array(weights), np.array(hold, np.int8))


def _chosen(entry: DataOptions, root: Path, own: OwnTasks) -> list[Sample]:
    """The samples of a set, with the labels that are wanted of them and those of further tables."""
    splits = root / entry.splits if entry.splits else None
    found, _ = read_divided(load_reader(entry.reader, own), root / entry.path, entry.split, splits)
    if not found:
        raise RecipeError(f"{root / entry.path}: {entry.reader} has no samples in split {entry.split!r}")
    for name, file in entry.extra.items():
        found = with_scores(found, name, root / file)
    if not entry.only:
        return found
    found = [
        replace(
            sample,
            labels={name: label for name, label in sample.labels.items() if name in entry.only},
            scores={name: values for name, values in sample.scores.items() if name in entry.only},
        )
        for sample in found
    ]
    known = [sample for sample in found if sample.labels or sample.scores]
    if not known:
        raise RecipeError(f"{root / entry.path}: no sample has {' or '.join(entry.only)}, as only asks for")
    return known


def _held(entry: DataOptions, sample: Sample, fold: int) -> int:
    """Pictures.hold of a sample."""
    if entry.hold or not entry.folds:
        return int(entry.hold)
    own = sample.fold if entry.splits else fold_of(sample.group or sample.key, entry.folds)
    return 1 if own == fold else -1


def with_scores(samples: Sequence[Sample], name: str, file: Path) -> list[Sample]:
    """Samples with further scores, by key, from a table (DataOptions.extra), under a name.

    Raises:
        RecipeError: The table can't be read.
    """
    try:
        with np.load(file) as table:
            known = dict(zip(table["keys"].tolist(), table["scores"].astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise RecipeError(f"{file}: no table of scores (keys and scores in an .npz): {error}") from error
    return [
        replace(sample, scores={**sample.scores, name: known[sample.key]}) if sample.key in known else sample
        for sample in samples
    ]


ROOM = 1.5
"""How much wider than the network's crop a detected face is kept, so that the crop can be moved."""


def _decode(
    sample: Sample, spec: CropSpec, detector: Detector | None, always: bool
) -> tuple[NDArray[np.uint8], Sample] | None:
    """A picture as it is kept in memory, with its sample; None if there is nothing to see on it.

    Its face is found by the detector in a scene, or always.
    """
    if not (always or sample.scene):
        detector = None
    try:
        image: NDArray[np.uint8] = sample.load()
    except DecodeError:
        return None
    if detector:
        faces = detector.detect(image)
        if not faces:
            return None
        wide = replace(spec, scale=ROOM * spec.scale)
        square = face_square(faces[0].box_xyxy, faces[0].landmarks_xy, wide)
        image = crop(image, square, round(ROOM * KEPT_SIDE * spec.size))
        sample = replace(sample, placement=Placement(wide.scale, wide.shift_y))
    if spec.channels == 1:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    if not detector and max(image.shape[:2]) > (most := round(KEPT_SIDE * spec.size)):
        image = crop(image, whole_square(image.shape[1], image.shape[0]), most)
    return (image, sample) if float(image.std()) > 2 else None
