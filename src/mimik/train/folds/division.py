"""Which pictures of a recipe's sets belong to which fold: people, groups and near copies stay together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mimik.data.base import Sample
from mimik.data.left_out import LeftOut
from mimik.data.places import table_text
from mimik.errors import OutputExistsError, RecipeError
from mimik.models.inputs import NetworkInput
from mimik.storage.whole import write_whole
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.parts import load_parts
from mimik.train.inputs.split import Split
from mimik.train.recipe.options import DataOptions
from mimik.train.recipe.recipe import Recipe

VALIDATION, ASIDE = -1, -2
"""In the place of a fold: held for the validation of what is made of all folds; in no part at all."""
FILE = "folds.csv"
"""Its name in the folder of a run of folds."""
COLUMNS = ("key", "split", "fold", "group", "set")
NAMES = {VALIDATION: "validation", ASIDE: "aside"}


@dataclass(frozen=True, slots=True)
class Placed:
    """One picture and where it belongs."""

    sample: Sample
    """With what it stays together as its group; its own key's if empty."""
    fold: int
    """From 0, or VALIDATION or ASIDE."""


@dataclass(frozen=True, eq=False)
class Division:
    """The pictures of several sets, each in a fold or in none."""

    sets: tuple[DataOptions, ...]
    """The sets."""
    pictures: tuple[Mapping[str, Placed], ...]
    """Key to picture, a table a set."""
    names: tuple[str, ...]
    """What each fold is called: "0", or the person whom it leaves out."""

    def number(self, entry: DataOptions) -> int:
        """The number of a recipe's set among those that are divided.

        Raises:
            RecipeError: It is none of them.
        """
        for number, own in enumerate(self.sets):
            if same_set(own, entry):
                return number
        raise RecipeError(
            f"{entry.reader} {entry.path or '.'} {entry.split}: isn't among the sets that are divided, so "
            "its people could stand on both sides; name it under [[data]] there, too"
        )

    def sample(self, number: int, key: str) -> Sample:
        """A picture, as it is asked for: where its face has to be found, it is a scene."""
        sample = self.pictures[number][key].sample
        return replace(sample, scene=sample.scene or self.sets[number].detect)

    def fold(self, number: int, key: str) -> int:
        """Where a picture belongs."""
        return self.pictures[number][key].fold

    def of(self, fold: int) -> list[tuple[int, Sample]]:
        """The pictures of a fold with the number of their set, in order."""
        return [
            (number, placed.sample)
            for number, table in enumerate(self.pictures)
            for placed in table.values()
            if placed.fold == fold
        ]

    def aside(self, kept: Collection[tuple[int, str]]) -> Division:
        """The same with all pictures of its folds set aside but some, by set and key."""
        tables = [
            {
                key: placed if placed.fold < 0 or (number, key) in kept else replace(placed, fold=ASIDE)
                for key, placed in table.items()
            }
            for number, table in enumerate(self.pictures)
        ]
        return replace(self, pictures=tuple(tables))

    def place(self, fold: int, recipe: Recipe, found: Examples) -> Examples:
        """The pictures of a run that holds one fold, or, with VALIDATION, what is held for all.

        What belongs to neither is left out of it, and named.
        """
        numbers = [self.number(entry) for entry in recipe.data]
        folds = [
            self._fold(numbers[own], sample.key)
            for own, sample in zip(found.sets.tolist(), found.samples, strict=True)
        ]
        away = {ASIDE, VALIDATION} - {fold}
        kept = np.array([own not in away for own in folds], bool)  # Without a label it is left out later.
        others = [
            LeftOut(sample.key, "held apart from all folds")
            for sample, own in zip(found.samples, folds, strict=True)
            if own in away
        ]
        hold = np.array([1 if own == fold else -1 for own in folds], np.int8)
        return replace(replace(found, hold=hold).take(kept), left_out=[*found.left_out, *others])

    def _fold(self, number: int, key: str) -> int | None:
        """Where a picture belongs; None of one without a label for what is divided."""
        placed = self.pictures[number].get(key)
        return None if placed is None else placed.fold

    def load(self, fold: int, recipe: Recipe, root: Path, spec: NetworkInput) -> Split:
        """The parts of a run that holds one fold; see load_parts."""
        return load_parts(recipe, root, spec, partial(self.place, fold))

    def write(self, run: Path) -> None:
        """Write down in a run's folder who belongs where, or make sure that it is as it was.

        With one set it is a file of ``mimik data split``.

        Raises:
            OutputExistsError: The folder holds folds of other pictures, or others of these.
            OutputError: It can't be written.
        """
        rows: list[tuple[Any, ...]] = [COLUMNS]
        for number, table in enumerate(self.pictures):
            for key, placed in table.items():
                fold = placed.fold if placed.fold >= 0 else ""
                rows.append((key, NAMES.get(placed.fold, "train"), fold, placed.sample.group, number))
        text, path = table_text(rows), run / FILE
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise OutputExistsError(
                f"{run}: holds folds of other pictures, or another division of these; "
                "name another folder with --run"
            )
        run.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)


def same_set(one: DataOptions, other: DataOptions) -> bool:
    """Whether two entries of recipes are the same pictures, whatever is taken of their labels."""
    names = ("reader", "path", "split", "splits", "detect", "leave_out")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def fold_recipe(recipe: Recipe, fold: int) -> Recipe:
    """The recipe of a run that holds one fold, whatever else its sets say of folds."""
    data: Sequence[DataOptions] = [replace(entry, folds=0, hold=False) for entry in recipe.data]
    return replace(recipe, fold=fold, data=tuple(data))
