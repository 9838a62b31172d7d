"""A model's raw answers on a data set: pictures -> squares -> crops -> logits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.errors import SourceError
from mimik.faces.crop import Square, crop_batch, face_square, normalise, placed_square
from mimik.faces.detect.base import Detector, load_detector
from mimik.models.inputs import CropSpec
from mimik.tasks.loaded import LoadedModel
from mimik.types import Image

CHUNK = 256
"""Crops per call of a network."""

FindSquare: TypeAlias = Callable[[Image, Sample], Square | None]
"""Where the face of a sample's picture lies; None if it isn't found."""


@dataclass(frozen=True, slots=True)
class Move:
    """How a face's box is moved before it is cut out, to see what that costs."""

    right: float = 0.0
    """In widths of the box."""
    down: float = 0.0
    """In heights of the box."""
    scale: float = 1.0
    """Size over the true one."""

    def apply(self, square: Square, spec: CropSpec) -> Square:
        """The crop's square after its box has moved."""
        unit, (x, y) = square.side / spec.scale, square.centre_xy
        centre = (x + self.right * unit, y + self.down * unit)
        return replace(square, centre_xy=centre, side=square.side * self.scale)


@dataclass(slots=True)
class Answers:
    """What a model said, and what it could not be asked about."""

    samples: list[Sample] = field(default_factory=list)
    """The N samples that were answered."""
    logits: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    """(N, moves, K)."""
    missed: list[Sample] = field(default_factory=list)
    """Samples on whose picture no face was found."""
    failed: list[dict[str, str]] = field(default_factory=list)
    """Key and error of the pictures that couldn't be decoded."""
    word: str = "pictures"
    """What was asked about: "pictures" or "clips"."""


def face_finder(
    samples: Iterable[Sample], spec: CropSpec, detect: bool, detector: str
) -> tuple[FindSquare, Detector | None]:
    """How the faces of some samples are found, and the detector if one is needed.

    Args:
        samples: Those that will be asked for.
        spec: How a face is cut out.
        detect: Whether the detector finds all of them, not only those in scenes.
        detector: Its name.

    Raises:
        UnknownNameError: There is no such detector.
    """
    finder = load_detector(detector) if detect or any(s.scene for s in samples) else None
    if finder and detect:
        return detected_face(finder, spec), finder
    return picture_as_is(spec, finder), finder


def picture_as_is(spec: CropSpec, detector: Detector | None = None) -> FindSquare:
    """A function for pictures that are face crops already; in scenes a detector finds the face."""

    def find(image: Image, sample: Sample) -> Square | None:
        if sample.scene and detector:
            return _largest_face(detector, image, spec)
        return placed_square(image.shape[1], image.shape[0], sample.placement, spec)

    return find


def detected_face(detector: Detector, spec: CropSpec) -> FindSquare:
    """A function that finds the largest face of a picture, as analysis does."""
    return lambda image, _: _largest_face(detector, image, spec)


def _largest_face(detector: Detector, image: Image, spec: CropSpec) -> Square | None:
    faces = detector.detect(image)
    return face_square(faces[0].box_xyxy, faces[0].landmarks_xy, spec) if faces else None


def collect_answers(
    model: LoadedModel, samples: Iterable[Sample], find: FindSquare, moves: Sequence[Move] = (Move(),)
) -> Answers:
    """Ask a model about every sample.

    Args:
        model: What is asked.
        samples: Labelled pictures.
        find: Where the face lies.
        moves: How each crop is moved; one answer each.
    """
    answers, parts = Answers(), []
    for batch in _batches(_crops(model.card.crop, samples, find, moves, answers), len(moves)):
        faces = normalise(np.concatenate(batch), model.card.mean, model.card.std)
        parts.append(model.logits(faces))
    shape = (len(answers.samples), len(moves), model.card.outputs)
    answers.logits = np.concatenate(parts).reshape(shape) if parts else np.empty(shape, np.float32)
    return answers


def _crops(
    spec: CropSpec, samples: Iterable[Sample], find: FindSquare, moves: Sequence[Move], answers: Answers
) -> Iterator[NDArray[np.uint8]]:
    """The crops of each picture (moves, C, S, S); notes in ``answers`` what became of it."""
    for sample in samples:
        try:
            image = sample.load()
        except SourceError as error:
            answers.failed.append({"key": sample.key, "error": str(error)})
            continue
        square = find(image, sample)
        if square is None:
            answers.missed.append(sample)
            continue
        answers.samples.append(sample)
        yield crop_batch(image, [move.apply(square, spec) for move in moves], spec)


def _batches(crops: Iterator[NDArray[np.uint8]], moves: int) -> Iterator[list[NDArray[np.uint8]]]:
    """Crops gathered until they fill one call of the network."""
    batch: list[NDArray[np.uint8]] = []
    for crop in crops:
        batch.append(crop)
        if len(batch) * moves >= CHUNK:
            yield batch
            batch = []
    if batch:
        yield batch
