"""What a network answers for pictures as they are."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mimik.train.batches import Pictures, plain_batches
from mimik.train.recipe import Recipe

MEAN, STD = 0.5, 0.25
"""Normalisation of the input, the same for every network; written into the card."""


@torch.no_grad()
def logits_of(network: nn.Module, pictures: Pictures, recipe: Recipe) -> NDArray[np.float32]:
    """A network's outputs for pictures as they are, float32 (N, K)."""
    device = next(network.parameters()).device
    parts = [
        network(torch.from_numpy(batch).to(device)).float().cpu().numpy()
        for batch in plain_batches(pictures, recipe, MEAN, STD)
    ]
    return np.concatenate(parts)
