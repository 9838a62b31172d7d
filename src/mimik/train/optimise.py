"""What moves a network's weights: the optimiser, over those that learn."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from mimik.errors import RecipeError
from mimik.train.networks.base import layer_groups
from mimik.train.phases.options import EpochOptions
from mimik.train.recipe.options import OptimOptions


def frozen_groups(network: nn.Module, options: EpochOptions) -> list[nn.Module]:
    """The layers of a network that stay as they are in a phase.

    Args:
        network: Whose layer groups are told by name.
        options: Of the phase; it says which of them learn.

    Raises:
        RecipeError: A group isn't there, or nothing of those that are named learns.
    """
    if not (train := options.train):
        return []
    where = f"{options.name}: phase {options.phase!r}"
    groups = layer_groups(network)
    if unknown := [name for name in train if name not in groups]:
        raise RecipeError(
            f"{where}: {unknown[0]!r} is no layer group of a {type(network).__name__}; "
            f"there is {', '.join(groups)}"
        )
    if not any(True for name in train for _ in groups[name].parameters()):
        raise RecipeError(f"{where} trains nothing: {', '.join(train)} has no learned values")
    return [group for name, group in groups.items() if name not in train]


def make_optimiser(network: nn.Module, optim: OptimOptions) -> torch.optim.Optimizer:
    """An optimiser over the weights that learn, with nothing averaged yet."""
    # Weight decay pulls at convolutions only, not at normalisation or biases.
    learning = [p for p in network.parameters() if p.requires_grad]
    decayed = [p for p in learning if p.ndim > 1]
    others = [p for p in learning if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
    rate, decay, betas = optim.learning_rate, optim.weight_decay, (optim.momentum, optim.beta2)
    if optim.optimiser == "sgd":
        return torch.optim.SGD(groups, rate, optim.momentum, weight_decay=decay, nesterov=True)
    kind = torch.optim.Adam if optim.optimiser == "adam" else torch.optim.AdamW
    return kind(groups, rate, betas, weight_decay=decay)


def make_plateau(optimiser: torch.optim.Optimizer, optim: OptimOptions) -> ReduceLROnPlateau | None:
    """What lowers the rate where validation stands still; None where the rate goes by steps."""
    if optim.schedule != "plateau":
        return None
    return ReduceLROnPlateau(optimiser, factor=optim.factor, patience=optim.plateau - 1)
