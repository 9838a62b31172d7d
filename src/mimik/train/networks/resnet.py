"""A small residual network of plain 3 x 3 convolutions: more accurate than mini-Xception, and larger.

After He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, the basic block of
figure 5 (left). On a CPU it trains as fast as a mini-Xception of a twentieth of its parameters, for
plain convolutions keep the cores busy where depthwise ones wait for memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

STEM_LAYERS = 3
"""Layers before the residual blocks."""
GRID = 5
"""Places a side of a tapped block's means."""


class SqueezeExcite(nn.Module):
    """Channels scaled by 0 to 1, as a small network says from their means."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.scale = nn.Sequential(
            nn.Conv2d(width, inner, 1), nn.ReLU(), nn.Conv2d(inner, width, 1), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) to the same shape."""
        return cast(Tensor, x * self.scale(x.mean((2, 3), keepdim=True)))


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside the input, or a 1 x 1 convolution of it where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int, squeeze: int = 0) -> None:
        super().__init__()
        layers = [
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        if squeeze:
            layers.append(SqueezeExcite(outputs, outputs // squeeze))
        self.body = nn.Sequential(*layers)
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
        size: int = 0,
        squeeze: int = 0,
        taps: Sequence[int] = (),
        tap_outputs: int = 0,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            stem: Width of the first convolution, which has stride 2.
            widths: Width of each residual block.
            strides: Stride of each residual block.
            dropout: Share of features that is dropped before the last layer.
            size: Sides of the input, where the last mean is weighted by learned weights, a channel and
                place each (faces lie still in their crops, so places mean something; Chen et al. 2018,
                "MobileFaceNets", arXiv:1804.07573, section 3.2). A plain mean if 0.
            squeeze: Each block's channels are scaled by what their means say, through a layer of a
                squeeze-th of them (Hu et al. 2018, arXiv:1709.01507). None if 0.
            taps: Residual blocks, from 0, whose outputs some logits see beside the last block's, as
                means of a 5 x 5 grid: early blocks know of wrinkles and brows what late ones drop.
            tap_outputs: How many logits see them, the last ones.

        Raises:
            ValueError: There is no such block to tap, or no such outputs that see it.
        """
        super().__init__()
        if len({*taps} & {*range(len(widths))}) < len(taps):
            raise ValueError(f"taps must be different blocks from 0 to {len(widths) - 1}, not {taps}")
        if not (1 <= tap_outputs <= outputs if taps else tap_outputs == 0):
            raise ValueError(f"tap_outputs must be 1 to {outputs} with taps, 0 without, not {tap_outputs}")
        layers: list[nn.Module] = [
            nn.Conv2d(channels, stem, 3, 2, padding=1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
        ]
        width = stem
        for wider, stride in zip(widths, strides, strict=True):
            layers.append(BasicBlock(width, wider, stride, squeeze))
            width = wider
        self.features = nn.Sequential(*layers)
        self.pool: nn.Module = nn.AdaptiveAvgPool2d(1)
        if size:
            side = -(-size // (2 * math.prod(strides)))
            self.pool = nn.Conv2d(width, width, side, groups=width, bias=False)
            nn.init.constant_(self.pool.weight, 1 / side**2)
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(width, outputs)
        self.taps = [STEM_LAYERS + block for block in taps]
        self.tapped: nn.Linear | None = None
        if taps:
            self.tapped = nn.Linear(GRID**2 * sum(widths[block] for block in taps), tap_outputs, bias=False)
            nn.init.zeros_(self.tapped.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, H, W)."""
        seen: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in self.taps:
                seen.append(functional.adaptive_avg_pool2d(x, GRID).flatten(1))
        logits = self.classes(self.dropout(self.pool(x).flatten(1)))
        if self.tapped is None:
            return cast(Tensor, logits)
        plain = logits.shape[1] - self.tapped.out_features
        return torch.cat([logits[:, :plain], logits[:, plain:] + self.tapped(torch.cat(seen, 1))], 1)
