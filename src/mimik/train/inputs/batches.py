"""Samples -> decoded pictures in memory -> augmented batches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import crop, normalise, to_channels
from mimik.models.inputs import CropSpec, SoundSpec
from mimik.train.inputs.augment import augmented
from mimik.train.inputs.clips import Clips
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.hear import heard
from mimik.train.inputs.pictures import Pictures
from mimik.train.phases.options import EpochOptions
from mimik.voice.inputs import levels_input, normalised

T = TypeVar("T")

POOL, LIKE_FRAMES = 8, 10
"""Whole utterances: batches whose rows are sorted by length together, and how far that is left to chance."""


def plain_batches(
    examples: Examples, spec: CropSpec | SoundSpec, mean: float, std: float
) -> Iterator[NDArray[np.float32]]:
    """All pictures in order, as they are, in batches of float32 (N, C, S, S).

    Or all clips, whole: float32 (1, C, frames, bands) each.
    """
    if isinstance(spec, SoundSpec):
        for bands in examples.items:
            yield normalised(levels_input(bands, spec), mean, std)[None]
        return
    pictures = cast(Pictures, examples)
    for start in range(0, len(pictures), 256):
        rows = range(start, min(start + 256, len(pictures)))
        yield normalise(plain_faces(pictures, rows, spec), mean, std)


def plain_faces(pictures: Pictures, rows: Sequence[int], spec: CropSpec) -> NDArray[np.uint8]:
    """Some pictures as they are, as a network's input uint8 (N, C, S, S)."""
    faces = [crop(pictures.images[i], pictures.square(i, spec), spec.size) for i in rows]
    return np.stack([to_channels(face, spec) for face in faces])


def training_batches(
    pictures: Examples, options: EpochOptions, epoch: int, mean: float, std: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """One epoch of augmented batches, made ahead in a thread; the same for the same seed and epoch.

    Yields:
        Row numbers int64 (N,) and pictures float32 (N, C, S, S), or clips (N, C, frames, bands).
    """
    rng = np.random.default_rng((options.seed, epoch))
    size, count = options.optim.batch, len(pictures)
    if float(np.ptp(pictures.weights)) == 0:
        order = rng.permutation(count)
    else:
        order = rng.choice(count, count, p=pictures.weights / pictures.weights.sum())
    if isinstance(options.takes, SoundSpec) and options.hear.whole:
        order = _alike(order, cast(Clips, pictures).lengths[order], size, rng)
    rows = [order[k : k + size] for k in range(0, count - size + 1, size)]

    def make() -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        for chosen in rows:
            yield chosen, _changed(pictures, chosen, options, rng, mean, std)

    yield from _ahead(make())


def _alike(
    order: NDArray[np.int64], lengths: NDArray[np.int64], size: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The same rows in an order in which those of each batch, of that size, are of like length.

    Of each POOL batches' rows the shortest become a batch, the next a batch, and so on, in random order.
    """
    ordered = order.copy()
    for first in range(0, len(order) - size + 1, POOL * size):
        pool = np.arange(first, min(first + POOL * size, len(order) // size * size))
        near = lengths[pool] + rng.uniform(0, LIKE_FRAMES, len(pool))
        batches = order[pool[np.argsort(near)]].reshape(-1, size)
        mixed = [rng.permutation(batches[k]) for k in rng.permutation(len(batches))]
        ordered[pool] = np.concatenate(mixed)
    return ordered


def _changed(
    examples: Examples,
    chosen: NDArray[np.int64],
    options: EpochOptions,
    rng: np.random.Generator,
    mean: float,
    std: float,
) -> NDArray[np.float32]:
    """The chosen pictures or clips under random changes."""
    if isinstance(options.takes, SoundSpec):
        return heard(cast(Clips, examples), chosen, options.takes, options.hear, rng, mean, std)
    pictures = cast(Pictures, examples)
    return augmented(pictures, chosen, options.takes, options.augment, rng, mean, std)


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
