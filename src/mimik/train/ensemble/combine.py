"""Joining what members say: mean, weighted mean, product, or a perceptron."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mimik.train.ensemble.options import EnsembleOptions
from mimik.train.ensemble.parts import NUMBER, ODDS, UNITS, YEARS, Part
from mimik.train.objectives.joint import JointObjective

TINY = 1e-9
"""Probabilities are at least this before their logarithm is taken."""
STEPS = 300
"""Most steps of L-BFGS."""


class Combiner(nn.Module):
    """Logits of all members -> logits of the ensemble."""

    def __init__(
        self, parts: Sequence[Part], labels: Sequence[str], outputs: int, options: EnsembleOptions
    ) -> None:
        """Fresh weights, which depend on torch's seed.

        Args:
            parts: The N outputs that are joined, in order.
            labels: The ensemble's classes; empty for age.
            outputs: How many logits it has.
            options: How they are joined.
        """
        super().__init__()
        self.combine, self.kinds = options.combine, [part.kind for part in parts]
        self.heat = [1.0 if part.kind in (YEARS, NUMBER) else part.card.temperature for part in parts]
        self.members = list(dict.fromkeys(part.member for part in parts))
        self.rows = [[k for k, part in enumerate(parts) if part.member == own] for own in self.members]
        self.order = _orders(parts, self.rows, labels)
        self.form = self.kinds[0]
        told = [float(options.weights.get(own, 1.0)) for own in self.members]
        self.weighing = nn.Parameter(torch.log(torch.tensor(told) / sum(told) + 1e-12))
        width = sum(part.width for part in parts)
        self.register_buffer("centre", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.layers = _layers(width, options.hidden, outputs) if self.combine == "perceptron" else None

    def forward(self, *logits: Tensor) -> Tensor:
        """Logits (N, K) from each part's raw logits (N, K of its own)."""
        values = [self._values(k, own) for k, own in enumerate(logits)]
        if self.layers is not None:
            return self.layers((torch.cat(values, 1) - self.centre) / self.spread)  # type: ignore[no-any-return, operator]
        scores = torch.stack(
            [
                self._scores([values[k] for k in rows], order)
                for rows, order in zip(self.rows, self.order, strict=True)
            ]
        )
        if self.combine == "product":
            return scores.mean(0)
        if self.form == NUMBER:
            return (scores * torch.softmax(self.weighing, 0)[:, None, None]).sum(0)
        return _mean(scores, torch.softmax(self.weighing, 0), self.form == UNITS)

    def _values(self, number: int, logits: Tensor) -> Tensor:
        """What a part says, calibrated: log-probabilities of classes and years, log-odds, or numbers."""
        kind, scaled = self.kinds[number], logits / self.heat[number]
        if kind == ODDS:
            return scaled[:, 1:] - scaled[:, :1]
        return scaled if kind in (UNITS, NUMBER) else torch.log_softmax(scaled, 1)

    def _scores(self, values: Sequence[Tensor], order: Sequence[int]) -> Tensor:
        """A member's log-probabilities, or log-odds of units; experts of all classes are one member."""
        if len(values) == 1 and len(order) == 0:
            return values[0]
        return torch.log_softmax(torch.cat([values[k] for k in order], 1), 1)


def _orders(parts: Sequence[Part], rows: Sequence[Sequence[int]], labels: Sequence[str]) -> list[list[int]]:
    """Of experts, which of a member's parts tells each class; empty of others."""
    found = []
    for own in rows:
        told = [parts[k].label for k in own]
        found.append([told.index(label) for label in labels] if set(told) == set(labels) else [])
    return found


def _mean(scores: Tensor, weights: Tensor, units: bool) -> Tensor:
    """The weighted mean of members' probabilities (M, N, K), as logits."""
    likely = torch.sigmoid(scores) if units else torch.exp(scores)
    mean = (likely * weights[:, None, None]).sum(0).clamp(min=TINY)
    if not units:
        return torch.log(mean)
    return torch.log(mean) - torch.log((1 - mean).clamp(min=TINY))


def _layers(width: int, hidden: Sequence[int], outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for own in hidden:
        layers += [nn.Linear(width, own), nn.ReLU()]
        width = own
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def fit_combiner(
    parts: Sequence[Part],
    logits: Sequence[NDArray[np.float32]],
    targets: Tensor,
    objective: JointObjective,
    options: EnsembleOptions,
    seed: int,
) -> Combiner:
    """A combiner, fitted to members' answers where there is something to fit.

    Args:
        parts: The outputs that are joined.
        logits: What each says of N pictures that its member hasn't learned from, (N, K of its own).
        targets: Of these pictures, (N, T).
        objective: What is minimised.
        options: How they are joined.
        seed: Of the first weights.
    """
    (head,) = objective.heads
    torch.manual_seed(seed)
    combiner = Combiner(parts, head.labels, head.output_count, options)
    if not options.fitted:
        return combiner.eval()
    said = [torch.from_numpy(values) for values in logits]
    moved = [combiner.weighing] if combiner.layers is None else list(combiner.layers.parameters())
    with torch.no_grad():
        values = torch.cat([combiner._values(k, own) for k, own in enumerate(said)], 1)
        combiner.centre.copy_(values.mean(0))  # type: ignore[operator]
        combiner.spread.copy_(values.std(0).clamp(min=0.05))  # type: ignore[operator]
    squared = [p for p in moved if p.ndim > 1]
    optimiser = torch.optim.LBFGS(moved, max_iter=STEPS, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        loss = objective.loss(combiner(*said), targets)
        for weights in squared:
            loss = loss + options.penalty * weights.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return combiner.eval()


@torch.no_grad()
def joined_logits(combiner: Combiner, logits: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """What a combiner makes of members' raw logits, float32 (N, K)."""
    return np.asarray(combiner(*(torch.from_numpy(values) for values in logits)).numpy(), np.float32)


def weights_of(combiner: Combiner) -> dict[str, float]:
    """Member to its weight in the mean."""
    weights = torch.softmax(combiner.weighing.detach(), 0).tolist()
    return dict(zip(combiner.members, (round(w, 4) for w in weights), strict=True))


def fitted_count(combiner: Combiner) -> int:
    """Number of values that were learned in joining."""
    if combiner.layers is not None:
        return sum(p.numel() for p in combiner.layers.parameters())
    return combiner.weighing.numel() if combiner.combine == "weighted" else 0
