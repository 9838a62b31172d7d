"""Fitting a network as a whole, epoch by epoch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mimik.errors import RecipeError
from mimik.models.inputs import NetworkInput
from mimik.train.best import Best, keep_best, read_best
from mimik.train.checkpoint import CHECKPOINT, State
from mimik.train.inputs.examples import Examples
from mimik.train.objectives.joint import JointObjective
from mimik.train.optimise import frozen_groups
from mimik.train.phases.base import Material
from mimik.train.phases.epochs import run_epoch
from mimik.train.phases.options import FitPhase
from mimik.train.phases.schedules import warmed_up
from mimik.train.phases.teacher import kept_probabilities
from mimik.train.predict import logits_of

ANSWERS = "teachers.npz"
"""File in the run's folder that holds what the teachers said."""


class Fit:
    """Trains the epochs that are left, each safe on the disk."""

    def __init__(self, options: FitPhase) -> None:
        self.options = options

    def check(self, material: Material) -> None:
        """There must be a batch of pictures, and a label for each head in validation."""
        name, batch = self.options.epochs.name, self.options.epochs.optim.batch
        count, held = len(material.pictures), material.held
        if self.options.folds and not len(held):
            raise RecipeError(
                f"{name}: its sets have folds and none was named, so nothing is held for validation; "
                f"name one with --fold, 0 to {self.options.folds - 1}"
            )
        if not len(held) or count < batch:
            raise RecipeError(
                f"{name}: {count} {held.word} to train on and {len(held)} for validation are too few "
                f"for batches of {batch}; lower [optim] batch, raise holdout, or add data"
            )
        try:
            material.objective.targets(held.samples)
        except RecipeError as error:
            raise RecipeError(f"validation: {error}") from error

    def fits(self, network: nn.Module) -> None:
        """The layer groups that it trains must be there."""
        frozen_groups(network, self.options.epochs)

    def run(self, state: State, material: Material) -> Iterator[dict[str, Any]]:
        """See Phase; a row an epoch, with the figures of validation."""
        options, objective, run = self.options.epochs, material.objective, material.run
        processes = material.processes
        optim = options.optim
        best = read_best(run, state.phase)
        if self._over(state, best):
            return
        said = processes.after_first(
            lambda: kept_probabilities(material.teachers, material.pictures, run / ANSWERS)
        )
        told = {name: torch.from_numpy(values) for name, values in {**said, **material.said}.items()}
        targets = objective.targets(material.pictures.samples, told)
        targets = targets.to(next(state.network.parameters()).device)
        wanted, heard = objective.targets(material.held.samples), material.watch.stepped
        while not self._over(state, best):
            began = time.monotonic()
            learned = (options, objective, material.pictures, targets, heard, processes)
            loss = run_epoch(state, state.network, *learned)
            figures = processes.told(
                lambda: validation_figures(state.averaged, objective, material.held, wanted, options.takes)
            )
            state.epoch += 1
            best = keep_best(best, state.epoch, figures, state.averaged, run, state.phase, processes.first)
            row = self._row(state, loss, figures)
            batches = len(material.pictures) // optim.batch
            if state.plateau and warmed_up(optim, state.step - 1, optim.epochs * batches):
                state.plateau.step(figures["validation_loss"])
            if processes.first:
                state.save(run / CHECKPOINT)
            processes.wait()  # Until what the first writes is there for all.
            seconds = round(time.monotonic() - began, 1)
            yield row | {"seconds": seconds, "pictures": len(material.pictures)}

    def _row(self, state: State, loss: float, figures: Mapping[str, float]) -> dict[str, Any]:
        """What the log says of an epoch; where validation sets the rate, that too."""
        options, row = self.options.epochs, {"epoch": state.epoch}
        phase = {"phase": options.phase} if options.phase else {}
        rate = {"rate": state.optimiser.param_groups[0]["lr"]} if state.plateau else {}
        return row | phase | {"loss": round(loss, 4)} | dict(figures) | rate

    def _over(self, state: State, best: Best | None) -> bool:
        """Whether all epochs of the phase are done, or patience has come to its end."""
        optim = self.options.epochs.optim
        waited = state.epoch - best.epoch if best else 0
        return state.epoch - state.began >= optim.epochs or 0 < optim.patience <= waited


def validation_figures(
    network: nn.Module, objective: JointObjective, held: Examples, wanted: Tensor, takes: NetworkInput
) -> dict[str, float]:
    """What validation says of a network: ``validation_loss``, and each head's figure.

    Args:
        network: Whose answers are judged.
        objective: What is minimised.
        held: The N pictures of validation.
        wanted: Their targets, (N, T): by their own labels, without a teacher.
        takes: The network's input.
    """
    logits = logits_of(network, held, takes)
    loss = float(objective.loss(torch.from_numpy(logits), wanted))
    return {"validation_loss": round(loss, 4)} | objective.scores(logits, held.samples)
