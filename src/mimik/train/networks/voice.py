"""A residual network over a spectrogram, with a pooling that attends to times: how an utterance is said.

The residual blocks are those of He et al., arXiv:1512.03385; attentive statistics pooling after Okabe et
al., "Attentive Statistics Pooling for Deep Speaker Embedding", Interspeech 2018, arXiv:1803.10963. It takes
utterances of any length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from mimik.models.inputs import SoundSpec
from mimik.train.networks.example import Example
from mimik.train.networks.resnet import BasicBlock

SMALLEST_VARIANCE = 1e-5
"""Below this the square root's slope would run away."""


def rise(x: Tensor) -> Tensor:
    """How much each channel rises from the beginning to the end: (N, width, times) to (N, width).

    It is the mean product with times from -1 to 1, of deviation 1 as normalised.
    """
    times = x.shape[2]
    place = (2 * torch.arange(times, device=x.device) + 1) / times - 1
    return (x.float() * place).mean(2) * math.sqrt(3)


class AttentivePooling(nn.Module):
    """Mean and deviation over time, weighted by what is heard: each channel attends to times of its own."""

    def __init__(self, width: int, inner: int, rises: bool = False) -> None:
        super().__init__()
        self.rises, self.outputs = rises, (3 if rises else 2) * width
        self.score = nn.Sequential(nn.Conv1d(width, inner, 1), nn.Tanh(), nn.Conv1d(inner, width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, times) to (N, outputs)."""
        weight = torch.softmax(self.score(x).float(), dim=2)
        x = x.float()
        mean = (weight * x).sum(2)
        variance = (weight * x * x).sum(2) - mean * mean
        pooled = [mean, variance.clamp_min(SMALLEST_VARIANCE).sqrt()]
        return torch.cat([*pooled, rise(x)] if self.rises else pooled, 1)


class Level(nn.Module):
    """Mean and deviation over time of what an early layer says, its bands joined by learned weights."""

    def __init__(self, width: int, bands: int, outputs: int, rises: bool = False) -> None:
        super().__init__()
        self.rises, self.outputs = rises, (3 if rises else 2) * outputs
        self.join = nn.Sequential(nn.Conv1d(width * bands, outputs, 1, bias=False), nn.BatchNorm1d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, times, bands) to (N, outputs)."""
        joined = self.join(x.transpose(2, 3).flatten(1, 2)).float()
        mean = joined.mean(2)
        variance = (joined * joined).mean(2) - mean * mean
        pooled = [mean, variance.clamp_min(SMALLEST_VARIANCE).sqrt()]
        return torch.cat([*pooled, rise(joined)] if self.rises else pooled, 1)


class Column(nn.Module):
    """A convolution, residual blocks, bands joined, attentive pooling over time, classes; see Voice."""

    def __init__(
        self,
        channels: int,
        outputs: int,
        bands: int,
        stem: int,
        widths: Sequence[int],
        joined: bool,
        attention: int,
        levels: int,
        dropout: float,
        rises: bool,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(channels, stem, 5, 2, padding=2, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
        ]
        self.stem = nn.Sequential(*layers)
        self.blocks, self.levels = nn.ModuleList(), nn.ModuleList()
        width, left = stem, -(-bands // 2)
        for wider in widths:
            if levels:
                self.levels.append(Level(width, left, levels, rises))
            self.blocks.append(BasicBlock(width, wider, 2))
            width, left = wider, -(-left // 2)
        self.join: nn.Module | None = None
        if joined:
            self.join = nn.Sequential(
                nn.Conv1d(width * left, width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU()
            )
        self.pool = AttentivePooling(width, attention, rises)
        pooled = self.pool.outputs + sum(cast(Level, level).outputs for level in self.levels)
        self.norm = nn.BatchNorm1d(pooled)
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(pooled, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from utterances (N, channels, frames, bands), normalised."""
        early: list[Tensor] = []
        x = self.stem(x)
        for number, block in enumerate(self.blocks):
            if self.levels:
                early.append(self.levels[number](x))
            x = block(x)
        x = x.mean(3) if self.join is None else self.join(x.transpose(2, 3).flatten(1, 2))
        pooled = torch.cat([self.pool(x), *early], 1)
        return cast(Tensor, self.classes(self.dropout(self.norm(pooled))))


class Voice(nn.Module):
    """One or more columns; what they say together."""

    example = Example(
        {
            "bands": 16,
            "stem": 8,
            "widths": [8, 16],
            "attention": 8,
            "levels": 4,
            "dropout": 0.0,
            "columns": 2,
        },
        SoundSpec(bands=16),
    )

    def __init__(
        self,
        channels: int,
        outputs: int,
        bands: int = 64,
        stem: int = 16,
        widths: Sequence[int] = (32, 64, 128),
        joined: bool = True,
        attention: int = 64,
        levels: int = 32,
        dropout: float = 0.3,
        columns: int = 1,
        rises: bool = False,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input: SoundSpec.channels.
            outputs: Number of logits.
            bands: Of the input: SoundSpec.bands.
            stem: Width of the first convolution, 5 x 5; it halves frames and bands.
            widths: Width of each residual block; each halves them again.
            joined: The bands that are left are joined by learned weights, so that high and low ones count
                differently; their mean is taken otherwise.
            attention: Width of the layer that weighs times.
            levels: Values that are kept of each early layer (all but the last block), as mean and deviation
                over time, beside those of the last: loudness, pitch and timbre, which many layers blur. None
                if 0.
            dropout: Share of the pooled features that is dropped before the last layer.
            columns: Networks side by side. Each learns from a part of each batch, so they differ, and a step
                takes no longer; the mean of their logits is the answer.
            rises: How much all that is pooled rises from the beginning to the end is kept, too. It needs
                whole utterances in training.

        Raises:
            ValueError: An option is out of range.
        """
        super().__init__()
        if min(channels, outputs, bands, stem, attention, columns, *widths) < 1 or not widths:
            raise ValueError("channels, outputs, bands, stem, widths, attention, columns must be 1 or more")
        if levels < 0:
            raise ValueError(f"levels must be 0 or more, not {levels}")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout must be 0 to below 1, not {dropout:g}")
        options = (channels, outputs, bands, stem, tuple(widths), joined, attention, levels, dropout, rises)
        self.columns = nn.ModuleList([Column(*options) for _ in range(columns)])

    def layer_groups(self) -> dict[str, nn.Module]:
        """The first convolutions of all columns, their blocks, what pools them, and the last layers."""
        columns = [cast(Column, column) for column in self.columns]
        groups: dict[str, nn.Module] = {"stem": nn.ModuleList([column.stem for column in columns])}
        for n in range(len(columns[0].blocks)):
            parts = [layers[n] for c in columns for layers in (c.levels, c.blocks) if len(layers)]
            groups[f"stage{n + 1}"] = nn.ModuleList(parts)
        pools = [part for c in columns for part in (c.join, c.pool, c.norm) if part is not None]
        heads = nn.ModuleList([column.classes for column in columns])
        return groups | {"pool": nn.ModuleList(pools), "head": heads}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from utterances (N, channels, frames, bands), normalised.

        In training each row comes from one column; of a batch with fewer than two rows a column, all come
        from the first.
        """
        if self.training:
            parts = x.tensor_split(len(self.columns)) if len(x) >= 2 * len(self.columns) else (x,)
            return torch.cat([column(part) for column, part in zip(self.columns, parts, strict=False)])
        return torch.stack([column(x) for column in self.columns]).mean(0)
