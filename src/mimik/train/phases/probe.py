"""Fitting probes on a network that stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from torch import nn

from mimik.errors import RecipeError
from mimik.train.checkpoint import State
from mimik.train.objectives.joint import JointObjective
from mimik.train.phases.base import Material
from mimik.train.phases.epochs import run_epoch
from mimik.train.phases.options import ProbePhase
from mimik.train.phases.regression import fit_heads, probe_rows
from mimik.train.predict import logits_of


class Probe:
    """Fits the probes: the network's branch, if it has one, then the regression."""

    def __init__(self, options: ProbePhase) -> None:
        self.options = options

    def fits(self, network: nn.Module) -> None:
        """Its last layer, whose inputs are the features, must be a linear one called ``classes``."""
        if not isinstance(getattr(network, "classes", None), nn.Linear):
            raise RecipeError(
                f"{self.options.epochs.name}: a {type(network).__name__} can't be probed: it doesn't "
                "end in a linear layer 'classes'; use the family resnet, here and in the run of start"
            )

    def check(self, material: Material) -> None:
        """Each head needs a label, a branch a batch of pictures; no validation is needed."""
        material.objective.targets(material.pictures.samples)
        count, batch = len(material.pictures), self.options.epochs.optim.batch
        if self.options.branch_outputs and count < batch:
            raise RecipeError(
                f"{self.options.epochs.name}: {count} pictures are too few for batches of {batch}, "
                "by which [network] branch is trained; lower [optim] batch, or add data"
            )

    def run(self, state: State, material: Material) -> Iterator[dict[str, Any]]:
        """See Phase; a row an epoch of the branch, and one of the regression with the figures."""
        options, objective, pictures = self.options, material.objective, material.pictures
        if (branch := keep_but_branch(state, options, objective)) is not None:
            targets = objective.targets(pictures.samples).to(next(branch.parameters()).device)
            while state.epoch < options.epochs.optim.epochs:
                learned = (options.epochs, objective, pictures, targets, material.watch.stepped)
                loss = run_epoch(state, branch, *learned, material.processes)
                state.epoch += 1
                yield {"epoch": state.epoch, "loss": round(loss, 4), "pictures": len(pictures)}
        row = material.processes.told(lambda: self._fitted(state, material))
        yield row | {"pictures": len(pictures)}

    def _fitted(self, state: State, material: Material) -> dict[str, Any]:
        """What the log says of the probes, which are fitted here."""
        options, objective, held = self.options, material.objective, material.held
        row: dict[str, Any] = {
            "loss": round(fit_heads(state.averaged, options, objective, material.pictures), 4)
        }
        if len(held):
            logits = logits_of(state.averaged, held, options.epochs.takes)
            row |= objective.scores(logits, held.samples)
        return row


def keep_but_branch(state: State, options: ProbePhase, objective: JointObjective) -> nn.Module | None:
    """Have the next epochs train the network's branch and nothing else; returns it, None if there is none.

    The probes' logits are then the branch's alone.

    Raises:
        RecipeError: The branch is for other heads than the probes.
    """
    branch = getattr(state.network, "branch", None)
    if not isinstance(branch, nn.Module):
        return None
    state.network.eval().requires_grad_(False)
    branch.requires_grad_(True)
    rows = probe_rows(options, objective)
    for network in (state.network, state.averaged):
        for values in cast(nn.Linear, network.classes).parameters():
            values.data[rows] = 0
    return branch
