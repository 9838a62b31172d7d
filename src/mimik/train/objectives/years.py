"""Which objective an age has."""

from __future__ import annotations

from mimik.train.objectives.age import AgeObjective
from mimik.train.objectives.number import NumberObjective
from mimik.train.recipe.losses import NUMBERS, loss_of
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions


def years_objective(
    head: HeadOptions, options: ObjectiveOptions, share: float
) -> AgeObjective | NumberObjective:
    """That of one number where the loss is of such, else that of a distribution over the years."""
    kind = NumberObjective if loss_of(head, options) in NUMBERS else AgeObjective
    return kind(head, options, share)
