"""What a run is about to do, gathered for whoever watches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from mimik.data.left_out import by_reason
from mimik.train.checkpoint import State
from mimik.train.inputs.split import Split
from mimik.train.networks.base import parameter_count
from mimik.train.objectives.joint import JointObjective
from mimik.train.optimise import frozen_groups
from mimik.train.phases.options import EpochOptions
from mimik.train.precision import precision_notes
from mimik.train.recipe.recipe import Recipe
from mimik.train.watch import HeadCounts, PhasePlan, Start


def start_of(
    recipe: Recipe,
    state: State,
    objective: JointObjective,
    split: Split,
    run: Path,
    begun: str = "",
) -> Start:
    """What a run is about to do.

    Args:
        recipe: What is trained.
        state: As it is now.
        objective: What is minimised.
        split: The pictures to train on, and those of validation.
        run: The run's folder.
        begun: What its weights start from, as a sentence; nothing where it is chance, or an earlier call.
    """
    trained, held = (objective.counts(side.samples) for side in (split.trained, split.held))
    device = next(state.network.parameters()).device
    return Start(
        name=recipe.name,
        version=recipe.version,
        run=run,
        network=recipe.network["family"],
        parameters=parameter_count(state.network),
        takes=recipe.takes.text,
        device=str(device),
        threads=torch.get_num_threads(),
        trained=len(split.trained),
        held=len(split.held),
        counts=[HeadCounts(name, trained[name], held[name]) for name in trained],
        left_out=by_reason(split.left_out),
        notes=[
            *filter(None, [begun]),
            *split.notes,
            *_weights(recipe, objective),
            *precision_notes(device, recipe.precisions),
        ],
        epochs=recipe.epochs,
        batch=recipe.optim.batch,
        done=state.epoch,
        patience=recipe.optim.patience,
        word=split.trained.word,
        phases=[phase_plan(state.network, phase.epochs) for phase in recipe.course if phase.epochs.phase],
    )


def phase_plan(network: nn.Module, options: EpochOptions) -> PhasePlan:
    """What a phase is about to do to a network."""
    optim = options.optim
    frozen = sum(parameter_count(group) for group in frozen_groups(network, options))
    return PhasePlan(
        name=options.phase,
        groups=options.train,
        learned=parameter_count(network) - frozen,
        epochs=optim.epochs,
        how=f"{optim.optimiser} at {optim.learning_rate:g}, {optim.schedule.replace('_', ' ')}",
        patience=optim.patience,
    )


def _weights(recipe: Recipe, objective: JointObjective) -> Iterator[str]:
    """What each class weighs in the loss, where they don't weigh the same."""
    for head in recipe.trained:
        if weights := objective.part(head).weights:
            said = ", ".join(f"{label} {weight:.2f}" for label, weight in weights.items())
            yield f"{head.target_name}: weights in the loss: {said}"
