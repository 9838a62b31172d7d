"""Training an ensemble's members, and what they say of pictures that they haven't seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.errors import RecipeError
from mimik.evaluate.ask import ask
from mimik.evaluate.rows import AskOptions
from mimik.models.shared import Shared
from mimik.tasks.loaded import load_model
from mimik.train.ensemble.parts import Part, finished_parts, trained_parts
from mimik.train.ensemble.recipe import EnsembleRecipe, Finished, Trained
from mimik.train.folds.answers import OutOfFold, ask_folds
from mimik.train.folds.division import VALIDATION, Division, fold_recipe
from mimik.train.folds.run import is_finished, run_folds
from mimik.train.loop import train
from mimik.train.recipe.recipe import Recipe

FOLDER, WHOLE = "members", "whole"
"""Folder of the members in that of an ensemble's run, and of each one's run on all pictures."""


@dataclass(frozen=True, eq=False)
class Joined:
    """What is joined, and what was said of pictures by members that hadn't seen them."""

    parts: list[Part]
    """The outputs, in order."""
    unseen: list[NDArray[np.float32]]
    """What each says of the N pictures that are fitted on, (N, K of its own); none where nothing is."""


def whole_recipe(recipe: Recipe) -> Recipe:
    """A member's recipe that trains on all folds; the ensemble's validation is its own."""
    return fold_recipe(recipe, -1)


def train_members(
    recipe: EnsembleRecipe,
    data: Path,
    run: Path,
    division: Division,
    told: Callable[[str], None],
    **words: Any,
) -> dict[str, Path]:
    """Train the members that aren't finished, each by folds where that is needed, then on all folds.

    Args:
        recipe: The ensemble's.
        data: Folder that holds the data sets.
        run: Folder of the ensemble's run.
        division: Who is in which fold.
        told: Hears what comes next.
        words: Further ones of mimik.train.loop.train.

    Returns:
        Name of each member to its run on all folds.
    """
    found = {}
    for number, member in enumerate(recipe.trained):
        folder = run / FOLDER / member.name
        called = f"member {member.name}, {number + 1} of {len(recipe.trained)}"
        if recipe.by_folds:
            named = partial(_told_of, told, called)
            run_folds(member.recipe, data, folder, division, told=named, **words)
        own, whole = whole_recipe(member.recipe), folder / WHOLE
        found[member.name] = whole
        if is_finished(whole, own):
            told(f"{called}: finished")
            continue
        told(f"{called}: in {whole}")
        train(own, data, whole, load=partial(division.load, VALIDATION), **words)
    return found


def _told_of(told: Callable[[str], None], called: str, line: str) -> None:
    """Tell what comes next of a member."""
    told(f"{called}: {line}")


def all_parts(recipe: EnsembleRecipe, runs: Mapping[str, Path]) -> list[Part]:
    """The outputs of all members.

    Raises:
        RecipeError: A finished member isn't there, or is damaged.
    """
    found: list[Part] = []
    for member in recipe.members:
        if isinstance(member, Finished):
            found += finished_parts(member, recipe)
        else:
            found += trained_parts(member, runs[member.name], recipe)
    return found


def unseen_answers(
    recipe: EnsembleRecipe,
    run: Path,
    division: Division,
    parts: Sequence[Part],
    places: Sequence[tuple[int, str]],
) -> Joined:
    """What members say of pictures that they haven't learned from, and the temperatures by that.

    Args:
        recipe: The ensemble's.
        run: Folder of its run.
        division: Who is in which fold.
        parts: The outputs that are joined.
        places: Set and key of each picture.
    """
    folds = [division.fold(*place) for place in places]
    by_fold = [[p for p, f in zip(places, folds, strict=True) if f == k] for k in range(len(division.names))]
    order = np.argsort(np.argsort(np.array(folds), kind="stable"), kind="stable")
    answers: dict[str, Mapping[str, OutOfFold]] = {}
    shared, samples = Shared(), [division.sample(*place) for place in places]
    found = Joined([], [])
    for part in parts:
        member = next(m for m in recipe.members if m.name == part.name)
        if isinstance(member, Trained):
            if member.name not in answers:
                runs = [run / FOLDER / member.name / f"fold-{k}" for k in range(len(division.names))]
                answers[member.name] = ask_folds(member.recipe, runs, division, by_fold)
            own = answers[member.name][part.card.name]
            found.parts.append(part.with_temperature(own.card.temperature))
            found.unseen.append(own.logits[order])
        else:
            found.parts.append(part)
            found.unseen.append(ask_part(part, samples, shared))
    return found


def ask_part(part: Part, samples: Sequence[Sample], shared: Shared) -> NDArray[np.float32]:
    """What one output says of samples, all of which it must answer, (N, K).

    Raises:
        RecipeError: A picture can't be read any more.
    """
    card = part.file.with_name(f"{part.card.name}.json")
    word = str(card if card.is_file() else part.file)
    answers, _ = ask(load_model(part.card.task, word, "cpu", shared=shared), samples, AskOptions())
    if len(answers.samples) < len(samples):
        first = answers.failed[0]["error"] if answers.failed else f"{answers.missed[0].key}: no face found"
        raise RecipeError(f"a picture can't be read any more: {first}")
    return np.asarray(answers.logits[:, 0], np.float32)
