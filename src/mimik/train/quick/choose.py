"""A recipe for a folder of classes, by the number of its pictures and how they look."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mimik.data.base import Sample, load_reader, read_samples
from mimik.errors import RecipeError
from mimik.models.inputs import CropSpec
from mimik.train.quick.classes import Classes, classes_of, set_name, slug
from mimik.train.quick.look import Look, look_at
from mimik.train.recipe.changes import AugmentOptions
from mimik.train.recipe.options import (
    DataOptions,
    ObjectiveOptions,
    OptimOptions,
)
from mimik.train.recipe.recipe import Recipe

HELD = 100
"""Pictures that are held for validation, as far as they aren't more than a quarter."""
EPOCHS, MORE, MOST = 30, 39_000, 480
"""Epochs of any set, pictures that are seen besides (of few, each more often), and the most epochs: 300
pictures have 160. Half as many did 6 and 8 points worse on validation in two runs on 399 pictures, and 0 to 3
better in three others."""
BATCHES = {8: 150, 16: 2000, 32: 8000, 64: math.inf}
"""Pictures a step to the size of a set up to which that holds."""
SIZE = 48
"""Side of the network's input, in pixels."""
FEWEST = 20
"""Pictures without which nothing can be learned and held against anything."""


@dataclass(frozen=True)
class Quick:
    """What was picked, and why."""

    recipe: Recipe
    """The recipe."""
    remarks: tuple[str, ...]
    """What was seen and chosen, a line each."""


def quick_recipe(folder: Path, leave_out: Path | None = None) -> Quick:
    """Pick a recipe for a folder of classes.

    Args:
        folder: Folders named like classes, perhaps under train, val and test.
        leave_out: CSV whose column ``key`` names pictures that are left out; see DataOptions.

    Raises:
        DataError: The folder has another layout.
        RecipeError: It holds too little to learn from, or nothing that can be decoded.
    """
    samples, _ = read_samples(load_reader("folder"), folder)
    splits = Counter(sample.split for sample in samples)
    used = [s for s in samples if s.split in ("train", "val")] if splits["train"] else samples
    if len(used) < FEWEST:
        raise RecipeError(f"{folder}: {len(used)} pictures are too few to learn from; it takes {FEWEST}")
    classes, look = classes_of(used, folder), look_at(used, folder)
    recipe = _recipe(folder, classes, look, used, splits, leave_out)
    return Quick(recipe, (look.text, *_remarks(classes, splits)))


def _recipe(
    folder: Path,
    classes: Classes,
    look: Look,
    used: Sequence[Sample],
    splits: Counter[str],
    leave_out: Path | None,
) -> Recipe:
    """The recipe for what was found."""
    count = splits["train"] or len(used)
    listed = str(leave_out.resolve()) if leave_out else ""
    own = slug(set_name(folder))
    return Recipe(
        name=f"{classes.task}.{own if own and own != classes.task else 'quick'}",
        version="1",
        task=classes.task,
        kind=classes.kind,
        labels=classes.labels,
        outputs=classes.outputs,
        holdout=0.001 if splits["val"] and splits["train"] else round(min(0.25, max(0.05, HELD / count)), 3),
        licence=f"Trained on the pictures of {set_name(folder)}, whose terms hold.",
        limits=(f"Picked and trained by mimik train --quick on {count:,} pictures.",),
        crop=CropSpec(SIZE, channels=1 if look.grey else 3, scale=look.scale, shift_y=look.shift_y),
        data=_data(look.detect, splits, listed),
        network=NETWORK,
        augment=AugmentOptions(
            shift=0.1, gamma=0.15, noise=0.02, blur=0.1, grey=0.0 if look.grey else 0.1, erase=0.2
        ),
        objective=ObjectiveOptions(label_smoothing=0.1),
        optim=_optim(count, round(count * 0.8)),
    )


NETWORK = {
    "family": "mini_xception",
    "stem": [8, 16],
    "stem_strides": [2, 1],
    "widths": [32, 48, 80, 112],
    "strides": [2, 1, 2, 1],
}
"""The shape of emotion.mini."""


def _data(detect: bool, splits: Counter[str], leave_out: str) -> tuple[DataOptions, ...]:
    """The parts of a folder that are trained on and held: all of it, or train and val, but never test."""

    def part(split: str, hold: bool = False) -> DataOptions:
        return DataOptions("folder", split, hold=hold, detect=detect, leave_out=leave_out)

    if not splits["train"]:
        return (part("all"),)
    return (part("train"), part("val", hold=True)) if splits["val"] else (part("train"),)


def _optim(count: int, trained: int) -> OptimOptions:
    """Epochs, batch and averaging by the number of pictures."""
    batch = next(size for size, most in BATCHES.items() if count < most)
    epochs = min(MOST, EPOCHS + MORE // count)
    steps = epochs * max(1, trained // batch)
    decay = min(0.999, max(0.9, 1 - 10 / steps))
    return OptimOptions(
        epochs=epochs, batch=batch, learning_rate=5e-3, weight_decay=2e-2, ema=round(decay, 3)
    )


def _remarks(classes: Classes, splits: Counter[str]) -> list[str]:
    """What was chosen, in words."""
    what = ", ".join(classes.labels) or "years"
    own = ", a task of its own" if classes.kind else ""
    told = [f"task {classes.task}{own}: {what}"]
    if splits["test"] and splits["train"]:
        told.append(f"{splits['test']:,} pictures of test are left for mimik evaluate")
    return told
