"""Passes over the pictures, each by gradient descent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mimik.errors import DivergedError
from mimik.models.inputs import MEAN, STD
from mimik.train.checkpoint import State, average_weights
from mimik.train.distributed import ALONE, Processes
from mimik.train.inputs.batches import training_batches
from mimik.train.inputs.examples import Examples
from mimik.train.objectives.joint import JointObjective
from mimik.train.phases.blend import blended
from mimik.train.phases.options import EpochOptions
from mimik.train.phases.schedules import set_rate
from mimik.train.precision import computing, layout_for


def run_epoch(
    state: State,
    trained: nn.Module,
    options: EpochOptions,
    objective: JointObjective,
    pictures: Examples,
    targets: Tensor,
    heard: Callable[[int, int, int], None] = lambda epoch, batch, batches: None,
    processes: Processes = ALONE,
) -> float:
    """One pass over the pictures.

    Args:
        state: What is changed.
        trained: The network, or the part of it that is trained where the rest stays as it is.
        options: How.
        objective: What is minimised.
        pictures: Those to train on.
        targets: Of these pictures, on the network's device.
        heard: Gets the epoch, counted from 1, the batches that are done and how many there are.
        processes: Those that share each batch.

    Returns:
        The mean loss.

    Raises:
        DivergedError: It is no longer a number.
        LostProcessError: One of the processes has ended.
    """
    device, optim = targets.device, options.optim
    batches = len(pictures) // optim.batch
    total_steps = optim.epochs * batches
    rng = np.random.default_rng((options.seed, state.epoch, 1))
    losses: list[Tensor] = []
    trained.train()
    for group in state.frozen:  # Normalisation there must not follow the pictures.
        group.eval()
    layout = layout_for(device, [optim.precision], options.takes)
    own = processes.part(optim.batch)
    made = slice(None) if options.blend.any else own  # What is blended may be another's.
    for rows, batch in training_batches(pictures, options, state.epoch, MEAN, STD, made):
        set_rate(state.optimiser, optim, state.step, total_steps)
        x: Sequence[Tensor] = [torch.from_numpy(part).to(device, memory_format=layout) for part in batch]
        wanted = targets[torch.from_numpy(rows).to(device)]
        x, other, share = blended(x, wanted, options.blend, rng)
        if options.blend.any:
            x = [part[own] for part in x]
        with computing(device, optim.precision), processes.whole(optim.batch):
            logits = state.network(*x).float()
        logits = processes.gathered(logits, optim.batch)
        loss = objective.loss(logits, wanted)
        if other is not None:
            loss = loss.lerp(objective.loss(logits, other), share)
        state.optimiser.zero_grad(set_to_none=True)
        state.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        processes.sum_gradients(state.network)
        if optim.clip:
            state.scaler.unscale_(state.optimiser)
            nn.utils.clip_grad_norm_(state.network.parameters(), optim.clip)
        state.scaler.step(state.optimiser)
        state.scaler.update()
        if optim.max_norm:
            limit_weights(state.network, optim.max_norm)
        state.step += 1
        average_weights(state, optim.ema)
        losses.append(loss.detach())
        heard(state.epoch + 1, len(losses), batches)
        if len(losses) % 50 == 0 and not bool(torch.isfinite(loss)):
            break
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        of = f"phase {options.phase!r}, lower its" if options.phase else "lower [optim]"
        raise DivergedError(
            f"{options.name}: the loss became {mean} in epoch {state.epoch + 1}; {of} learning_rate "
            f"({optim.learning_rate:g})"
            + (" and name another folder with --run; the checkpoint before it is kept" if state.epoch else "")
        )
    return mean


@torch.no_grad()
def limit_weights(network: nn.Module, most: float) -> None:
    """Cut the weights that learn of each unit of a convolution or dense layer to a length, in place."""
    for weights in network.parameters():
        if weights.requires_grad and weights.ndim > 1:
            weights.copy_(weights.renorm(2, 0, most))
