"""Fitting a network, epoch by epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mimik.errors import DivergedError
from mimik.models.inputs import MEAN, STD
from mimik.train.checkpoint import State, average_weights
from mimik.train.inputs.batches import training_batches
from mimik.train.inputs.pictures import Pictures
from mimik.train.objectives.joint import JointObjective
from mimik.train.predict import logits_of
from mimik.train.recipe.recipe import Recipe


def fit_epochs(
    state: State,
    recipe: Recipe,
    objective: JointObjective,
    pictures: Pictures,
    targets: Tensor,
    held: Pictures,
    checkpoint: Path,
) -> Iterator[dict[str, Any]]:
    """Train the epochs that are left, each safe on the disk; yields rows of the log."""
    while state.epoch < recipe.optim.epochs:
        began = time.monotonic()
        loss = run_epoch(state, recipe, objective, pictures, targets)
        state.epoch += 1
        state.save(checkpoint)
        row: dict[str, Any] = {"epoch": state.epoch, "loss": round(loss, 4)}
        if state.epoch % 5 == 0 or state.epoch == recipe.optim.epochs:
            row |= objective.scores(logits_of(state.averaged, held, recipe), held.samples)
        yield row | {"seconds": round(time.monotonic() - began, 1), "pictures": len(pictures)}


def run_epoch(
    state: State, recipe: Recipe, objective: JointObjective, pictures: Pictures, targets: Tensor
) -> float:
    """One pass over the pictures; returns the mean loss."""
    device = targets.device
    total_steps = recipe.optim.epochs * (len(pictures) // recipe.optim.batch)
    rng = np.random.default_rng((recipe.seed, state.epoch, 1))
    losses: list[Tensor] = []
    (state.part or state.network).train()
    for rows, batch in training_batches(pictures, recipe, state.epoch, MEAN, STD):
        for group in state.optimiser.param_groups:
            group["lr"] = recipe.optim.learning_rate * schedule(state.step / total_steps, recipe.optim.warmup)
        x = torch.from_numpy(batch).to(device, memory_format=torch.channels_last)
        wanted = targets[torch.from_numpy(rows).to(device)]
        other, share = None, 0.0
        if recipe.objective.mixup and rng.random() < 0.5:
            share = float(rng.beta(recipe.objective.mixup, recipe.objective.mixup))
            other = wanted[(mixed := torch.from_numpy(rng.permutation(len(rows))).to(device))]
            x = x.lerp(x[mixed], share)
        with torch.autocast(device.type, torch.bfloat16):
            logits = state.network(x).float()
        loss = objective.loss(logits, wanted)
        if other is not None:
            loss = loss.lerp(objective.loss(logits, other), share)
        state.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimiser.step()
        state.step += 1
        average_weights(state, recipe.optim.ema)
        losses.append(loss.detach())
        if len(losses) % 50 == 0 and not bool(torch.isfinite(loss)):
            break
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        raise DivergedError(
            f"{recipe.name}: the loss became {mean} in epoch {state.epoch + 1}; lower [optim] learning_rate; "
            "the checkpoint before it is kept"
        )
    return mean


def schedule(progress: float, warmup: float) -> float:
    """Share of the learning rate: up in a line, down in a cosine; progress is 0 to 1."""
    if progress < warmup:
        return (progress + 1e-4) / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))
