"""What a network learns from: pictures or clips of sound, with their labels."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.fingerprints import Fingerprints, fingerprints
from mimik.data.left_out import LeftOut
from mimik.data.near import NearCopies
from mimik.train.inputs.shelf import Shelf


@dataclass(frozen=True)
class Examples:
    """Labelled pictures or clips; Pictures and Clips say what they are made of."""

    word = "pictures"

    items: Sequence[Any]
    """An array each, in memory or on the disk."""
    samples: list[Sample]
    """Their labels."""
    weights: NDArray[np.float64]
    """How often each is drawn, relative to the others."""
    hold: NDArray[np.int8]
    """1 where the recipe keeps it for validation, -1 where it is trained on, 0 where the split says."""
    prints: Fingerprints = field(default_factory=lambda: fingerprints([]))
    """Of the items as they were decoded."""
    sets: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """The data set of each, by its number among the recipe's; all of the first if none are given."""
    left_out: list[LeftOut] = field(default_factory=list)
    """What of the data sets isn't here."""

    def __post_init__(self) -> None:
        if len(self.sets) != len(self.items):
            object.__setattr__(self, "sets", np.zeros(len(self.items), np.int64))

    def __len__(self) -> int:
        return len(self.items)

    def near(self) -> NearCopies:
        """What finds near copies among them."""
        raise NotImplementedError

    def marks(self) -> Iterator[bytes]:
        """What tells each from another: its shape, placement and a checksum of its values."""
        for item, sample in zip(self.items, self.samples, strict=True):
            values = zlib.crc32(np.ascontiguousarray(item).data)  # A hash of 70,000 would take seconds.
            yield repr((item.shape, sample.placement, values)).encode()

    def take(self, chosen: NDArray[np.bool_]) -> Self:
        """Those where ``chosen`` is true, and nothing of what was left out before."""
        keep, items = np.flatnonzero(chosen), self.items
        return replace(
            self,
            items=items.take(keep) if isinstance(items, Shelf) else [items[i] for i in keep.tolist()],
            samples=[self.samples[i] for i in keep],
            weights=self.weights[keep],
            hold=self.hold[keep],
            prints=self.prints.take(keep),
            sets=self.sets[keep],
            left_out=[],
        )
