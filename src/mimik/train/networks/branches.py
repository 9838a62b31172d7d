"""Convolutions over a stack of pictures, and beside them over a spectrogram: the fourth work's AR3 and AR5.

Three-dimensional convolutions after Tran et al., "Learning Spatiotemporal Features with 3D Convolutional
Networks", ICCV 2015, arXiv:1412.0767. What both branches say is put side by side for the last layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from mimik.models.inputs import ClipSpec, CropSpec, SoundSpec
from mimik.train.networks.example import Example


def _dense(inputs: int, outputs: int, dropout: float) -> list[nn.Module]:
    """A dense layer of features, with normalisation: without it, all of them may fall silent for good."""
    return [
        nn.Dropout(dropout),
        nn.Linear(inputs, outputs, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
    ]


class Seen(nn.Module):
    """Stages of convolutions over pictures and time, each followed by a pooling that halves all three."""

    def __init__(
        self,
        channels: int,
        sizes: Sequence[int],
        widths: Sequence[int],
        depth: int,
        dense: int,
        dropout: float,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for wider in widths:
            kernel, around = (depth, 3, 3), (depth // 2, 1, 1)
            layers += [
                nn.Conv3d(channels, wider, kernel, padding=around, bias=False),
                nn.BatchNorm3d(wider),
                nn.ReLU(),
                nn.MaxPool3d(2),
            ]
            channels, sizes = wider, [size // 2 for size in sizes]
        if min(sizes) < 1:
            raise ValueError(f"{len(widths)} stages leave nothing of the pictures")
        self.stages = nn.Sequential(*layers)
        self.dense = nn.Sequential(
            nn.Flatten(), *_dense(channels * sizes[0] * sizes[1] * sizes[2], dense, dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, frames, height, width) to (N, dense)."""
        return cast(Tensor, self.dense(self.stages(x)))


class Heard(nn.Module):
    """Stages of convolutions over a spectrogram, then the mean of each band over time."""

    def __init__(self, channels: int, bands: int, widths: Sequence[int], dense: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for wider in widths:
            layers += [
                nn.Conv2d(channels, wider, 3, padding=1, bias=False),
                nn.BatchNorm2d(wider),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
            channels, bands = wider, bands // 2
        if bands < 1:
            raise ValueError(f"{len(widths)} stages leave nothing of the bands")
        self.stages = nn.Sequential(*layers)
        self.dense = nn.Sequential(*_dense(channels * bands, dense, dropout))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, times, bands), any number of times, to (N, dense)."""
        return cast(Tensor, self.dense(self.stages(x).mean(2).flatten(1)))


class Branches(nn.Module):
    """A branch that sees, and perhaps one that hears; the features of both tell the class."""

    example = Example(
        {
            **{"frames": 8, "height": 32, "width": 24, "heard": 1, "bands": 16},
            **{"widths": [8, 16], "dense": 16, "heard_widths": [8, 16], "heard_dense": 16, "dropout": 0.0},
        },
        ClipSpec(CropSpec(size=32), frames=8, columns=24, sound=SoundSpec(bands=16, channels=1)),
    )

    def __init__(
        self,
        channels: int,
        outputs: int,
        frames: int,
        height: int,
        width: int,
        heard: int = 0,
        bands: int = 64,
        widths: Sequence[int] = (16, 32, 64, 128),
        depth: int = 3,
        dense: int = 256,
        heard_widths: Sequence[int] = (16, 32, 64),
        heard_dense: int = 128,
        dropout: float = 0.5,
    ) -> None:
        """Build it.

        Args:
            channels: Of the pictures, 1 or 3.
            outputs: Number of logits.
            frames: Pictures of a clip.
            height: Of the pictures.
            width: Of the pictures.
            heard: Channels of the sound; it isn't heard if 0.
            bands: Of the sound.
            widths: Of the convolutions over pictures, a stage each.
            depth: Pictures that they see at once: 3, or 1, so that pictures meet in the poolings alone.
            dense: Features of what is seen.
            heard_widths: Of the convolutions over sound, a stage each.
            heard_dense: Features of what is heard.
            dropout: Share of the values that is dropped before each dense layer.

        Raises:
            ValueError: An option is out of range, or the stages leave nothing.
        """
        super().__init__()
        if (
            min(channels, outputs, frames, height, width, bands, dense, heard_dense, *widths, *heard_widths)
            < 1
        ):
            raise ValueError("channels, outputs, sizes, widths and dense must be 1 or more")
        if depth not in (1, 3) or heard < 0 or not 0 <= dropout < 1:
            raise ValueError(f"depth must be 1 or 3 and dropout 0 to below 1, not {depth} and {dropout:g}")
        self.seen = Seen(channels, (frames, height, width), widths, depth, dense, dropout)
        self.heard = Heard(heard, bands, heard_widths, heard_dense, dropout) if heard else None
        features = dense + (heard_dense if heard else 0)
        self.classes = nn.Sequential(nn.Dropout(dropout), nn.Linear(features, outputs))

    def layer_groups(self) -> dict[str, nn.Module]:
        """The two branches, and the last layer."""
        heard = {} if self.heard is None else {"heard": self.heard}
        return {"seen": self.seen, **heard, "head": self.classes}

    def forward(self, frames: Tensor, sound: Tensor | None = None) -> Tensor:
        """Logits (N, outputs) from clips.

        Args:
            frames: Pictures (N, channels, frames, height, width), normalised.
            sound: What is heard (N, heard, times, bands), normalised, if it is.
        """
        features = self.seen(frames)
        if self.heard is not None and sound is not None:
            features = torch.cat([features, self.heard(sound)], 1)
        return cast(Tensor, self.classes(features))
