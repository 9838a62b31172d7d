"""Faces of other sets, some with a part painted over or spoilt: what hides a face, where no set says so."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from mimik.data.base import Reader, Sample, Skipped, load_reader
from mimik.data.cover import KINDS, clear_glasses, cover
from mimik.data.damage import DAMAGES, jpeg
from mimik.data.others import Sets, of_sets, sets_at
from mimik.data.places import check_split
from mimik.faces.crop import placed_square
from mimik.models.inputs import CropSpec
from mimik.types import Image

SETS: Sets = {
    "fairface": {"train": "train", "test": "val"},
    "utkface": {"train": "train", "test": "test"},
    "fer2013": {"train": "train", "test": "public"},
}
"""Readers of the sets that are painted on, and their splits."""
FACE = CropSpec(size=80, channels=3, scale=1.08, shift_y=0.05)
"""The square in which the parts of a face have their places."""
CLEAR = "none"
"""The label of a face that nothing was done to that hides it; some are covered all the same, by nature."""
CHANCES = {
    CLEAR: 0.4,
    "eyes": 0.13,
    "mouth": 0.14,
    "side": 0.08,
    "pixelated": 0.08,
    "compressed": 0.08,
    "drawn": 0.09,
}
"""Label to the share of the pictures that are made so."""
HARMLESS = (clear_glasses, jpeg)
"""What is done to a part of the clear faces, since it must not count."""
LEFT_ALONE = 0.7
"""Share of the clear faces that stay as they are."""
DARK_EYES = "fairface_eyes.csv"
"""FairFace's training pictures whose eyes have less than half of the cheeks' light: many wear dark glasses,
which no set says, so none of them counts as clear (benchmarks/dark_eyes.py)."""
GLASSES = 0.33
"""Below this share of the cheeks' light, they stay as they are and count as covered eyes."""


@cache
def dark_eyes() -> dict[str, float]:
    """Keys of those pictures to the light of their eyes, in that of the cheeks."""
    text = files("mimik.data").joinpath(DARK_EYES).read_text(encoding="utf-8")
    return {row["key"]: float(row["light"]) for row in csv.DictReader(text.splitlines())}


class Covered(Reader):
    """FairFace, UTKFace and FER-2013, as far as they are there, under the label "cover".

    Some of the pictures are clear, "none", a part of these with painted glasses or compressed a little; the
    others have the eyes, the mouth or one side painted over, or are pixelated, badly compressed or made to
    look drawn or carved. Which, and how, depends on the picture's key alone.
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
        return sets_at(path, SETS)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader."""
        check_split(split, self.splits)
        for found in of_sets(path, split, SETS):
            yield found if isinstance(found, Skipped) else _painted(found)


def _painted(sample: Sample) -> Sample:
    """A sample under its new label, changed as that says."""
    rng = np.random.default_rng(zlib.crc32(sample.key.encode()))
    label = str(rng.choice(list(CHANCES), p=list(CHANCES.values())))
    alone = label == CLEAR and rng.random() < LEFT_ALONE
    light = dark_eyes().get(sample.key.removeprefix("fairface/"), 1.0)
    if light < GLASSES:
        label, alone = "eyes", True
    elif light < 1 and label == CLEAR:
        label, alone = str(rng.choice(["mouth", "side", *DAMAGES])), False
    load = sample.load if alone else _painter(sample, label, rng.integers(1 << 32))
    return replace(sample, load=load, labels={"cover": label}, votes={}, scores={})


def _painter(sample: Sample, label: str, seed: np.int64) -> Callable[[], Image]:
    """Loads a picture and changes it, alike each time."""

    def load() -> Image:
        image, rng = sample.load(), np.random.default_rng(seed)
        face = placed_square(image.shape[1], image.shape[0], sample.placement, FACE)
        if label in KINDS:
            return cover(image, face, label, rng)
        change = DAMAGES[label] if label in DAMAGES else HARMLESS[rng.integers(len(HARMLESS))]
        return change(image, face, rng)

    return load
