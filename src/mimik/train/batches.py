"""Samples -> decoded pictures in memory -> augmented batches."""

from __future__ import annotations

import queue
import threading
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.crop import Square, crop, face_square, normalise, placed_square, to_channels, whole_square
from mimik.data.base import Sample, load_reader
from mimik.data.splits import fold_of
from mimik.detect.base import Detector, load_detector
from mimik.errors import DecodeError, RecipeError
from mimik.models.card import CropSpec
from mimik.train.recipe import AugmentOptions, DataOptions, Recipe
from mimik.types import Placement

T = TypeVar("T")

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
    options: Sequence[DataOptions], root: Path, crop_spec: CropSpec, fold: int = -1
) -> Pictures:
    """Decode every picture of the data sets; blank and undecodable ones are left out.

    Args:
        options: The sets.
        root: Folder that holds them.
        crop_spec: What of a picture is kept.
        fold: Part of the sets with folds that is held for validation; none if -1.

    Raises:
        DataError: A set isn't in its layout.
        RecipeError: A set has no samples.
    """
    images: list[NDArray[np.uint8]] = []
    samples: list[Sample] = []
    weights: list[float] = []
    hold: list[int] = []
    for entry in options:
        chosen = _chosen(entry, root)
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


def _chosen(entry: DataOptions, root: Path) -> list[Sample]:
    """The samples of a set, with the labels that are wanted of them and those of further tables."""
    found = list(load_reader(entry.reader).read(root / entry.path, entry.split))
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
    return 1 if fold_of(sample.group or sample.key, entry.folds) == fold else -1


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


def plain_batches(
    pictures: Pictures, recipe: Recipe, mean: float, std: float
) -> Iterator[NDArray[np.float32]]:
    """All pictures in order, as they are, in batches of float32 (N, C, S, S)."""
    for start in range(0, len(pictures), 256):
        rows = range(start, min(start + 256, len(pictures)))
        yield normalise(plain_faces(pictures, rows, recipe.crop), mean, std)


def plain_faces(pictures: Pictures, rows: Sequence[int], spec: CropSpec) -> NDArray[np.uint8]:
    """Some pictures as they are, as a network's input uint8 (N, C, S, S)."""
    faces = [crop(pictures.images[i], pictures.square(i, spec), spec.size) for i in rows]
    return np.stack([to_channels(face, spec) for face in faces])


def training_batches(
    pictures: Pictures, recipe: Recipe, epoch: int, mean: float, std: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """One epoch of augmented batches, made ahead in a thread; the same for the same seed and epoch.

    Yields:
        Row numbers int64 (N,) and pictures float32 (N, C, S, S).
    """
    rng = np.random.default_rng((recipe.seed, epoch))
    size, count = recipe.optim.batch, len(pictures)
    if float(np.ptp(pictures.weights)) == 0:
        order = rng.permutation(count)
    else:
        order = rng.choice(count, count, p=pictures.weights / pictures.weights.sum())
    rows = [order[k : k + size] for k in range(0, count - size + 1, size)]

    def make() -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        for chosen in rows:
            yield chosen, augmented(pictures, chosen, recipe, rng, mean, std)

    yield from _ahead(make())


def _ahead(items: Iterator[T], depth: int = 3) -> Iterator[T]:
    """The same items, made by a thread that runs a few ahead."""
    ready: queue.Queue[T | BaseException | None] = queue.Queue(depth)

    def work() -> None:
        try:
            for item in items:
                ready.put(item)
            ready.put(None)
        except BaseException as error:  # handed to the reader, who raises it
            ready.put(error)

    threading.Thread(target=work, daemon=True).start()
    while (item := ready.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def augmented(
    pictures: Pictures,
    chosen: NDArray[np.int64],
    recipe: Recipe,
    rng: np.random.Generator,
    mean: float,
    std: float,
) -> NDArray[np.float32]:
    """The chosen pictures under random changes, as a network's input float32 (N, C, S, S)."""
    spec, options = recipe.crop, recipe.augment
    batch = np.empty((len(chosen), spec.channels, spec.size, spec.size), np.float32)
    for row, i in zip(batch, chosen.tolist(), strict=True):
        face = _moved(pictures.images[i], pictures.square(i, spec), spec.size, options, rng)
        if face.ndim == 3 and rng.random() < options.grey:
            face = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.uint8)
        table = (_light(float(face.mean()) / 255, options, rng) - mean) / std
        row[:] = table.astype(np.float32)[to_channels(face, spec)]
        if rng.random() < options.erase:
            _erase(row, spec.size, rng)
    if options.noise:
        _add_noise(batch, options.noise / std, rng)
    return batch


def _moved(
    image: NDArray[np.uint8], whole: Square, size: int, options: AugmentOptions, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One picture turned, scaled, moved and mirrored: a crop of another square than its own."""
    angle, grow, right, down = rng.uniform(-1, 1, 4)
    mirror, soften = rng.random(2)
    x, y = whole.centre_xy
    square = Square(
        (x + right * options.shift * whole.side, y + down * options.shift * whole.side),
        whole.side * float(np.exp(grow * options.scale)),
        float(np.deg2rad(angle * options.rotate_deg)),
    )
    if soften < options.blur:
        small = crop(image, square, int(size / rng.uniform(1.2, options.blur_most)))
        face = np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    else:
        face = crop(image, square, size)
    return face[:, ::-1] if options.flip and mirror < 0.5 else face


def _light(middle: float, options: AugmentOptions, rng: np.random.Generator) -> NDArray[np.float64]:
    """What each pixel value 0..255 becomes under another light, 0..1; middle is the face's mean."""
    gamma = float(np.exp(rng.uniform(-options.gamma, options.gamma)))
    gain = rng.uniform(1 - options.contrast, 1 + options.contrast)
    lift = rng.uniform(-options.brightness, options.brightness)
    middle **= gamma
    return np.clip((np.linspace(0, 1, 256) ** gamma - middle) * gain + middle + lift, 0, 1)


def _erase(face: NDArray[np.float32], size: int, rng: np.random.Generator) -> None:
    """Blank a rectangle of a normalised face (C, S, S) with a random level."""
    height, width = rng.integers(size // 6, size // 2, 2)
    top, left = rng.integers(0, size - height), rng.integers(0, size - width)
    face[:, top : top + height, left : left + width] = rng.uniform(-2, 2)


def _add_noise(batch: NDArray[np.float32], most: float, rng: np.random.Generator) -> None:
    """Add Gaussian noise of a random strength to each face, in place.

    The noise of a batch is one field, read from another place for each face: drawing it afresh
    costs as much as the network.
    """
    pixels = batch[0].size
    field = rng.standard_normal(2 * pixels, np.float32)
    for face in batch:
        start = int(rng.integers(pixels))
        face += np.float32(rng.uniform(0, most)) * field[start : start + pixels].reshape(face.shape)
