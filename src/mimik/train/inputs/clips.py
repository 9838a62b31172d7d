"""The utterances of a recipe's data sets, heard once and kept in memory as mel bands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.fingerprints import sound_print
from mimik.data.left_out import LeftOut
from mimik.data.near import NearCopies
from mimik.data.own import NO_OWN, OwnTasks
from mimik.errors import SourceError
from mimik.models.inputs import SoundSpec
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.sets import Decoded, in_parts, load_sets
from mimik.train.recipe.options import DataOptions
from mimik.voice.features import log_mel
from mimik.voice.inputs import is_silent, loud_part, mel_options


@dataclass(frozen=True)
class Clips(Examples):
    """Labelled utterances in memory: decibels float32 (frames, bands), with their quiet ends."""

    word = "clips"

    spec: SoundSpec = SoundSpec()
    """How they are heard."""

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Frames of each without its quiet ends, int64 (N,)."""
        parts = (loud_part(bands, self.spec) for bands in self.items)
        return np.array([part.stop - part.start for part in parts], np.int64)

    def near(self) -> NearCopies:
        """Sounds are copies of each other sample for sample, or not at all; see Examples."""
        return NearCopies([], self.prints.thumbnails.astype(np.float32))


def load_clips(
    options: Sequence[DataOptions],
    root: Path,
    spec: SoundSpec,
    fold: int = -1,
    own: OwnTasks = NO_OWN,
    most_bytes: float = math.inf,
) -> Clips:
    """Hear every clip of the data sets; those in which nothing sounds are left out, and named.

    Args:
        options: The sets.
        root: Folder that holds them.
        spec: Which bands are kept.
        fold: Part of the sets with folds that is held for validation; none if -1.
        own: Tasks that only the recipe describes.
        most_bytes: What of them may be kept in memory; more lie in a file.

    Raises:
        DataError: A set, or a list of what to leave out, isn't in its layout.
        RecipeError: A set has no samples.
    """
    clips = load_sets(Clips, options, root, fold, own, partial(_heard, spec=spec), most_bytes)
    return replace(clips, spec=spec)


def _heard(entry: DataOptions, chosen: Sequence[Sample], spec: SoundSpec) -> Iterator[Decoded | LeftOut]:
    """The clips of a set, by two threads."""
    with ThreadPoolExecutor(2) as pool:
        yield from in_parts(pool, partial(_hear, spec=spec), chosen)


def _hear(sample: Sample, spec: SoundSpec) -> Decoded | LeftOut:
    """A clip as it is kept in memory, or why there is nothing to hear in it."""
    if sample.hear is None:
        return LeftOut(sample.key, "no sound")
    try:
        samples = sample.hear()
    except SourceError:
        return LeftOut(sample.key, "undecodable")
    if is_silent(samples):
        return LeftOut(sample.key, "silent")
    return Decoded(log_mel(samples, mel_options(spec)), sample, sound_print(samples))
