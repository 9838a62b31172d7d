"""The pictures of a study, loaded once for all trials that see them alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mimik.models.inputs import NetworkInput
from mimik.train.inputs.parts import parted, with_recipe_draws
from mimik.train.inputs.split import Split
from mimik.train.recipe.recipe import Recipe


class KeptParts:
    """Loads and parts a recipe's pictures, or takes those of the trial before where they are the same."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] | None = None
        self._split: Split | None = None

    def __call__(self, recipe: Recipe, root: Path, spec: NetworkInput) -> Split:
        """See mimik.train.inputs.parts.load_parts."""
        key = _key(recipe, root, spec)
        if self._split is None or self._key != key:
            self._split = None  # Not two sets in memory at once.
            self._split, self._key = parted(recipe, root, spec), key
        trained = self._split.trained
        weights = np.array([recipe.data[number].weight for number in trained.sets.tolist()], np.float64)
        return with_recipe_draws(replace(self._split, trained=replace(trained, weights=weights)), recipe)


def _key(recipe: Recipe, root: Path, spec: NetworkInput) -> tuple[Any, ...]:
    """All that decides which pictures there are and how they are parted, but not how often they are drawn."""
    data = [replace(entry, weight=1.0, share=0.0, balanced=False) for entry in recipe.data]
    heads = [replace(head, weight=1.0, votes=-1.0) for head in recipe.trained]
    own = bool(recipe.objective.own_classes)
    return (root, spec, data, heads, own, recipe.teacher.unlabelled, recipe.holdout, recipe.fold)
