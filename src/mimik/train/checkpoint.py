"""Everything that changes while training, kept on the disk."""

from __future__ import annotations

import copy
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from mimik.errors import RecipeError
from mimik.storage.whole import output_errors, whole_file
from mimik.train.networks.base import build_network
from mimik.train.optimise import frozen_groups, make_optimiser, make_plateau
from mimik.train.phases.options import FitPhase, ProbePhase
from mimik.train.precision import layout_for, scaler_for
from mimik.train.recipe.recipe import Recipe

CHECKPOINT = "checkpoint.pt"
"""Name of the checkpoint in a run's folder."""


@dataclass
class State:
    """Everything that changes while training, and all that a checkpoint holds."""

    network: nn.Module
    """What the optimiser moves."""
    averaged: nn.Module
    """The mean of its weights over the last steps: what is exported."""
    course: tuple[FitPhase | ProbePhase, ...]
    """The phases of the training."""
    optimiser: torch.optim.Optimizer
    """Over the weights that learn in this phase."""
    scaler: torch.amp.GradScaler = field(default_factory=lambda: torch.amp.GradScaler(enabled=False))
    """What the loss is scaled by where gradients are computed in fp16."""
    plateau: ReduceLROnPlateau | None = None
    """What lowers the rate where validation stands still, if the phase asks for it."""
    frozen: Sequence[nn.Module] = ()
    """Layers of the network that stay as they are in this phase."""
    phase: int = 0
    """Which of the course it is, from 0."""
    began: int = 0
    """Whole passes before this phase."""
    step: int = 0
    """Batches so far, of this phase."""
    epoch: int = 0
    """Whole passes so far, of all phases."""

    def enter(self, phase: int) -> None:
        """Have what learns in a phase learn and nothing else, by an optimiser of its own.

        Args:
            phase: Which of the course, from 0.

        Raises:
            RecipeError: It names layers that the network doesn't have.
        """
        options = self.course[phase].epochs
        self.frozen = frozen_groups(self.network, options)
        self.network.requires_grad_(True)
        for group in self.frozen:
            group.requires_grad_(False)
        self.optimiser = make_optimiser(self.network, options.optim)
        self.plateau = make_plateau(self.optimiser, options.optim)
        self.scaler = scaler_for(self._device, options.optim.precision)
        self.phase, self.began, self.step = phase, self.epoch, 0

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all.

        Raises:
            OutputError: It can't be written: the disk is full, say.
        """
        held = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "plateau": self.plateau.state_dict() if self.plateau else None,
            "phase": self.phase,
            "began": self.began,
            "step": self.step,
            "epoch": self.epoch,
            "torch_rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state(self._device) if self._device.type == "cuda" else None,
        }
        save_tensors(path, held)

    def load(self, path: Path) -> None:
        """Go back to a checkpoint, the state of the random numbers included.

        Raises:
            RecipeError: It is damaged.
        """
        try:
            held = torch.load(path, map_location="cpu", weights_only=True)
            self.enter(held.get("phase", 0))  # Older checkpoints are of one phase.
            self.network.load_state_dict(held["network"])
            self.averaged.load_state_dict(held["averaged"])
            self.optimiser.load_state_dict(held["optimiser"])
            if self.scaler.is_enabled():
                self.scaler.load_state_dict(held["scaler"])
            if self.plateau:
                self.plateau.load_state_dict(held["plateau"])
            self.began = held.get("began", 0)
            self.step, self.epoch = held["step"], held["epoch"]
            torch.set_rng_state(held["torch_rng"])
        except Exception as error:  # what a damaged pickle raises has no common base
            raise RecipeError(f"{path}: damaged; delete it, and the run begins anew") from error
        if self._device.type == "cuda" and held.get("cuda_rng") is not None:  # Older checkpoints have none.
            torch.cuda.set_rng_state(held["cuda_rng"], self._device)

    @property
    def _device(self) -> torch.device:
        return next(self.network.parameters()).device


def save_tensors(path: Path, held: Mapping[str, Any]) -> None:
    """Write a file of torch's, whole or not at all.

    It is made in memory first: what torch raises when a disk is full doesn't say so.

    Raises:
        OutputError: It can't be written.
    """
    stream = io.BytesIO()
    torch.save(dict(held), stream)
    with output_errors(path), whole_file(path) as part:
        part.write_bytes(stream.getbuffer())


def fresh_state(recipe: Recipe, device: torch.device) -> State:
    """Network, averaged copy and optimiser at the start of the first phase, from the recipe's seed."""
    torch.manual_seed(recipe.seed)
    options = dict(recipe.network)
    network = build_network(options.pop("family"), recipe.takes.channels, recipe.output_count, options)
    layout = layout_for(device, recipe.precisions, recipe.takes)
    network.to(device, memory_format=layout)  # type: ignore[call-overload]
    averaged = copy.deepcopy(network).eval().requires_grad_(False)
    state = State(network, averaged, recipe.course, make_optimiser(network, recipe.course[0].epochs.optim))
    state.enter(0)
    return state


@torch.no_grad()
def average_weights(state: State, decay: float) -> None:
    """Move the averaged copy towards the network; faster in the first steps."""
    share = 1 - min(decay, (1 + state.step) / (10 + state.step))
    torch._foreach_lerp_(list(state.averaged.parameters()), list(state.network.parameters()), share)
    for mine, its in zip(state.averaged.buffers(), state.network.buffers(), strict=True):
        if mine.is_floating_point():
            mine.lerp_(its, share)
        else:
            mine.copy_(its)
