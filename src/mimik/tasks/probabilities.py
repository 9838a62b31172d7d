"""Probabilities from logits, and how close to 0 and 1 they are taken."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1e-4
"""Probabilities are taken as at least this far from 0 and 1 before their logarithm."""


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float32]:
    """Probabilities from logits (N, K), after division by the temperature (Guo et al. 2017)."""
    scaled = logits / np.float32(temperature)
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return cast("NDArray[np.float32]", scaled / scaled.sum(axis=-1, keepdims=True))


def sigmoid(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float32]:
    """Probability of each output by itself, (N, K), after division by the temperature."""
    scaled = np.clip(logits / np.float32(temperature), -30, 30)
    return np.asarray(1 / (1 + np.exp(-scaled)), np.float32)
