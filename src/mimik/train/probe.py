"""Heads that are fitted on the features of a finished network: logistic regression, nothing else moves.

A small set (CK+ has a hundred people) can't teach a network, but tells which of its features mean what
("linear probe", Alain and Bengio 2016, arXiv:1610.01644). The other heads keep their answers to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from mimik.train.batches import Pictures, augmented, plain_batches
from mimik.train.objectives import JointObjective
from mimik.train.predict import MEAN, STD
from mimik.train.recipe import Recipe

CHUNK = 128
"""Pictures per call of the network."""
STEPS = 200
"""Most steps of L-BFGS."""


def fit_heads(network: nn.Module, recipe: Recipe, objective: JointObjective, pictures: Pictures) -> float:
    """Fit the heads of a recipe that are probes, in place.

    Args:
        network: Whose last layer, ``classes``, is linear; everything before it stays.
        recipe: Its ``probe`` says how.
        objective: Of the same recipe.
        pictures: To fit on; those without a label for a head are left out of it.

    Returns:
        The loss that is left.
    """
    network.eval()
    last = cast(nn.Linear, network.classes)
    targets = objective.targets(pictures.samples)
    views = [features(network, batches) for batches in _views(recipe, pictures)]
    x, wanted = torch.cat(views), targets.repeat(len(views), 1)
    centre, spread = x.mean(0), x.std(0).clamp(min=1e-4)
    x = (x - centre) / spread
    weights = torch.zeros(recipe.output_count, x.shape[1], requires_grad=True)
    biases = torch.zeros(recipe.output_count, requires_grad=True)

    def loss() -> Tensor:
        pull = recipe.probe.penalty * weights.square().sum()
        return objective.loss(functional.linear(x, weights, biases), wanted) + pull

    left = _minimise(loss, [weights, biases])
    with torch.no_grad():
        scaled = weights / spread
        for head in recipe.heads:
            if head.probe:
                rows = objective.columns(head)
                last.weight[rows] = scaled[rows].reshape(last.weight[rows].shape)
                last.bias[rows] = biases[rows] - scaled[rows] @ centre
    return left


def _minimise(loss: Callable[[], Tensor], parameters: list[Tensor]) -> float:
    """Go down a convex loss with L-BFGS; returns what is left."""
    optimiser = torch.optim.LBFGS(parameters, max_iter=STEPS, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return float(loss().detach())


def _views(recipe: Recipe, pictures: Pictures) -> Iterator[Iterable[NDArray[np.float32]]]:
    """The pictures as they are, mirrored, and under random changes, in batches (N, C, S, S)."""
    yield plain_batches(pictures, recipe, MEAN, STD)
    yield (np.ascontiguousarray(batch[..., ::-1]) for batch in plain_batches(pictures, recipe, MEAN, STD))
    parts = np.split(np.arange(len(pictures)), range(CHUNK, len(pictures), CHUNK))
    for view in range(recipe.probe.views):
        rng = np.random.default_rng((recipe.seed, view))
        yield (augmented(pictures, part, recipe, rng, MEAN, STD) for part in parts)


@torch.no_grad()
def features(network: nn.Module, batches: Iterable[NDArray[np.float32]]) -> Tensor:
    """What the last layer sees of pictures, float32 (N, F)."""
    seen: list[Tensor] = []
    last = cast(nn.Module, network.classes)
    hook = last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].flatten(1)))
    try:
        for batch in batches:
            network(torch.from_numpy(batch))
    finally:
        hook.remove()
    return torch.cat(seen)
