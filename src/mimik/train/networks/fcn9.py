"""Nine convolutions, one more for the classes, and a mean over places: no dense layer.

The first network of Arriaga, Valdenegro-Toro and Plöger, "Real-time Convolutional Neural Networks for
Emotion and Gender Classification", arXiv:1710.07557, section III, and of the code that its authors published
with it (``simple_CNN``): there a ReLU follows every second convolution, and none the ninth. The paper states
about 600,000 parameters; with seven classes and grey input there are 640,727 here, since a convolution before
a batch normalisation has no bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from mimik.train.networks.example import Example


class Block(nn.Sequential):
    """Two convolutions with batch normalisation, a ReLU, a mean of 2 x 2 places, dropout."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dropout: float) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.Conv2d(outputs, outputs, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.AvgPool2d(2, ceil_mode=True),
            nn.Dropout(dropout),
        )


class Fcn9(nn.Module):
    """Blocks of two convolutions, a convolution, one to the classes, mean."""

    example = Example({"widths": [8, 8, 16], "kernels": [5, 3, 3], "dropout": 0.0})

    def __init__(
        self,
        channels: int,
        outputs: int,
        widths: Sequence[int] = (16, 32, 64, 128, 256),
        kernels: Sequence[int] = (7, 5, 3, 3, 3),
        dropout: float = 0.5,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            widths: Of the convolutions of each block; the last is that of the single convolution.
            kernels: Their sides, odd.
            dropout: Share of values dropped after each block.

        Raises:
            ValueError: A side is even, or there are not as many sides as widths, or none.
        """
        super().__init__()
        if len(widths) != len(kernels) or not widths or any(kernel % 2 == 0 for kernel in kernels):
            raise ValueError(f"kernels must be odd, one for each of widths, not {kernels} for {widths}")
        blocks: list[nn.Module] = []
        width = channels
        for wider, kernel in zip(widths[:-1], kernels[:-1], strict=True):
            blocks.append(Block(width, wider, kernel, dropout))
            width = wider
        last = nn.Conv2d(width, widths[-1], kernels[-1], padding=kernels[-1] // 2, bias=False)
        self.features = nn.Sequential(*blocks, nn.Sequential(last, nn.BatchNorm2d(widths[-1])))
        self.classes = nn.Conv2d(widths[-1], outputs, 3, padding=1)

    def layer_groups(self) -> dict[str, nn.Module]:
        """Each block, the ninth convolution, and the one to the classes."""
        return {f"stage{n}": block for n, block in enumerate(self.features, 1)} | {"head": self.classes}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, H, W)."""
        return torch.mean(cast(Tensor, self.classes(self.features(x))), (2, 3))
