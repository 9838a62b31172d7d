"""The loss of outputs that are each true or not by themselves, and focal loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mimik.errors import RecipeError
from mimik.train.recipe.losses import BALANCED
from mimik.train.recipe.options import ObjectiveOptions

LEAST = 1e-6
"""The smallest 1 - p of focal loss: a power below 1 has no slope at 0."""


def focused(logs: Tensor, gamma: float) -> Tensor:
    """Log-probabilities, each times (1 - p) to the power of gamma: minus this is focal loss.

    Lin et al. 2017, "Focal Loss for Dense Object Detection", arXiv:1708.02002.

    Args:
        logs: Logarithms of probabilities, any shape.
        gamma: 0 or more; 0 leaves them.
    """
    return (-torch.expm1(logs)).clamp(min=LEAST) ** gamma * logs if gamma else logs


def binary_loss(logits: Tensor, targets: Tensor, gamma: float, weights: Tensor | None) -> Tensor:
    """Binary cross-entropy, or focal loss, of each output, (N, K).

    Args:
        logits: (N, K).
        targets: Probabilities, (N, K).
        gamma: Of focal loss; 0 is cross-entropy.
        weights: Of what is there, by output, (K,); 1 each if None. What isn't there weighs 1.
    """
    if weights is not None:
        weights = weights.to(logits)
    if not gamma:
        return functional.binary_cross_entropy_with_logits(
            logits, targets, reduction="none", pos_weight=weights
        )
    there = targets * focused(functional.logsigmoid(logits), gamma)
    if weights is not None:
        there = there * weights
    return -(there + (1 - targets) * focused(functional.logsigmoid(-logits), gamma))


def given_weights(labels: Sequence[str], options: ObjectiveOptions) -> dict[str, float]:
    """The weights that a recipe names, for all labels; empty where it names none of them."""
    given = options.class_weights
    if not isinstance(given, Mapping) or not set(labels) & set(given):
        return {}
    return {label: float(given.get(label, 1.0)) for label in labels}


def balancing(
    options: ObjectiveOptions, labels: Sequence[str], there: NDArray[np.float64], wanted: NDArray[np.float64]
) -> dict[str, float]:
    """The weights with which labels count alike, if the recipe asks for them; else none.

    Args:
        options: What is minimised.
        labels: K of them.
        there: How often each is drawn, (K,).
        wanted: What each should weigh in all, (K,).

    Raises:
        RecipeError: One is never drawn.
    """
    if options.class_weights != BALANCED:
        return {}
    if lacking := [label for label, count in zip(labels, there, strict=True) if not count]:
        raise RecipeError(
            f"objective: class_weights = {BALANCED!r}: no picture to train on is labelled "
            f"{' or '.join(lacking)}; give the weights by label"
        )
    return dict(zip(labels, (wanted / there).tolist(), strict=True))


def as_tensor(weights: Mapping[str, float]) -> Tensor | None:
    """Weights by label as float32 (K,); None without any."""
    return torch.tensor(list(weights.values()), dtype=torch.float32) if weights else None
