"""A small residual network of plain 3 x 3 convolutions: more accurate than mini-Xception, and larger.

After He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, the basic block of
figure 5 (left). On a CPU it trains as fast as a mini-Xception of a twentieth of its parameters, for
plain convolutions keep the cores busy where depthwise ones wait for memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside the input, or a 1 x 1 convolution of it where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        return torch.relu(self.body(x) + self.shortcut(x))


class ResNet(nn.Module):
    """One convolution that halves the sides, residual blocks, mean, classes."""

    def __init__(
        self,
        channels: int,
        outputs: int,
        stem: int = 32,
        widths: Sequence[int] = (32, 64, 128, 256),
        strides: Sequence[int] = (1, 2, 2, 2),
        dropout: float = 0.0,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            stem: Width of the first convolution, which has stride 2.
            widths: Width of each residual block.
            strides: Stride of each residual block.
            dropout: Share of features that is dropped before the last layer.
        """
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(channels, stem, 3, 2, padding=1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
        ]
        width = stem
        for wider, stride in zip(widths, strides, strict=True):
            layers.append(BasicBlock(width, wider, stride))
            width = wider
        self.features = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, H, W)."""
        return cast(Tensor, self.classes(self.dropout(self.features(x).mean((2, 3)))))
