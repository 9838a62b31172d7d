"""mini-Xception: residual depthwise-separable blocks and global average pooling, no dense layer.

After Arriaga, Valdenegro-Toro and Plöger, "Real-time Convolutional Neural Networks for Emotion and
Gender Classification", arXiv:1710.07557, figure 4, which follows Chollet's Xception
(arXiv:1610.02357). Widths and strides are options here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from mimik.train.networks.example import Example


class SeparableConv(nn.Sequential):
    """Depthwise 3 x 3, pointwise 1 x 1, batch normalisation."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )


class ResidualBlock(nn.Module):
    """Two separable convolutions beside a 1 x 1 convolution of the input, added."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            SeparableConv(inputs, outputs),
            nn.ReLU(),
            SeparableConv(outputs, outputs),
        ]
        if stride > 1:
            layers.append(nn.MaxPool2d(3, stride, padding=1))
        self.body = nn.Sequential(*layers)
        self.shortcut = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        return cast(Tensor, self.body(x) + self.shortcut(x))


class MiniXception(nn.Module):
    """Two plain convolutions, residual separable blocks, a 1 x 1 convolution to the classes, mean."""

    example = Example({"stem": [8, 8], "widths": [16, 16], "strides": [2, 2]})

    def __init__(
        self,
        channels: int,
        outputs: int,
        stem: Sequence[int] = (8, 8),
        stem_strides: Sequence[int] = (1, 1),
        widths: Sequence[int] = (16, 32, 64, 128),
        strides: Sequence[int] = (2, 2, 2, 2),
        dropout: float = 0.0,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            stem: Widths of the two plain convolutions.
            stem_strides: Their strides.
            widths: Width of each residual block.
            strides: Stride of each residual block.
            dropout: Share of features that is dropped before the last layer.
        """
        super().__init__()
        layers: list[nn.Module] = []
        width = channels
        for wider, stride in zip(stem, stem_strides, strict=True):
            layers += [nn.Conv2d(width, wider, 3, stride, padding=1, bias=False), nn.BatchNorm2d(wider)]
            layers.append(nn.ReLU())
            width = wider
        for wider, stride in zip(widths, strides, strict=True):
            layers.append(ResidualBlock(width, wider, stride))
            width = wider
        self.blocks = len(widths)
        self.features = nn.Sequential(*layers, nn.ReLU())
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Conv2d(width, outputs, 1)

    def layer_groups(self) -> dict[str, nn.Module]:
        """The plain convolutions, each residual block, and the last convolution."""
        first = len(self.features) - 1 - self.blocks
        stages = {f"stage{n + 1}": self.features[first + n] for n in range(self.blocks)}
        return {"stem": self.features[:first], **stages, "head": self.classes}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, H, W)."""
        pooled = torch.mean(self.features(x), (2, 3), keepdim=True)
        return cast(Tensor, self.classes(self.dropout(pooled)).flatten(1))
