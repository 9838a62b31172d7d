"""The pictures of a recipe's data sets, decoded and kept in memory."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample, load_reader, read_samples
from mimik.data.fingerprints import Fingerprints, fingerprint, fingerprints, fingerprints_of
from mimik.data.left_out import LISTED, OWN_RULE, LeftOut, read_left_out
from mimik.data.own import NO_OWN, OwnTasks
from mimik.data.pictures import BLANK
from mimik.data.split_file import read_divided
from mimik.data.splits import fold_of
from mimik.errors import MimikWarning, RecipeError, SourceError
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
    prints: Fingerprints = field(default_factory=lambda: fingerprints([]))
    """Of the pictures as they were decoded; those of ``images`` if none are given."""
    sets: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """The data set of each, by its number among the recipe's; all of the first if none are given."""
    left_out: list[LeftOut] = field(default_factory=list)
    """What of the data sets isn't here."""

    def __post_init__(self) -> None:
        if len(self.prints) != len(self.images):
            object.__setattr__(self, "prints", fingerprints_of(self.images))
        if len(self.sets) != len(self.images):
            object.__setattr__(self, "sets", np.zeros(len(self.images), np.int64))

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
        """Those where ``chosen`` is true, and nothing of what was left out before."""
        keep = np.flatnonzero(chosen)
        return Pictures(
            [self.images[i] for i in keep],
            [self.samples[i] for i in keep],
            self.weights[keep],
            self.hold[keep],
            self.prints.take(keep),
            self.sets[keep],
        )


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A picture as it is kept in memory."""

    image: NDArray[np.uint8]
    sample: Sample
    print: tuple[bytes, NDArray[np.uint8]]


def load_pictures(
    options: Sequence[DataOptions],
    root: Path,
    crop_spec: CropSpec,
    fold: int = -1,
    own: OwnTasks = NO_OWN,
) -> Pictures:
    """Decode every picture of the data sets; those that show nothing are left out, and named.

    Args:
        options: The sets.
        root: Folder that holds them.
        crop_spec: What of a picture is kept.
        fold: Part of the sets with folds that is held for validation; none if -1.
        own: Tasks that only the recipe describes.

    Raises:
        DataError: A set, or a list of what to leave out, isn't in its layout.
        RecipeError: A set has no samples.
    """
    kept: list[_Decoded] = []
    left_out: list[LeftOut] = []
    seen: set[tuple[str, str, LeftOut]] = set()
    sets: list[int] = []
    for number, entry in enumerate(options):
        chosen, others = _chosen(entry, root, own)
        # Two splits of one set skip the same files.
        left_out += [item for item in others if (entry.reader, entry.path, item) not in seen]
        seen.update((entry.reader, entry.path, item) for item in others)
        for found in _decoded(entry, chosen, crop_spec):
            if isinstance(found, LeftOut):
                left_out.append(found)
            else:
                kept.append(found)
                sets.append(number)
    samples = [found.sample for found in kept]
    return Pictures(
        [found.image for found in kept],
        samples,
        np.array([options[number].weight for number in sets]),
        np.array([_held(options[k], s, fold) for k, s in zip(sets, samples, strict=True)], np.int8),
        fingerprints([found.print for found in kept]),
        np.array(sets, np.int64),
        left_out,
    )


def _decoded(entry: DataOptions, chosen: Sequence[Sample], spec: CropSpec) -> Iterator[_Decoded | LeftOut]:
    """The pictures of a set, decoded by two threads; by one where a detector finds faces."""
    detector = load_detector() if entry.detect or any(sample.scene for sample in chosen) else None
    cut = partial(_decode, spec=spec, detector=detector, always=entry.detect)
    # A detector keeps the picture that it works on, so one thread at a time may use it.
    with ThreadPoolExecutor(1 if detector else 2) as pool:
        yield from pool.map(cut, chosen)


def _chosen(entry: DataOptions, root: Path, own: OwnTasks) -> tuple[list[Sample], list[LeftOut]]:
    """The samples of a set, with the labels that are wanted of them, and what is left out of it."""
    found, left_out = _read(entry, root, own)
    found, listed = _unlisted(found, entry, root)
    for name, file in entry.extra.items():
        found = with_scores(found, name, root / file)
    return (_labelled(found, entry, root) if entry.only else found), left_out + listed


def _read(entry: DataOptions, root: Path, own: OwnTasks) -> tuple[list[Sample], list[LeftOut]]:
    """The samples of a set's split, and what its reader skips."""
    reader, path = load_reader(entry.reader, own), root / entry.path
    splits = root / entry.splits if entry.splits else None
    found, skipped = read_divided(reader, path, entry.split, splits)
    if not found:
        others = sorted({sample.split for sample in read_samples(reader, path)[0]})
        hint = f"; there is {', '.join(others)}" if others else ""
        raise RecipeError(f"{path}: {entry.reader} has no samples in split {entry.split!r}{hint}")
    if splits and entry.folds and (last := max(sample.fold for sample in found)) >= entry.folds:
        raise RecipeError(
            f"{splits}: has a fold {last}, but the recipe says folds = {entry.folds}; say {last + 1}"
        )
    return found, [LeftOut(item.key, item.reason or OWN_RULE) for item in skipped]


def _unlisted(found: Sequence[Sample], entry: DataOptions, root: Path) -> tuple[list[Sample], list[LeftOut]]:
    """The samples that the set's list of what to leave out doesn't name, and those that it does."""
    if not entry.leave_out:
        return list(found), []
    listed = {item.key: item for item in read_left_out(root / entry.leave_out)}
    kept = [sample for sample in found if sample.key not in listed]
    if listed and len(kept) == len(found):
        warnings.warn(
            f"{root / entry.leave_out}: none of its {len(listed):,} keys is in {entry.reader}'s split "
            f"{entry.split!r}, so nothing is left out; is it of another set?",
            MimikWarning,
            stacklevel=2,
        )
    if not kept:
        raise RecipeError(f"{root / entry.leave_out}: names every picture of {entry.reader}; none is left")
    return kept, [
        LeftOut(sample.key, LISTED, listed[sample.key].of) for sample in found if sample.key in listed
    ]


def _labelled(found: Sequence[Sample], entry: DataOptions, root: Path) -> list[Sample]:
    """The samples that have a label that ``only`` asks for, with those labels alone."""
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


def _decode(sample: Sample, spec: CropSpec, detector: Detector | None, always: bool) -> _Decoded | LeftOut:
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
    return _Decoded(image, sample, seen) if float(image.std()) > BLANK else LeftOut(sample.key, "blank")


def _grey(image: NDArray[np.uint8], spec: CropSpec) -> NDArray[np.uint8]:
    """A picture in the colours that a network sees."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8) if spec.channels == 1 else image


def _shrunk(image: NDArray[np.uint8], most: int) -> NDArray[np.uint8]:
    """A picture as a square of at most so many pixels each way, if it is larger."""
    if max(image.shape[:2]) <= most:
        return image
    return crop(image, whole_square(image.shape[1], image.shape[0]), most)
