"""A small residual network that hears an utterance of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from mimik.train.networks.resnet import BasicBlock


class Voice(nn.Module):
    """One convolution, residual blocks over time and bands, attentive statistics over time, classes."""

    def __init__(
        self,
        channels: int,
        outputs: int,
        stem: int = 16,
        widths: Sequence[int] = (32, 64, 128),
        dropout: float = 0.3,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 2.
            outputs: Number of logits.
            stem: Width of the first convolution, which has stride 2.
            widths: Width of each residual block; each has stride 2.
            dropout: Share of features that is dropped before the last layer.
        """
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(channels, stem, 3, 2, padding=1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
        ]
        width = stem
        for wider in widths:
            layers.append(BasicBlock(width, wider, 2))
            width = wider
        self.features = nn.Sequential(*layers)
        self.attention = nn.Sequential(nn.Conv1d(width, 64, 1), nn.Tanh(), nn.Conv1d(64, width, 1))
        self.normal = nn.BatchNorm1d(2 * width)
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(2 * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from utterances (N, channels, frames, bands)."""
        seen = self.features(x).mean(3).float()
        weights = torch.softmax(self.attention(seen).float(), 2)
        mean = (weights * seen).sum(2)
        spread = ((weights * seen * seen).sum(2) - mean * mean).clamp(min=1e-5).sqrt()
        return cast(Tensor, self.classes(self.dropout(self.normal(torch.cat([mean, spread], 1)))))
