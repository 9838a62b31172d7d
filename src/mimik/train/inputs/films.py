"""The films of a recipe's data sets: one face in evenly spaced pictures, and perhaps what is heard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.fingerprints import film_print
from mimik.data.left_out import LeftOut
from mimik.data.near import NearCopies
from mimik.data.own import NO_OWN, OwnTasks
from mimik.errors import NoFaceError, NoPictureError, NoSoundError, SourceError
from mimik.faces.crop import Square, crop, normalise, to_channels, whole_square
from mimik.faces.detect.base import Detector, load_detector
from mimik.models.inputs import ClipSpec, CropSpec
from mimik.temporal.clip import Clip, stack, take_clip
from mimik.train.inputs.augment import changed
from mimik.train.inputs.changes import drawn_change, drawn_noise
from mimik.train.inputs.clips import Clips
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.sets import Decoded, in_parts, load_sets
from mimik.train.inputs.shelf import Shelf
from mimik.train.recipe.changes import AugmentOptions
from mimik.train.recipe.options import DataOptions
from mimik.voice.features import log_mel
from mimik.voice.inputs import levels_input, mel_options, normalised

ROOM = 1.3
"""How much wider than the network's crop a face is kept, so that the crop can be moved."""


REASONS: dict[type[SourceError], str] = {
    NoFaceError: "no face",
    NoSoundError: "no sound",
    NoPictureError: "too few pictures",
    SourceError: "undecodable",
}
"""What is wrong with a film, the first that fits, to why it is left out."""


@dataclass(frozen=True)
class Films(Examples):
    """Labelled films in memory: uint8 (frames, side, side), with a last dimension of 3 in colour."""

    word = "clips"

    spec: ClipSpec = field(default_factory=lambda: ClipSpec(CropSpec(size=98)))
    """How they are seen and heard."""
    sounds: Clips | None = None
    """What is heard of each; None if they are seen alone."""

    def near(self) -> NearCopies:
        """Films are copies of each other picture for picture, or not at all; see Examples."""
        return NearCopies([], self.prints.thumbnails.astype(np.float32))

    def marks(self) -> Iterator[bytes]:
        """See Examples; of what is heard, too."""
        if self.sounds is None:
            yield from super().marks()
            return
        for seen, heard in zip(super().marks(), self.sounds.marks(), strict=True):
            yield seen + heard

    def take(self, chosen: NDArray[np.bool_]) -> Self:
        """See Examples."""
        sounds = None if self.sounds is None else self.sounds.take(chosen)
        return replace(super().take(chosen), sounds=sounds)

    def square(self, row: int) -> Square:
        """Where the network's crop lies in the pictures that are kept of a film."""
        whole = whole_square(*self.items[row].shape[2:0:-1])
        return replace(whole, side=whole.side / ROOM)


def load_films(
    options: Sequence[DataOptions],
    root: Path,
    spec: ClipSpec,
    fold: int = -1,
    own: OwnTasks = NO_OWN,
    most_bytes: float = math.inf,
) -> Films:
    """See, and perhaps hear, every film of the data sets; what can't be is left out, and named.

    Args:
        options: The sets.
        root: Folder that holds them.
        spec: What is kept.
        fold: Part of the sets with folds that is held for validation; none if -1.
        own: Tasks that only the recipe describes.
        most_bytes: What of them may be kept in memory; more lie in a file.

    Raises:
        DataError: A set, or a list of what to leave out, isn't in its layout.
        RecipeError: A set has no samples.
    """
    heard = Shelf(most_bytes)
    films = load_sets(Films, options, root, fold, own, partial(_taken, spec=spec, heard=heard), most_bytes)
    films = replace(films, spec=spec)
    if spec.sound is None:
        return films
    rest = (films.samples, films.weights, films.hold, films.prints, films.sets)
    return replace(films, sounds=Clips(heard, *rest, spec=spec.sound))


def _taken(
    entry: DataOptions, chosen: Sequence[Sample], spec: ClipSpec, heard: Shelf
) -> Iterator[Decoded | LeftOut]:
    """The films of a set; what is heard of them is put aside in the same order."""
    # A detector keeps the picture that it works on, so one thread at a time may use it.
    take = partial(_take, spec=spec, detector=load_detector())
    with ThreadPoolExecutor(1) as pool:
        for sample, found in zip(chosen, in_parts(pool, take, chosen), strict=True):
            if isinstance(found, LeftOut):
                yield found
                continue
            if spec.sound and found.samples is not None:
                heard.append(log_mel(found.samples, mel_options(spec.sound)))
            yield Decoded(_kept(found, spec.crop), sample, film_print(found.images))


def _take(sample: Sample, spec: ClipSpec, detector: Detector) -> Clip | LeftOut:
    """What is taken of a film, or why nothing is."""
    if sample.watch is None:
        return LeftOut(sample.key, "no picture")
    try:
        return take_clip(sample.key, sample.watch, sample.hear, spec, detector)
    except SourceError as error:
        return LeftOut(sample.key, next(why for kind, why in REASONS.items() if isinstance(error, kind)))


def _kept(clip: Clip, spec: CropSpec) -> NDArray[np.uint8]:
    """The faces of a film as they are kept in memory, with room about them."""
    wide = [replace(square, side=ROOM * square.side) for square in clip.squares]
    side = round(ROOM * spec.size)
    faces = (crop(image, square, side) for image, square in zip(clip.images, wide, strict=True))
    grey = spec.channels == 1
    return np.stack([cv2.cvtColor(face, cv2.COLOR_RGB2GRAY) if grey else face for face in faces])


def whole_film(films: Films, row: int, mean: float, std: float) -> tuple[NDArray[np.float32], ...]:
    """A film as it is, as a network's inputs.

    Returns:
        Pictures float32 (1, C, frames, H, W) and, if it is heard, sound float32 (1, C, times, bands).
    """
    spec, square = films.spec, films.square(row)
    faces = [to_channels(crop(face, square, spec.crop.size), spec.crop) for face in films.items[row]]
    seen = normalise(stack(np.stack(faces)[None], spec), mean, std)
    if films.sounds is None:
        return (seen,)
    levels = levels_input(films.sounds.items[row], films.sounds.spec)
    return seen, normalised(levels, mean, std)[None]


def filmed(
    films: Films,
    chosen: NDArray[np.int64],
    options: AugmentOptions,
    rng: np.random.Generator,
    mean: float,
    std: float,
    part: slice = slice(None),
) -> Callable[[], NDArray[np.float32]]:
    """What makes the pictures of films under random changes, which are drawn at once: one change a film.

    Returns:
        A function that gives a network's input for some of them, float32 (N, C, frames, H, W).
    """
    spec, crop_spec = films.spec, films.spec.crop
    colour = crop_spec.channels == 3
    each = [drawn_change(films.square(i), colour, crop_spec.size, options, rng) for i in chosen.tolist()]
    changes = [change for change in each[part] for _ in range(spec.frames)]
    noise = drawn_noise(len(chosen) * spec.frames, crop_spec, options, rng, std)
    first, end, _ = part.indices(len(chosen))
    noise = noise and noise.part(slice(first * spec.frames, end * spec.frames))
    images = [face for i in chosen[part].tolist() for face in films.items[i]]

    def made() -> NDArray[np.float32]:
        faces = changed(images, crop_spec, changes, noise, mean, std)
        parted = faces.reshape(end - first, spec.frames, *faces.shape[1:])
        return stack(parted, spec)

    return made
