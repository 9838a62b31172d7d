"""Fitting probes on a network that stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from torch import nn

from mimik.train.checkpoint import State
from mimik.train.inputs.pictures import Pictures
from mimik.train.objectives.joint import JointObjective
from mimik.train.phases.epochs import run_epoch
from mimik.train.phases.probe import fit_heads, probe_rows
from mimik.train.predict import logits_of
from mimik.train.recipe.recipe import Recipe


def fit_probes(
    state: State, recipe: Recipe, objective: JointObjective, pictures: Pictures, held: Pictures
) -> Iterator[dict[str, Any]]:
    """Fit the probes: the network's branch, if it has one, then the regression; yields rows of the log."""
    if (branch := keep_but_branch(state, recipe, objective)) is not None:
        targets = objective.targets(pictures.samples).to(next(branch.parameters()).device)
        while state.epoch < recipe.optim.epochs:
            loss = run_epoch(state, recipe, objective, pictures, targets)
            state.epoch += 1
            yield {"epoch": state.epoch, "loss": round(loss, 4), "pictures": len(pictures)}
    row: dict[str, Any] = {"loss": round(fit_heads(state.averaged, recipe, objective, pictures), 4)}
    if len(held):
        row |= objective.scores(logits_of(state.averaged, held, recipe), held.samples)
    yield row | {"pictures": len(pictures)}


def keep_but_branch(state: State, recipe: Recipe, objective: JointObjective) -> nn.Module | None:
    """Have the next epochs train the network's branch and nothing else; returns it, None if there is none.

    The probes' logits are then the branch's alone.

    Raises:
        RecipeError: The branch is for other heads than the probes.
    """
    branch = getattr(state.network, "branch", None)
    if not isinstance(branch, nn.Module):
        return None
    state.part = branch
    state.network.eval().requires_grad_(False)
    branch.requires_grad_(True)
    rows = probe_rows(recipe, objective)
    for network in (state.network, state.averaged):
        for values in cast(nn.Linear, network.classes).parameters():
            values.data[rows] = 0
    return branch
