"""What a network answers for pictures as they are."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mimik.models.inputs import MEAN, STD, NetworkInput
from mimik.train.inputs.batches import plain_batches
from mimik.train.inputs.examples import Examples


@torch.no_grad()
def logits_of(network: nn.Module, pictures: Examples, spec: NetworkInput) -> NDArray[np.float32]:
    """A network's outputs for pictures as they are, float32 (N, K)."""
    device = next(network.parameters()).device
    parts = [
        network(*(torch.from_numpy(part).to(device) for part in batch)).float().cpu().numpy()
        for batch in plain_batches(pictures, spec, MEAN, STD)
    ]
    return np.concatenate(parts)
