"""From a recipe's data sets to the pictures that it trains on, and those of its validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from mimik.models.inputs import ClipSpec, NetworkInput, SoundSpec
from mimik.train.inputs.clips import load_clips
from mimik.train.inputs.draws import with_draws
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.films import load_films
from mimik.train.inputs.labels import check_labels, with_listed_labels, with_own_classes, with_rests
from mimik.train.inputs.pictures import load_pictures
from mimik.train.inputs.shelf import most_bytes
from mimik.train.inputs.split import Split, split_holdout
from mimik.train.recipe.recipe import Recipe

Place: TypeAlias = Callable[[Recipe, Examples], Examples]
"""Says which of a recipe's pictures are held (Examples.hold), and leaves others out."""
Load: TypeAlias = Callable[[Recipe, Path, NetworkInput], Split]
"""Loads the pictures of a recipe and parts them; see load_parts."""


def _by_recipe(recipe: Recipe, found: Examples) -> Examples:
    """Leaves it to the recipe what is held."""
    return found


def load_parts(recipe: Recipe, root: Path, spec: NetworkInput, place: Place = _by_recipe) -> Split:
    """Load a recipe's pictures or clips and part them.

    Args:
        recipe: What is trained.
        root: Folder that holds the data sets.
        spec: What of a picture, or of a clip, is kept.
        place: Parts them where the recipe doesn't.

    Raises:
        DataError: A set isn't in its layout.
        RecipeError: A set has no samples, a class has no picture to train on, or nothing can be held.
    """
    return with_recipe_draws(parted(recipe, root, spec, place), recipe)


def parted(recipe: Recipe, root: Path, spec: NetworkInput, place: Place = _by_recipe) -> Split:
    """The same with draws by the sets' weights alone; see load_parts."""
    heads, guess = recipe.trained, recipe.teacher.unlabelled
    sets, most = (recipe.data, root), most_bytes(recipe.loading)
    found: Examples
    if isinstance(spec, SoundSpec):
        found = load_clips(*sets, spec, recipe.fold, recipe.own_tasks, most)
    elif isinstance(spec, ClipSpec):
        found = load_films(*sets, spec, recipe.fold, recipe.own_tasks, most)
    else:
        found = load_pictures(*sets, spec, recipe.fold, recipe.own_tasks, most)
    found = with_rests(place(recipe, found), recipe.all_heads)
    if not guess:
        check_labels(found.samples, heads)
    found = with_listed_labels(found, heads, guess)
    if recipe.objective.own_classes:
        found = with_own_classes(found, recipe.data)
    split = split_holdout(found, recipe.holdout, heads)
    if not guess:
        check_labels(split.trained.samples, heads)
    return split


def with_recipe_draws(split: Split, recipe: Recipe) -> Split:
    """The parts with what is trained on drawn as a recipe says."""
    return replace(split, trained=with_draws(split.trained, recipe.data, recipe.trained))
