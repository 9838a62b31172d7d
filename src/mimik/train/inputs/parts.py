"""From a recipe's data sets to the pictures that it trains on, and those of its validation."""

from __future__ import annotations

from pathlib import Path

from mimik.models.inputs import CropSpec
from mimik.train.inputs.labels import check_labels, with_listed_labels
from mimik.train.inputs.pictures import load_pictures
from mimik.train.inputs.split import Split, split_holdout
from mimik.train.recipe.recipe import Recipe


def load_parts(recipe: Recipe, root: Path, spec: CropSpec) -> Split:
    """Load a recipe's pictures and part them.

    Args:
        recipe: What is trained.
        root: Folder that holds the data sets.
        spec: What of a picture is kept.

    Raises:
        DataError: A set isn't in its layout.
        RecipeError: A set has no samples, a class has no picture to train on, or nothing can be held.
    """
    heads, guess = recipe.trained, recipe.teacher.unlabelled
    found = load_pictures(recipe.data, root, spec, recipe.fold, recipe.own_tasks)
    if not guess:
        check_labels(found.samples, heads)
    split = split_holdout(with_listed_labels(found, heads, guess), recipe.holdout, heads)
    if not guess:
        check_labels(split.trained.samples, heads)
    return split
