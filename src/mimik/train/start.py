"""What a run is about to do, gathered for whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from mimik.train.checkpoint import State
from mimik.train.inputs.pictures import Pictures
from mimik.train.networks.base import parameter_count
from mimik.train.objectives.joint import JointObjective
from mimik.train.recipe.recipe import Recipe
from mimik.train.watch import HeadCounts, Start


def start_of(
    recipe: Recipe,
    state: State,
    objective: JointObjective,
    sides: tuple[Pictures, Pictures],
    left_out: Mapping[str, list[str]],
    run: Path,
) -> Start:
    """What a run is about to do.

    Args:
        recipe: What is trained.
        state: As it is now.
        objective: What is minimised.
        sides: The pictures to train on, and those of validation.
        left_out: Why pictures were left out to their keys.
        run: The run's folder.
    """
    trained, held = (objective.counts(side.samples) for side in sides)
    epochs = 0 if recipe.probes and not recipe.network.get("branch") else recipe.optim.epochs
    return Start(
        name=recipe.name,
        version=recipe.version,
        run=run,
        network=recipe.network["family"],
        parameters=parameter_count(state.network),
        takes=recipe.crop.text,
        device=str(next(state.network.parameters()).device),
        threads=torch.get_num_threads(),
        trained=len(sides[0]),
        held=len(sides[1]),
        counts=[HeadCounts(name, trained[name], held[name]) for name in trained],
        left_out=left_out,
        epochs=epochs,
        batch=recipe.optim.batch,
        done=state.epoch,
        patience=recipe.optim.patience,
    )
