"""Samples -> decoded pictures -> augmented batches."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import crop, normalise, to_channels
from mimik.models.inputs import ClipSpec, CropSpec, NetworkInput, SoundSpec
from mimik.train.inputs.augment import changed
from mimik.train.inputs.changes import drawn
from mimik.train.inputs.clips import Clips
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.films import Films, filmed, whole_film
from mimik.train.inputs.hear import heard
from mimik.train.inputs.pictures import Pictures
from mimik.train.phases.options import EpochOptions
from mimik.voice.inputs import levels_input, normalised

T = TypeVar("T")

EVERY = slice(None)
"""All rows of a batch."""

POOL, LIKE_FRAMES = 8, 10
"""Whole utterances: batches whose rows are sorted by length together, and how far that is left to chance."""


def plain_batches(
    examples: Examples, spec: NetworkInput, mean: float, std: float
) -> Iterator[tuple[NDArray[np.float32], ...]]:
    """All pictures in order, as they are, in batches of float32 (N, C, S, S), which are the only input.

    Or all utterances, whole: float32 (1, C, frames, bands) each; or all films, see whole_film.
    """
    if isinstance(spec, SoundSpec):
        for bands in examples.items:
            yield (normalised(levels_input(bands, spec), mean, std)[None],)
        return
    if isinstance(spec, ClipSpec):
        films = cast(Films, examples)
        yield from (whole_film(films, row, mean, std) for row in range(len(films)))
        return
    pictures = cast(Pictures, examples)
    for start in range(0, len(pictures), 256):
        rows = range(start, min(start + 256, len(pictures)))
        yield (normalise(plain_faces(pictures, rows, spec), mean, std),)


def plain_faces(pictures: Pictures, rows: Sequence[int], spec: CropSpec) -> NDArray[np.uint8]:
    """Some pictures as they are, as a network's input uint8 (N, C, S, S)."""
    faces = [crop(pictures.images[i], pictures.square(i, spec), spec.size) for i in rows]
    return np.stack([to_channels(face, spec) for face in faces])


Batch: TypeAlias = tuple[NDArray[np.int64], tuple[NDArray[np.float32], ...]]
"""Row numbers int64 (N,) and each of the network's inputs: pictures float32 (N, C, S, S), or utterances
(N, C, frames, bands), or films (N, C, frames, H, W) and perhaps what is heard in them."""


def training_batches(
    pictures: Examples,
    options: EpochOptions,
    epoch: int,
    mean: float,
    std: float,
    part: slice = EVERY,
) -> Iterator[Batch]:
    """One epoch of augmented batches, made ahead; the same for the same seed and epoch.

    Neither the number of workers nor where the pictures are kept changes them.

    Args:
        pictures: Those to train on.
        options: How.
        epoch: Counted from 0.
        mean: By which pictures are normalised.
        std: The same.
        part: Rows of each batch that are made. The row numbers are always those of all.
    """
    yield from _ahead(_made(_tasks(pictures, options, epoch, mean, std, part), options.workers))


def first_batch(pictures: Examples, options: EpochOptions, mean: float, std: float) -> Batch:
    """The first batch of the first epoch."""
    return next(_tasks(pictures, options, 0, mean, std))()


def _tasks(
    pictures: Examples, options: EpochOptions, epoch: int, mean: float, std: float, part: slice = EVERY
) -> Iterator[Callable[[], Batch]]:
    """What makes the batches of an epoch, in their order."""
    rng = np.random.default_rng((options.seed, epoch))
    size, count = options.optim.batch, len(pictures)
    if float(np.ptp(pictures.weights)) == 0:
        order = rng.permutation(count)
    else:
        order = rng.choice(count, count, p=pictures.weights / pictures.weights.sum())
    if options.hear.whole and (sounds := _heard_of(pictures)) is not None:
        order = _alike(order, sounds.lengths[order], size, rng)
    for first in range(0, count - size + 1, size):
        yield _task(pictures, order[first : first + size], options, rng, mean, std, part)


def _heard_of(examples: Examples) -> Clips | None:
    """What is heard of examples; None if they are seen alone."""
    if isinstance(examples, Films):
        return examples.sounds
    return examples if isinstance(examples, Clips) else None


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


def _task(
    examples: Examples,
    chosen: NDArray[np.int64],
    options: EpochOptions,
    rng: np.random.Generator,
    mean: float,
    std: float,
    part: slice,
) -> Callable[[], Batch]:
    """What makes a batch of pictures, its random numbers being drawn; what is heard is made at once."""
    spec, sounds = options.takes, _heard_of(examples)
    voices = () if sounds is None else (heard(sounds, chosen, sounds.spec, options.hear, rng, mean, std),)
    if isinstance(spec, SoundSpec):
        return lambda: (chosen, tuple(voice[part] for voice in voices))
    if isinstance(spec, ClipSpec):
        seen = filmed(cast(Films, examples), chosen, options.augment, rng, mean, std, part)
        return lambda: (chosen, (seen(), *(voice[part] for voice in voices)))
    pictures = cast(Pictures, examples)
    changes, noise = drawn(pictures, chosen, spec, options.augment, rng, std)
    images = [pictures.images[i] for i in chosen[part].tolist()]
    changes, noise = changes[part], noise and noise.part(part)
    return lambda: (chosen, (changed(images, spec, changes, noise, mean, std),))


def _made(tasks: Iterator[Callable[[], T]], workers: int) -> Iterator[T]:
    """What tasks make, in their order, by so many threads."""
    if workers == 1:
        yield from (task() for task in tasks)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        yield from (task.result() for task in waiting)


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
