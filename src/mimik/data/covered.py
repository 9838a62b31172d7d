"""Faces of other sets, half of them with a part painted over: what covers a face, where no set says so."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from mimik.data.base import Reader, Sample, Skipped, load_reader
from mimik.data.cover import SHAPES, cover
from mimik.data.places import check_split
from mimik.errors import DataError
from mimik.faces.crop import placed_square
from mimik.models.inputs import CropSpec
from mimik.types import Image

SETS = {
    "fairface": {"train": "train", "test": "val"},
    "utkface": {"train": "train", "test": "test"},
    "fer2013": {"train": "train", "test": "public"},
}
"""Readers of the sets that are painted on, and their splits."""
FACE = CropSpec(size=80, channels=3, scale=1.08, shift_y=0.05)
"""The square in which the parts of a face have their places."""
CLEAR = "none"
"""The label of a face that nothing was painted over; some are covered all the same, by nature."""


class Covered(Reader):
    """FairFace, UTKFace and FER-2013, as far as they are there, under the label "cover".

    Half of the pictures are as they are, "none"; the others have the eyes, the mouth or one side painted
    over. Which, and how, depends on the picture's key alone.
    """

    title = ""
    splits = ("train", "test")
    test_split = "test"
    tasks = ("cover",)
    own_files = False

    def sources(self, split: str) -> dict[str, str]:
        """See Reader; pictures that were painted on count as those of their sets."""
        readers = {name: load_reader(name) for name in SETS}
        return {reader.title: SETS[name].get(split, split) for name, reader in readers.items()}

    def locate(self, path: Path) -> list[str]:
        """Names of the readers whose sets are there; see Reader."""
        if not path.exists():
            raise DataError(f"{path}: no such file or folder; name the folder that holds the sets")
        there = [name for name in SETS if load_reader(name).fits(path)]
        if not there:
            raise DataError(f"{path}: expected one or more of {', '.join(SETS)}")
        return there

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader."""
        check_split(split, self.splits)
        told: set[str] = set()  # A reader leaves out the same in each of its splits.
        for name in self.locate(path):
            for own, its in SETS[name].items():
                if split in ("all", own):
                    for found in load_reader(name).read(path, its):
                        key = f"{name}/{found.key}"
                        if not isinstance(found, Skipped):
                            yield _painted(replace(found, split=own, key=key))
                        elif key not in told:
                            told.add(key)
                            yield Skipped(key)


def _painted(sample: Sample) -> Sample:
    """A sample under its new label, half of them painted."""
    rng = np.random.default_rng(zlib.crc32(sample.key.encode()))
    part = CLEAR if rng.random() < 0.5 else list(SHAPES)[rng.integers(len(SHAPES))]
    load = sample.load if part == CLEAR else _painter(sample, part, rng.integers(1 << 32))
    return replace(sample, load=load, labels={"cover": part}, votes={}, scores={}, subgroup={})


def _painter(sample: Sample, part: str, seed: np.int64) -> Callable[[], Image]:
    """Loads a picture and paints on it, alike each time."""

    def load() -> Image:
        image = sample.load()
        face = placed_square(image.shape[1], image.shape[0], sample.placement, FACE)
        return cover(image, face, part, np.random.default_rng(seed))

    return load
