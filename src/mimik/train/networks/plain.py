"""Convolutions, max pooling and dense layers: plain networks, kept to repeat older work with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from mimik.models.inputs import MEAN, STD
from mimik.train.networks.example import Example


class OldInput(nn.Module):
    """Pixels as (f - 127) / 128, f from 0 to 255, of the middle columns of the crop, or of a disc."""

    disc: Tensor

    def __init__(self, columns: int = 0, disc: int = 0) -> None:
        super().__init__()
        self.columns = columns
        places = (torch.arange(disc) + 0.5) / max(disc, 1) - 0.5
        inside = places[:, None] ** 2 + places[None] ** 2 <= 0.25
        self.register_buffer("disc", inside.float() if disc else torch.ones(1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, S, S), normalised as for every network here, to (N, channels, S, columns)."""
        if self.columns:
            left = (x.shape[3] - self.columns) // 2
            x = x[..., left : left + self.columns]
        return ((x * STD + MEAN) * 255 - 127) / 128 * self.disc


class Plain(nn.Module):
    """Stages of convolutions, each followed by a pooling, then dense layers."""

    example = Example({"size": 32, "stages": [[8], [16]], "dense": [16]})

    def __init__(
        self,
        channels: int,
        outputs: int,
        size: int,
        stages: Sequence[Sequence[int]] = ((32,), (64,), (128,)),
        kernel: int = 3,
        dense: Sequence[int] = (512,),
        columns: int = 0,
        dropout: float = 0.0,
        disc: bool = False,
        norm: bool = True,
        linear: bool = False,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            size: Sides of the input.
            stages: Widths of the convolutions of each stage.
            kernel: Their sides.
            dense: Widths of the dense layers before the last.
            columns: The middle columns that are seen; all if 0.
            dropout: Share of values dropped before each dense layer.
            disc: Whether it sees only the disc within the square, which looks alike however a face is turned.
            norm: Whether a batch normalisation follows each convolution.
            linear: Whether no activation follows the last of the dense layers: its values are then features
                for others to read.

        Raises:
            ValueError: The stages leave nothing of the input, or there is no dense layer to be linear.
        """
        super().__init__()
        layers: list[nn.Module] = [OldInput(columns, size if disc else 0)]
        self.ends: list[int] = []
        width, sides = channels, [size, columns or size]
        for stage in stages:
            for wider in stage:
                layers.append(nn.Conv2d(width, wider, kernel, padding=kernel // 2, bias=not norm))
                layers += [nn.BatchNorm2d(wider), nn.ReLU()] if norm else [nn.ReLU()]
                width = wider
            layers.append(nn.MaxPool2d(2))
            self.ends.append(len(layers))
            sides = [side // 2 for side in sides]
        if min(sides) < 1:
            raise ValueError(f"{len(stages)} stages leave nothing of {size} pixels")
        if linear and not dense:
            raise ValueError("linear is about the last dense layer, and there is none")
        layers.append(nn.Flatten())
        width *= sides[0] * sides[1]
        for wider in dense:
            layers += [nn.Dropout(dropout), nn.Linear(width, wider), nn.ReLU()]
            width = wider
        if linear:
            layers.pop()
        self.ends += [len(layers)] if dense else []
        self.features = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(width, outputs)

    def layer_groups(self) -> dict[str, nn.Module]:
        """The stages of convolutions, the dense layers (the last stage), and the last layer."""
        starts = [0, *self.ends]
        stages = {f"stage{n + 1}": self.features[starts[n] : end] for n, end in enumerate(self.ends)}
        return {**stages, "head": self.classes}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, size, size)."""
        return cast(Tensor, self.classes(self.dropout(self.features(x))))
