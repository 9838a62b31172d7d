"""How the learning rate goes in the steps of a phase."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch.optim import Optimizer

from mimik.train.recipe.options import OptimOptions

CYCLE_START, CYCLE_END = 1 / 25, 1e-4 / 25
"""One cycle: the first and the last rate, as shares of the highest. These and what follows are the values of
torch's OneCycleLR (Smith and Topin 2017, arXiv:1708.07120)."""
CYCLE_MOMENTUM = (0.95, 0.85)
"""One cycle: the momentum at both ends, and where the rate is highest."""


def set_rate(optimiser: Optimizer, optim: OptimOptions, step: int, steps: int) -> None:
    """Set the learning rate of a step, and with one cycle the momentum.

    Args:
        optimiser: They are set there.
        optim: How they go.
        step: Steps of this phase so far.
        steps: All of them.
    """
    if optim.schedule == "plateau" and warmed_up(optim, step - 1, steps):
        return  # It stays where validation has left it.
    share = SHARES[optim.schedule](step, steps, optim.warmup)
    for group in optimiser.param_groups:
        group["lr"] = optim.learning_rate * share
        if optim.schedule == "one_cycle":
            momentum = _cycle(step, steps, optim.warmup, *CYCLE_MOMENTUM, CYCLE_MOMENTUM[0])
            key = "betas" if "betas" in group else "momentum"
            group[key] = (momentum, *group["betas"][1:]) if key == "betas" else momentum


def warmed_up(optim: OptimOptions, step: int, steps: int) -> bool:
    """Whether the rate has risen as far as it does."""
    return step >= 0 and step / steps >= optim.warmup


def schedule(progress: float, warmup: float) -> float:
    """Share of the learning rate: up in a line, down in a cosine; progress is 0 to 1."""
    if progress < warmup:
        return (progress + 1e-4) / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def _cosine(step: int, steps: int, warmup: float) -> float:
    return schedule(step / steps, warmup)


def _constant(step: int, steps: int, warmup: float) -> float:
    return schedule(step / steps, warmup) if step / steps < warmup else 1.0


def _one_cycle(step: int, steps: int, warmup: float) -> float:
    return _cycle(step, steps, warmup, CYCLE_START, 1.0, CYCLE_END)


def _cycle(step: int, steps: int, warmup: float, first: float, middle: float, last: float) -> float:
    """From a first value to a middle one within the warm-up, then to a last one, both in a cosine."""
    top, end = warmup * steps - 1, steps - 1
    if step < top:
        return _between(first, middle, step / top)
    return _between(middle, last, (step - max(top, 0)) / max(end - max(top, 0), 1))


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


SHARES: dict[str, Callable[[int, int, float], float]] = {
    "cosine": _cosine,
    "constant": _constant,
    "plateau": _constant,
    "one_cycle": _one_cycle,
}
"""Schedule to the share of the highest rate, by steps so far, all steps, and the share of the warm-up."""
