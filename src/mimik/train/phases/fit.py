"""Fitting a network as a whole, epoch by epoch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch

from mimik.errors import RecipeError
from mimik.train.checkpoint import CHECKPOINT, State
from mimik.train.phases.base import Material
from mimik.train.phases.epochs import run_epoch
from mimik.train.phases.options import FitPhase
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
                f"{name}: {count} pictures to train on and {len(held)} for validation are too few "
                f"for batches of {batch}; lower [optim] batch, raise holdout, or add data"
            )
        try:
            material.objective.targets(held.samples)
        except RecipeError as error:
            raise RecipeError(f"validation: {error}") from error

    def run(self, state: State, material: Material) -> Iterator[dict[str, Any]]:
        """See Phase; a row an epoch, every fifth with the figures of validation."""
        options, held, last = self.options.epochs, material.held, self.options.epochs.optim.epochs
        if state.epoch >= last:
            return
        said = kept_probabilities(material.teachers, material.pictures, material.run / ANSWERS)
        told = {name: torch.from_numpy(values) for name, values in said.items()}
        targets = material.objective.targets(material.pictures.samples, told)
        targets = targets.to(next(state.network.parameters()).device)
        while state.epoch < last:
            began = time.monotonic()
            loss = run_epoch(state, state.network, options, material.objective, material.pictures, targets)
            state.epoch += 1
            state.save(material.run / CHECKPOINT)
            row: dict[str, Any] = {"epoch": state.epoch, "loss": round(loss, 4)}
            if state.epoch % 5 == 0 or state.epoch == last:
                row |= material.objective.scores(logits_of(state.averaged, held, options.crop), held.samples)
            seconds = round(time.monotonic() - began, 1)
            yield row | {"seconds": seconds, "pictures": len(material.pictures)}
