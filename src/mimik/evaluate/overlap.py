"""Whether a model is judged by pictures that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Reader, Sample
from mimik.data.fingerprints import film_print, fingerprint, fingerprints, sound_print
from mimik.data.seen import SeenPictures
from mimik.models.card import ModelCard
from mimik.types import Image, Samples

ALL = "all"
"""What stands for every split of a set."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Which of N pictures a model knows."""

    exact: NDArray[np.bool_]
    """Those that it was trained on, pixel for pixel, (N,)."""
    near: NDArray[np.bool_]
    """Others that nearly copy one of those, (N,)."""
    held: NDArray[np.bool_]
    """Those that it was chosen or calibrated on, (N,)."""

    @property
    def trained_on(self) -> NDArray[np.bool_]:
        """Those that flatter it, (N,)."""
        return np.asarray(self.exact | self.near, bool)

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {"exact": int(self.exact.sum()), "near": int(self.near.sum()), "held": int(self.held.sum())}


@dataclass(eq=False)
class Witness:
    """Samples that leave a fingerprint as they are loaded."""

    found: dict[str, tuple[bytes, NDArray[np.uint8]]] = field(default_factory=dict)
    """Key of a sample to its fingerprint."""

    def watch(self, samples: Sequence[Sample]) -> list[Sample]:
        """The same samples, watched."""
        return [self._watched(sample) for sample in samples]

    def _watched(self, sample: Sample) -> Sample:
        load = partial(self._load, sample)
        if sample.watch:  # A film is told by its pictures, whether it is heard or not.
            return replace(sample, load=load, watch=partial(self._watch, sample))
        return replace(sample, load=load, hear=partial(self._hear, sample) if sample.hear else None)

    def _watch(self, sample: Sample, count: int) -> list[Image]:
        assert sample.watch is not None  # See _watched.
        images = sample.watch(count)
        self.found[sample.key] = film_print(images)
        return images

    def _hear(self, sample: Sample) -> Samples:
        assert sample.hear is not None  # See _watched.
        samples = sample.hear()
        self.found[sample.key] = sound_print(samples)
        return samples

    def _load(self, sample: Sample) -> Image:
        image = sample.load()
        self.found[sample.key] = fingerprint(image)
        return image

    def overlap(self, samples: Sequence[Sample], seen: SeenPictures) -> Overlap:
        """Which of those that were loaded are among the pictures of a model's run."""
        prints = fingerprints([self.found[sample.key] for sample in samples])
        exact = seen.exact(prints)
        return Overlap(exact, seen.near(prints) & ~exact, seen.exact(prints, held=True))


def learned_from(card: ModelCard, reader: Reader, split: str) -> bool | None:
    """Whether a model learned from a split of a set, by its card; None if that isn't known.

    Args:
        card: The model's card; its ``data`` names sets, and may name their splits.
        reader: Of the set.
        split: Name of a split, or "all".
    """
    if len(reader.splits) == 1 and any(own.get("name") == reader.title for own in card.data):
        return True
    known = [_learned(card, title, own) for title, own in reader.sources(split).items()]
    if True in known:
        return True
    return None if None in known or not known else False


def _learned(card: ModelCard, title: str, split: str) -> bool | None:
    """The same of one set, by its title."""
    entry = next((own for own in card.data if own.get("name") == title), None)
    if entry is None:
        return False
    splits = entry.get("splits")
    if not isinstance(splits, list):
        return None
    return split == ALL or ALL in splits or split in splits
