"""The pictures that an ensemble is fitted and judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.left_out import LeftOut
from mimik.errors import RecipeError
from mimik.train.ensemble.known import known_pictures
from mimik.train.ensemble.parts import Part
from mimik.train.ensemble.recipe import EnsembleRecipe
from mimik.train.folds.divide import FoldOptions, divide_sets
from mimik.train.folds.division import VALIDATION, Division, fold_recipe
from mimik.train.folds.run import with_own_classes
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.split import Split
from mimik.train.recipe.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Material:
    """What an ensemble is fitted and judged by."""

    division: Division
    """Who is in which fold."""
    split: Split
    """The pictures to fit on, and those of validation."""
    parts: list[Part]
    """The outputs that are joined."""
    remarks: tuple[str, ...]
    """What the card must say of the members, a sentence each."""


def divided(recipe: EnsembleRecipe, data: Path) -> Division:
    """The pictures of an ensemble and of its members in folds, and what is held for validation."""
    joined, options = recipe.joined, recipe.options
    heads = [head for r in (joined, *(m.recipe for m in recipe.trained)) for head in r.trained]
    own = next(
        (r.own_tasks for r in (joined, *(m.recipe for m in recipe.trained)) if r.own_tasks.labels),
        joined.own_tasks,
    )
    folds = FoldOptions(0 if options.subjects else options.folds, options.subjects, joined.holdout, 0)
    found = divide_sets(joined.data, data, heads, folds, own)
    return with_own_classes(found) if joined.objective.own_classes else found


def material_of(recipe: EnsembleRecipe, data: Path, division: Division, finished: Sequence[Part]) -> Material:
    """The pictures that an ensemble is fitted and judged by, without those that a finished member knows."""
    joined = fold_recipe(recipe.joined, -1)
    split = division.load(VALIDATION, joined, data, joined.takes)
    if not len(split.held):
        raise RecipeError(f"{joined.name}: nothing is held for validation; raise holdout, or add data")
    sides = known_pictures(
        finished, joined.data, (split.trained, split.held), recipe.options.known, joined.name
    )
    kept = [
        _without(side, known.rows) for side, known in zip((split.trained, split.held), sides, strict=True)
    ]
    return Material(division, replace(split, trained=kept[0], held=kept[1]), [], sides[0].remarks)


def _without(side: Examples, known: NDArray[np.bool_]) -> Examples:
    """Some pictures without those that a member knows, which are named."""
    away = [
        LeftOut(s.key, "a member was trained on it") for s, k in zip(side.samples, known, strict=True) if k
    ]
    return replace(side.take(~known), left_out=[*side.left_out, *away])


def places_of(joined: Recipe, material: Material) -> list[tuple[int, str]]:
    """Set and key of each picture that is fitted on."""
    trained, numbers = material.split.trained, [material.division.number(entry) for entry in joined.data]
    return [(numbers[k], s.key) for k, s in zip(trained.sets.tolist(), trained.samples, strict=True)]


def asked_of(joined: Recipe, material: Material) -> list[Sample]:
    """The pictures of validation as they are asked for."""
    numbers, held = [material.division.number(entry) for entry in joined.data], material.split.held
    return [
        replace(material.division.sample(numbers[k], s.key), group=s.group)
        for k, s in zip(held.sets.tolist(), held.samples, strict=True)
    ]
