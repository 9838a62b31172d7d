"""What the trials of a study are compared by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mimik.errors import RecipeError, UnknownNameError
from mimik.train.best import LOWER, rank
from mimik.train.objectives.joint import joint_objective
from mimik.train.recipe.recipe import Recipe
from mimik.train.tune.space import Space

LOSS = "validation_loss"
"""What is watched where there are several heads."""
NO_FIGURES = frozenset({"epoch", "phase", "rate", "loss", "seconds", "pictures"})
"""Columns of a log that say nothing of validation."""
WEIGHS = ("objective.", "heads.")
"""Beginnings of the fields that change what the loss measures."""


@dataclass(frozen=True)
class Figure:
    """A figure of validation."""

    name: str
    """As the log has it: "accuracy", "age mae"."""

    @property
    def lower(self) -> bool:
        """Whether it is better when lower."""
        return self.name.split(" ")[-1] in LOWER

    def of(self, row: Mapping[str, Any]) -> float | None:
        """Its value in a row of the log; None if there is none."""
        value = row.get(self.name)
        return None if value is None else float(value)

    def final(self, rows: Sequence[Mapping[str, Any]], recipe: Recipe) -> float | None:
        """Its value for the epoch that is exported: the last, or the best if training ends by patience."""
        last = recipe.course[-1].epochs
        found = [row for row in rows if row.get("phase", "") == last.phase and self.name in row]
        if not found:
            return None
        if not last.optim.patience:
            return self.of(found[-1])
        ranks = [rank({k: v for k, v in row.items() if k not in NO_FIGURES}) for row in found]
        return self.of(found[ranks.index(max(ranks))])


def figure_of(space: Space) -> Figure:
    """What a study makes better.

    Raises:
        RecipeError: [tune] names no figure of the recipe, or the loss, whose meaning the space changes.
    """
    recipe, asked = space.recipe, space.options.figure
    objective = joint_objective(recipe)
    several = len(recipe.all_heads) > 1
    own = [
        f"{head.target_name} {part.figure}" if several else part.figure
        for head, part in zip(objective.heads, objective.parts, strict=True)
        if head in recipe.trained
    ]
    name = asked or (LOSS if several else own[0])
    if name not in (*own, LOSS):
        raise RecipeError(f"{space.where}: [tune] {UnknownNameError('figure', name, (*own, LOSS))}")
    changing = [d.name for d in space.dimensions if d.name.startswith(WEIGHS)]
    if name == LOSS and changing:
        raise RecipeError(
            f"{space.where}: [tune] {changing[0]} changes what validation_loss measures, so trials can't be "
            f"compared by it; set figure to {' or '.join(map(repr, own))}"
        )
    return Figure(name)
