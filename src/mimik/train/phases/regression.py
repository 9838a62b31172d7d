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

from mimik.errors import RecipeError
from mimik.models.inputs import MEAN, STD, CropSpec
from mimik.train.inputs.augment import augmented
from mimik.train.inputs.batches import plain_batches
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.pictures import Pictures
from mimik.train.objectives.joint import JointObjective
from mimik.train.phases.options import ProbePhase

CHUNK = 128
"""Pictures per call of the network."""
STEPS = 200
"""Most steps of L-BFGS."""


def fit_heads(
    network: nn.Module, options: ProbePhase, objective: JointObjective, pictures: Examples
) -> float:
    """Fit the heads that are probes, in place.

    Args:
        network: Whose last layer, ``classes``, is linear; everything before it stays. Where it has a layer
            ``tapped``, the probes see earlier layers, too; where it has a ``branch``, their logits
            become the mean of what that and the regression say, each by itself.
        options: How.
        objective: Of the same recipe.
        pictures: To fit on; those without a label for a head are left out of it.

    Returns:
        The loss that is left.

    Raises:
        RecipeError: The network's taps or branch are for other heads than the probes.
    """
    network.eval()
    last = cast(nn.Linear, network.classes)
    tapped = cast("nn.Linear | None", getattr(network, "tapped", None))
    rows = probe_rows(options, objective)
    targets = objective.targets(pictures.samples)
    views = [features(network, batches) for batches in _views(options, pictures)]
    x, wanted = torch.cat(views), targets.repeat(len(views), 1)
    weights, biases, left = regress(x, wanted, rows, last.in_features, objective, options.probe.penalty)
    with torch.no_grad():
        last.weight[rows] = weights[:, : last.in_features].reshape(last.weight[rows].shape)
        last.bias[rows] = biases
        if tapped:
            tapped.weight.copy_(weights[:, last.in_features :])
        _take_mean(network, last, tapped)
    return left


def regress(
    x: Tensor, wanted: Tensor, rows: Tensor, width: int, objective: JointObjective, penalty: float
) -> tuple[Tensor, Tensor, float]:
    """Logistic regression on standardised features, written for the features as they are.

    Args:
        x: Features, float32 (N, F): the last layer's, then those of earlier ones.
        wanted: Targets of ``objective``, (N, T).
        rows: Which of its logits are fitted, int64 (K,).
        width: Number of the last layer's features; all others together count as much as these.
        objective: What is minimised.
        penalty: Weight of the squared weights against the mean loss.

    Returns:
        Weights (K, F), biases (K,), and the loss that is left.
    """
    centre, spread = x.mean(0), _spread(x, width)
    x = (x - centre) / spread
    weights = torch.zeros(len(rows), x.shape[1], requires_grad=True)
    biases = torch.zeros(len(rows), requires_grad=True)

    def loss() -> Tensor:
        own = functional.linear(x, weights, biases)
        logits = own.new_zeros(len(own), objective.outputs).index_copy(1, rows, own)
        return objective.loss(logits, wanted) + penalty * weights.square().sum()

    left = _minimise(loss, [weights, biases])
    with torch.no_grad():
        scaled = weights / spread
        return scaled, biases - scaled @ centre, left


def _take_mean(network: nn.Module, last: nn.Linear, tapped: nn.Linear | None) -> None:
    """Let the regression and a branch of the network each count half where both speak."""
    branch = getattr(network, "branch", None)
    if isinstance(branch, nn.Module):
        own = cast(nn.Linear, branch.classes)
        for layer in filter(None, (last, tapped, own)):
            for values in layer.parameters():
                values[-own.out_features :] *= 0.5


def probe_rows(options: ProbePhase, objective: JointObjective) -> Tensor:
    """Which logits are those of the probes, int64 (K,).

    Raises:
        RecipeError: The network's taps or branch add to other ones.
    """
    outputs, tapped, branched = objective.outputs, options.tap_outputs, options.branch_outputs
    rows = torch.cat([torch.arange(outputs)[objective.columns(head)] for head in options.heads])
    last = rows.tolist() == list(range(outputs - len(rows), outputs))
    if (tapped or branched) and not (last and tapped in (0, len(rows)) and branched <= len(rows)):
        raise RecipeError(
            f"{options.epochs.name}: with [network] taps or a branch its probes must be the last heads: "
            f"tap_outputs counts their {len(rows)} outputs, branch_outputs no more"
        )
    return rows


def _spread(x: Tensor, width: int) -> Tensor:
    """What features (N, F) are divided by, (F,): each layer's then vary by ``width`` in all.

    Features that hardly vary are not blown up.
    """
    spread = x.std(0)
    for layer in (slice(0, width), slice(width, None)):
        if count := len(spread[layer]):
            own = spread[layer]
            spread[layer] = own.clamp(min=max(1e-4, 0.05 * float(own.mean()))) * (count / width) ** 0.5
    return spread


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


def _views(options: ProbePhase, pictures: Examples) -> Iterator[Iterable[NDArray[np.float32]]]:
    """The pictures as they are, mirrored, and under random changes, in batches (N, C, S, S)."""
    crop, changes = cast(CropSpec, options.epochs.takes), options.epochs.augment
    yield (batch for (batch,) in plain_batches(pictures, crop, MEAN, STD))
    yield (np.ascontiguousarray(batch[..., ::-1]) for (batch,) in plain_batches(pictures, crop, MEAN, STD))
    parts = np.split(np.arange(len(pictures)), range(CHUNK, len(pictures), CHUNK))
    for view in range(options.probe.views):
        rng = np.random.default_rng((options.epochs.seed, view))
        yield (augmented(cast(Pictures, pictures), part, crop, changes, rng, MEAN, STD) for part in parts)


@torch.no_grad()
def features(network: nn.Module, batches: Iterable[NDArray[np.float32]]) -> Tensor:
    """What the last layer sees of pictures, and then what is tapped of earlier ones, float32 (N, F)."""
    ends = [
        end for name in ("classes", "tapped") if isinstance(end := getattr(network, name, None), nn.Module)
    ]
    seen: list[list[Tensor]] = [[] for _ in ends]

    def noting(found: list[Tensor]) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        return lambda _, inputs: found.append(inputs[0].flatten(1))

    hooks = [end.register_forward_pre_hook(noting(found)) for end, found in zip(ends, seen, strict=True)]
    try:
        for batch in batches:
            network(torch.from_numpy(batch))
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat([torch.cat(found) for found in seen], dim=1)
