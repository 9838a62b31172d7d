"""A clip as a network takes it: one face in evenly spaced pictures, and the sound; in training as in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mimik.errors import NoFaceError, NoPictureError, NoSoundError
from mimik.faces.crop import Square, crop_batch, face_square, normalise
from mimik.faces.detect.base import Detector
from mimik.models.inputs import ClipSpec, CropSpec
from mimik.types import Image, Samples
from mimik.voice.inputs import is_silent, normalised, sound_input

S = TypeVar("S", bound=np.generic)
SEEN = 0.5
"""Share of the pictures in which a face must be found; the others are cut where it was in the next ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """What was taken of a clip."""

    images: Sequence[Image]
    """Evenly spaced pictures, ClipSpec.frames of them."""
    squares: Sequence[Square]
    """Where the face lies in each."""
    samples: Samples | None
    """What is heard, mono float32 (N,) at mimik.types.SOUND_RATE; None where the network only sees."""
    several: bool
    """Whether a picture shows more than one face: then the largest was taken."""

    def inputs(self, spec: ClipSpec, mean: float, std: float) -> tuple[NDArray[np.float32], ...]:
        """What a network takes, of this clip alone.

        Args:
            spec: How it is made; the one that the clip was taken by.
            mean: Taken off, as the card says.
            std: What is left is divided by this.

        Returns:
            Pictures float32 (1, channels, frames, height, width) and, where the network hears, sound float32
            (1, channels, times, bands).
        """
        pairs = zip(self.images, self.squares, strict=True)
        faces = np.stack([crop_batch(image, [square], spec.crop)[0] for image, square in pairs])
        seen = normalise(stack(faces[None], spec), mean, std)
        if spec.sound is None or self.samples is None:
            return (seen,)
        return seen, normalised(sound_input(self.samples, spec.sound), mean, std)[None]


def stack(faces: NDArray[S], spec: ClipSpec) -> NDArray[S]:
    """Crops (N, frames, channels, size, size) as (N, channels, frames, height, width)."""
    columns = spec.columns or spec.crop.size
    left = (spec.crop.size - columns) // 2
    return np.ascontiguousarray(faces[..., left : left + columns].swapaxes(1, 2))


def take_clip(
    name: str,
    watch: Callable[[int], Sequence[Image]] | None,
    hear: Callable[[], Samples] | None,
    spec: ClipSpec,
    detector: Detector,
) -> Clip:
    """Take of a clip what a network wants.

    Args:
        name: Of the clip, for messages.
        watch: Gives so many evenly spaced pictures; None if there is none.
        hear: Gives the sound; None if there is none. Not asked where the network only sees.
        spec: What it wants.
        detector: Finds the face.

    Raises:
        NoFaceError: No face is found, or in less than half of the pictures.
        NoPictureError: It has too few pictures.
        NoSoundError: It has no sound, or nothing is heard in it.
        SourceError: It can't be read.
    """
    if watch is None:
        raise NoPictureError(f"{name}: has sound and no picture, and the network reads faces; take a video")
    images = watch(spec.frames)
    squares, several = _followed(name, images, spec.crop, detector)
    return Clip(images, squares, _heard(name, hear) if spec.sound else None, several)


def _heard(name: str, hear: Callable[[], Samples] | None) -> Samples:
    """The sound of a clip, in which there is something."""
    try:
        samples = np.empty(0, np.float32) if hear is None else hear()
    except NoSoundError as error:
        raise NoSoundError(f"{name}: has no sound, {_ALONE}") from error
    if is_silent(samples):
        raise NoSoundError(f"{name}: nothing sounds in it, {_ALONE}")
    return samples


_ALONE = "and the network reads face and voice together; take one that reads the face alone"


def _followed(
    name: str, images: Sequence[Image], spec: CropSpec, detector: Detector
) -> tuple[list[Square], bool]:
    """Where the largest face lies in each picture, and whether one shows several."""
    found = [detector.detect(image) for image in images]
    rows = [number for number, faces in enumerate(found) if faces]
    if len(rows) < SEEN * len(images):
        where = f"in only {len(rows)} of {len(images)} pictures" if rows else "in it"
        raise NoFaceError(f"{name}: {'a face is found' if rows else 'no face is found'} {where}")
    largest = {row: face_square(found[row][0].box_xyxy, found[row][0].landmarks_xy, spec) for row in rows}
    nearest = [min(rows, key=lambda row: abs(row - number)) for number in range(len(images))]
    return [largest[row] for row in nearest], any(len(faces) > 1 for faces in found)
