"""A small network that learns from an ensemble, from what it said of pictures that it hadn't seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import RecipeError
from mimik.models.card import ModelCard
from mimik.tasks.own import scored_of
from mimik.train.ensemble.members import whole_recipe
from mimik.train.ensemble.recipe import EnsembleRecipe, united_licence
from mimik.train.folds.division import VALIDATION, Division
from mimik.train.folds.run import is_finished
from mimik.train.inputs.examples import Examples
from mimik.train.loop import train
from mimik.train.recipe.recipe import Recipe
from mimik.train.run_folder import TEACHERS, read_configuration

STUDENT = "student"
"""Folder of the student's run in that of an ensemble's."""


@dataclass(frozen=True, eq=False)
class Teaching:
    """What an ensemble says of each picture that a student learns from; see Taught."""

    target: str
    """Name of what is taught."""
    said: Mapping[tuple[int, str], NDArray[np.float32]]
    """Set and key of a picture to its probabilities, (K,)."""
    sets: tuple[int, ...]
    """Number of each of the student's sets among those of the ensemble."""

    sha256: str
    """See Taught: of the members, how they are joined, and which pictures they were asked about."""

    def answers(self, pictures: Examples) -> dict[str, NDArray[np.float32]]:
        """See Taught.

        Raises:
            RecipeError: The student sees a picture that the ensemble wasn't asked about.
        """
        found = []
        for number, sample in zip(pictures.sets.tolist(), pictures.samples, strict=True):
            place = (self.sets[number], sample.key)
            if place not in self.said:
                raise RecipeError(
                    f"{sample.key}: the ensemble wasn't asked about it, so it can't be taught; have the "
                    "student learn from the ensemble's own pictures"
                )
            found.append(self.said[place])
        return {self.target: np.asarray(found, np.float32)}


def teach(
    recipe: EnsembleRecipe,
    data: Path,
    run: Path,
    division: Division,
    said: Mapping[tuple[int, str], NDArray[np.float32]],
    card: ModelCard,
    told: Callable[[str], None],
    **words: Any,
) -> Path | None:
    """Train an ensemble's student, if it has one; returns the folder of its run.

    Args:
        recipe: The ensemble's.
        data: Folder that holds the data sets.
        run: Folder of the ensemble's run.
        division: Who is held for validation.
        said: Set and key of each picture to the ensemble's raw answer, (K,).
        card: The ensemble's, by whose temperature it is calibrated.
        told: Hears what comes next.
        words: Further ones of mimik.train.loop.train.
    """
    if recipe.student is None:
        return None
    own, folder = whole_recipe(with_terms(recipe, card)), run / STUDENT
    digest = _digest(recipe, card, list(said))
    if is_finished(folder, own) and read_configuration(folder).get(TEACHERS) == [digest]:
        told(f"student {own.name}: finished")
        return folder
    logits = np.stack(list(said.values()))
    probabilities = scored_of(card).soft_targets(logits, card)
    (head,) = recipe.joined.all_heads
    target = next(h.target_name for h in own.all_heads if h.task == head.task)
    sets = tuple(division.number(entry) for entry in own.data)
    teaching = Teaching(target, dict(zip(said, probabilities, strict=True)), sets, digest)
    told(f"student {own.name}: in {folder}")
    load = partial(division.aside(said).load, VALIDATION)
    train(own, data, folder, load=load, taught=teaching, **words)
    return folder


def _digest(recipe: EnsembleRecipe, card: ModelCard, places: Sequence[tuple[int, str]]) -> str:
    """What makes the answers of an ensemble those that they are, in hexadecimal."""
    told = [[own["sha256"] for own in card.members], asdict(recipe.options), sorted(places)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def with_terms(recipe: EnsembleRecipe, card: ModelCard) -> Recipe:
    """The student's recipe with the terms of its teacher, where they are stricter."""
    student = recipe.student
    assert student is not None  # See teach.
    names = {str(source.get("name")) for source in student.sources}
    more = tuple(
        {name: value for name, value in own.items() if name not in ("splits", "held")}
        for own in card.data
        if str(own.get("name")) not in names
    )
    return replace(
        student,
        licence=united_licence(student.licence, [card]),
        commercial_use=student.commercial_use and card.commercial_use,
        sources=(*student.sources, *more),
    )
