"""Faces of CK+ as benchmarks see them: full-size peak frames through the detector, and 48 px crops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample, read_samples
from mimik.data.ckplus import PLACEMENT, CkPlus
from mimik.data.splits import fold_of
from mimik.faces.crop import Square, crop, crop_batch, face_square, normalise, placed_square
from mimik.faces.detect.base import load_detector
from mimik.models.inputs import MEAN, STD, CropSpec
from mimik.tasks.loaded import LoadedModel

FOLDS = 5
"""Parts into which people are divided, by their names (mimik.data.splits.fold_of)."""
SMALL = 48
"""Side of the published crops of frames at rest, to which peaks are brought to compare them."""


@dataclass
class Pictures:
    """Pictures of CK+ with where their faces lie."""

    samples: list[Sample]
    images: list[NDArray[np.uint8]]
    boxes: list[Any]

    @property
    def people(self) -> NDArray[np.str_]:
        """Who is seen."""
        return np.array([sample.group for sample in self.samples])

    @property
    def folds(self) -> NDArray[np.intp]:
        """The fold of each."""
        return np.array([fold_of(sample.group, FOLDS) for sample in self.samples])

    @property
    def emotions(self) -> NDArray[np.str_]:
        """The emotion of each."""
        return np.array([str(sample.labels["emotion"]) for sample in self.samples])

    def square(self, row: int, spec: CropSpec) -> Square:
        """Where a model's crop lies."""
        if self.boxes[row] is not None:
            return face_square(*self.boxes[row], spec)
        height, width = self.images[row].shape[:2]
        return placed_square(width, height, self.samples[row].placement, spec)


def read(data: Path, detect: bool) -> Pictures:
    """CK+ or its crops; of full-size frames the face that the detector finds."""
    detector, found = load_detector(), Pictures([], [], [])
    for sample in read_samples(CkPlus(), data)[0]:
        image = sample.load()
        faces = detector.detect(image) if detect else []
        if detect and not faces:
            print(f"{sample.key}: no face", flush=True)
            continue
        found.samples.append(sample)
        found.images.append(image)
        found.boxes.append((faces[0].box_xyxy, faces[0].landmarks_xy) if detect else None)
    return found


def shrunk(pictures: Pictures) -> Pictures:
    """The same faces as sharp as the published crops: cut out and scaled to 48 px."""
    spec = CropSpec(size=SMALL, channels=3, scale=1.11)
    images = [crop(image, pictures.square(i, spec), SMALL) for i, image in enumerate(pictures.images)]
    # From here on they are crops like the others.
    placed = [replace(sample, placement=PLACEMENT) for sample in pictures.samples]
    return Pictures(placed, images, [None] * len(images))


def face_batches(
    pictures: Pictures, spec: CropSpec, mean: float = MEAN, std: float = STD
) -> Iterator[NDArray[np.float32]]:
    """The faces as a network sees them, in batches of float32 (N, C, S, S)."""
    faces = [crop_batch(image, [pictures.square(i, spec)], spec) for i, image in enumerate(pictures.images)]
    for start in range(0, len(faces), 64):
        yield normalise(np.concatenate(faces[start : start + 64]), mean, std)


def logits_of(model: LoadedModel, pictures: Pictures) -> NDArray[np.float32]:
    """What a model says of pictures, (N, K)."""
    card = model.card
    return np.concatenate([model.logits(b) for b in face_batches(pictures, card.crop, card.mean, card.std)])


def calm_of(crops: Pictures) -> Pictures:
    """The frames at rest."""
    rows = [i for i, sample in enumerate(crops.samples) if sample.labels["emotion"] == "neutral"]
    return Pictures([crops.samples[i] for i in rows], [crops.images[i] for i in rows], [None] * len(rows))
