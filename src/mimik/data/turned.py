"""Faces of other sets, turned by any angle: to learn how far a face is turned from the face itself."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Reader, Sample, Skipped, load_reader
from mimik.data.others import Sets, of_sets, sets_at
from mimik.data.places import check_split
from mimik.faces.crop import Square, crop, placed_square
from mimik.faces.turn import STEP_DEG, TASK, apart_deg, turn_deg
from mimik.models.card import ModelCard
from mimik.models.inputs import CropSpec
from mimik.types import Image, Placement

SETS: Sets = {"fairface": {"train": "train", "test": "val"}, "utkface": {"train": "train", "test": "test"}}
"""Readers of the sets whose faces are turned, and their splits: they stand upright, give or take
seven degrees."""
FACE = CropSpec(size=64, channels=3, scale=1.0, shift_y=0.0)
"""What is kept of a turned face: the square around the middle of its box."""
SIZES, ASIDE, BELOW = (-0.2, 0.1), 0.07, (-0.03, 0.1)
"""How much larger or smaller it is kept (logarithm), and how far from its middle, to the side and below, in
sizes of the face: so boxes lie that a detector draws around turned faces. It is moved up little, as pictures
end soon above a face, and what is made up there would tell where its top is."""


class Turned(Reader):
    """FairFace and UTKFace, as far as they are there, each face turned by a multiple of 15 degrees.

    By how much, and how its box lies, depends on the picture's key alone.
    """

    title = ""
    splits = ("train", "test")
    test_split = "test"
    tasks = ()
    own_files = False
    guessed = False

    def serves(self, task: str) -> bool:
        """Whether it is the task of the network that sees which way up a face is, which is in no table."""
        return task == TASK

    def sources(self, split: str) -> dict[str, str]:
        """See Reader; turned pictures count as those of their sets."""
        return {load_reader(name).title: SETS[name].get(split, split) for name in SETS}

    def locate(self, path: Path) -> list[str]:
        """Names of the readers whose sets are there; see Reader."""
        return sets_at(path, SETS)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader."""
        check_split(split, self.splits)
        for found in of_sets(path, split, SETS):
            yield found if isinstance(found, Skipped) else _turned(found)

    def further_figures(
        self, path: Path, split: str, samples: Sequence[Sample], logits: NDArray[np.float32], card: ModelCard
    ) -> dict[str, Any]:
        """How far the angles are off, in degrees: median, 90th percentile, and share beyond 45."""
        turns, _ = turn_deg(logits)
        truth = np.array([float(sample.labels[TASK]) for sample in samples])
        off = np.abs(apart_deg(turns, truth))
        return {
            "median_deg": round(float(np.median(off)), 2),
            "p90_deg": round(float(np.percentile(off, 90)), 2),
            "beyond_45": round(float((off > 45).mean()), 4),
        }

    def figure_lines(self, report: Mapping[str, Any]) -> list[str]:
        """See Reader."""
        if "median_deg" not in report:
            return []
        return [
            f"degrees off: median {report['median_deg']}, 90th percentile {report['p90_deg']}; "
            f"by more than 45 in {100 * report['beyond_45']:.1f} %"
        ]


def _turned(sample: Sample) -> Sample:
    """A sample under its new label, turned by it."""
    rng = np.random.default_rng(zlib.crc32(sample.key.encode()) ^ 1)
    degrees = int(rng.integers(360 // STEP_DEG)) * STEP_DEG
    load = _turner(sample, degrees, rng.integers(1 << 32))
    label = {TASK: str(degrees)}
    return replace(sample, load=load, labels=label, votes={}, scores={}, placement=Placement(1.0, 0.0))


def _turner(sample: Sample, degrees: float, seed: np.int64) -> Callable[[], Image]:
    """Loads a picture and turns it clockwise, alike each time."""

    def load() -> Image:
        image, rng = sample.load(), np.random.default_rng(seed)
        if rng.random() < 0.5:
            image = np.ascontiguousarray(image[:, ::-1])
        whole = placed_square(image.shape[1], image.shape[0], sample.placement, FACE)
        (x, y), unit = whole.centre_xy, whole.side
        centre = (x + rng.uniform(-ASIDE, ASIDE) * unit, y + rng.uniform(*BELOW) * unit)
        side = unit * math.exp(rng.uniform(*SIZES))
        return np.asarray(crop(image, Square(centre, side, -math.radians(degrees)), FACE.size), np.uint8)

    return load
