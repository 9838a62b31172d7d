"""Fitting what joins the members, on answers that nobody has learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.evaluate.held import for_task
from mimik.models.card import ModelCard
from mimik.tasks.own import scored_of
from mimik.train.ensemble.combine import Combiner, fit_combiner, joined_logits
from mimik.train.ensemble.gains import FIRST, gains
from mimik.train.ensemble.members import Joined
from mimik.train.ensemble.parts import Part
from mimik.train.ensemble.recipe import EnsembleRecipe
from mimik.train.objectives.joint import JointObjective
from mimik.train.recipe.options import HeadOptions

TURNS = 10
"""Most parts into which folds are gathered, each of which is answered by what the others fitted."""


@dataclass(frozen=True, eq=False)
class FittedCombiner:
    """What joins the members, and what it says of each picture when it wasn't fitted on it."""

    combiner: Combiner
    """Fitted on all pictures."""
    unseen: NDArray[np.float32]
    """(N, K): each picture by members and a combiner that have seen neither it nor its people."""


def fit_joined(
    recipe: EnsembleRecipe,
    joined: Joined,
    samples: Sequence[Sample],
    folds: NDArray[np.intp],
    objective: JointObjective,
) -> FittedCombiner:
    """Fit what joins the members on all pictures, and on all but each part of the folds.

    Args:
        recipe: The ensemble's.
        joined: What the members say of the N pictures.
        samples: These pictures.
        folds: Their folds, (N,).
        objective: What is minimised.
    """
    targets = objective.targets(samples) if recipe.options.fitted else torch.empty(0)
    words: dict[str, Any] = {"objective": objective, "options": recipe.options, "seed": recipe.joined.seed}
    combiner = fit_combiner(joined.parts, joined.unseen, targets, **words)
    if not recipe.options.fitted:
        return FittedCombiner(combiner, joined_logits(combiner, joined.unseen))
    turns = folds % TURNS
    unseen = np.empty((len(samples), objective.outputs), np.float32)
    for turn in np.unique(turns):
        away = turns == turn
        own = fit_combiner(joined.parts, [s[~away] for s in joined.unseen], targets[~away], **words)
        unseen[away] = joined_logits(own, [said[away] for said in joined.unseen])
    return FittedCombiner(combiner, unseen)


def unseen_gains(
    recipe: EnsembleRecipe, joined: Joined, fitted: FittedCombiner, samples: Sequence[Sample], card: ModelCard
) -> dict[str, Any]:
    """The ensemble against its members and their plain mean, on the pictures that were fitted on."""
    (head,) = recipe.joined.all_heads
    said = {FIRST: fitted.unseen, **single_answers(joined.parts, joined.unseen, head)}
    if recipe.options.combine != "mean" and len(said) > 2:
        said["mean"] = plain_mean(recipe, joined, head)
    return scored_gains(said, samples, card, head)


def scored_gains(
    said: Mapping[str, NDArray[np.float32]], samples: Sequence[Sample], card: ModelCard, head: HeadOptions
) -> dict[str, Any]:
    """The same of any answers, over the pictures that have a truth."""
    named, task = for_task(samples, head.task, head.target_name), scored_of(card)
    known = [row for row, sample in enumerate(named) if task.has_truth(sample, card)]
    return gains({name: own[known] for name, own in said.items()}, [named[row] for row in known], card)


def single_answers(
    parts: Sequence[Part], logits: Sequence[NDArray[np.float32]], head: HeadOptions
) -> dict[str, NDArray[np.float32]]:
    """Name of each member that answers as the ensemble does to what it says."""
    return {
        part.member: own
        for part, own in zip(parts, logits, strict=True)
        if part.card.task == head.task and part.card.labels == head.labels
    }


def plain_mean(recipe: EnsembleRecipe, joined: Joined, head: HeadOptions) -> NDArray[np.float32]:
    """The mean of the members that answer as the ensemble does."""
    pairs = [
        (part, said)
        for part, said in zip(joined.parts, joined.unseen, strict=True)
        if part.card.task == head.task and part.card.labels == head.labels
    ]
    options = replace(recipe.options, combine="mean", weights={})
    combiner = Combiner([part for part, _ in pairs], head.labels, head.output_count, options)
    return joined_logits(combiner.eval(), [said for _, said in pairs])
