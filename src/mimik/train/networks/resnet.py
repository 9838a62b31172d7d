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

from mimik.train.networks.example import Example

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


class Branch(nn.Module):
    """A residual block of its own on the way to some logits, and a mean weighted by place."""

    def __init__(self, inputs: int, width: int, side: int, dropout: float, outputs: int) -> None:
        super().__init__()
        self.block = BasicBlock(inputs, width, stride=2)
        self.pool = place_mean(width, -(-side // 2))
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from a block's output (N, inputs, side, side)."""
        return cast(Tensor, self.classes(self.dropout(self.pool(self.block(x)).flatten(1))))


def place_mean(width: int, side: int) -> nn.Module:
    """The mean over places, (N, width, side, side) to (N, width, 1, 1).

    Learned weights, a channel and place each, which begin alike; none if ``side`` is 0.
    """
    if not side:
        return nn.AdaptiveAvgPool2d(1)
    pool = nn.Conv2d(width, width, side, groups=width, bias=False)
    nn.init.constant_(pool.weight, 1 / side**2)
    return pool


class ResNet(nn.Module):
    """One convolution that halves the sides, residual blocks, mean, classes."""

    example = Example({"stem": 8, "widths": [8, 16], "strides": [1, 2], "size": 32, "squeeze": 4})

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
        branch: int = 0,
        branch_from: int = 0,
        branch_outputs: int = 0,
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
            branch: Width of a further residual block that reads the output of the block ``branch_from``,
                and whose logits are added to others. None if 0.
            branch_from: Residual block, from 0.
            branch_outputs: How many logits the branch adds to, the last ones.
            tap_outputs: How many logits see taps, the last ones.

        Raises:
            ValueError: There is no such block to tap or to branch from, or no such outputs that see it.
        """
        super().__init__()
        if len({*taps} & {*range(len(widths))}) < len(taps):
            raise ValueError(f"taps must be different blocks from 0 to {len(widths) - 1}, not {taps}")
        if not 0 <= branch_from < len(widths):
            raise ValueError(f"branch_from must be a block from 0 to {len(widths) - 1}, not {branch_from}")
        for option, count, there in (
            ("tap_outputs", tap_outputs, bool(taps)),
            ("branch_outputs", branch_outputs, bool(branch)),
        ):
            if not (1 <= count <= outputs if there else count == 0):
                raise ValueError(
                    f"{option} must be 1 to {outputs} with a {option.split('_')[0]}, 0 without, not {count}"
                )
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
        self.pool = place_mean(width, -(-size // (2 * math.prod(strides))))
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(width, outputs)
        self.taps = [STEM_LAYERS + block for block in taps]
        self.tapped: nn.Linear | None = None
        if taps:
            self.tapped = nn.Linear(GRID**2 * sum(widths[block] for block in taps), tap_outputs, bias=False)
            nn.init.zeros_(self.tapped.weight)
        self.branch_from = STEM_LAYERS + branch_from
        self.branch: Branch | None = None
        if branch:
            side = -(-size // (2 * math.prod(strides[: branch_from + 1])))
            self.branch = Branch(widths[branch_from], branch, side, dropout, branch_outputs)

    def layer_groups(self) -> dict[str, nn.Module]:
        """The first convolution, each residual block (the last with the mean), a branch, the last layer."""
        blocks = self.features[STEM_LAYERS:]
        groups: dict[str, nn.Module] = {"stem": self.features[:STEM_LAYERS]}
        groups |= {f"stage{n}": block for n, block in enumerate(blocks, 1)}
        groups[f"stage{len(blocks)}"] = nn.ModuleList([blocks[-1], self.pool])
        if self.branch is not None:
            groups["branch"] = self.branch
        return groups | {"head": nn.ModuleList([m for m in (self.classes, self.tapped) if m is not None])}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, H, W)."""
        seen: list[Tensor] = []
        added: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in self.taps:
                seen.append(functional.adaptive_avg_pool2d(x, GRID).flatten(1))
            if self.branch is not None and number == self.branch_from:
                added.append(self.branch(x))
        logits = cast(Tensor, self.classes(self.dropout(self.pool(x).flatten(1))))
        if self.tapped is not None:
            added.append(self.tapped(torch.cat(seen, 1)))
        for more in added:
            plain = logits.shape[1] - more.shape[1]
            logits = torch.cat([logits[:, :plain], logits[:, plain:] + more], 1)
        return logits
