"""The blocks of VGG16 with the head that VGGFace is fine-tuned with for expressions.

Blocks: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
arXiv:1409.1556, configuration D of table 1, which Parkhi et al., "Deep Face Recognition", BMVC 2015
(VGGFace), take over. The convolutions are numbered as torchvision and timm number theirs
(``features.0.weight``), so that weights of VGG16 from a file fit by their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from mimik.train.networks.example import Example


class Vgg(nn.Module):
    """Blocks of 3 x 3 convolutions, each followed by a pooling, then dense layers."""

    example = Example({"size": 32, "stages": [[8], [16, 16]], "dense": [32, 32]})

    def __init__(
        self,
        channels: int,
        outputs: int,
        size: int,
        stages: Sequence[Sequence[int]] = (
            (64, 64),
            (128, 128),
            (256, 256, 256),
            (512, 512, 512),
            (512, 512, 512),
        ),
        dense: Sequence[int] = (1024, 1024),
        dropout: float = 0.0,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            size: Sides of the input, 32 or more with five blocks.
            stages: Widths of the convolutions of each block.
            dense: Widths of the dense layers before the last.
            dropout: Share of values dropped before each dense layer but the first.

        Raises:
            ValueError: The blocks leave nothing of the input.
        """
        super().__init__()
        side = size >> len(stages)
        if side < 1:
            raise ValueError(f"{len(stages)} stages leave nothing of {size} pixels")
        layers: list[nn.Module] = []
        self.ends: list[int] = []
        width = channels
        for stage in stages:
            for wider in stage:
                layers += [nn.Conv2d(width, wider, 3, padding=1), nn.ReLU()]
                width = wider
            layers.append(nn.MaxPool2d(2))
            self.ends.append(len(layers))
        self.features = nn.Sequential(*layers)
        top: list[nn.Module] = []
        width *= side * side
        for wider in dense:
            top += [nn.Linear(width, wider), nn.ReLU(), nn.Dropout(dropout)]
            width = wider
        self.dense = nn.Sequential(*top)
        self.classes = nn.Linear(width, outputs)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear) and layer is not self.classes:
                # Without batch normalisation thirteen layers of torch's own start pass on next to nothing.
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(cast(Tensor, layer.bias))

    def layer_groups(self) -> dict[str, nn.Module]:
        """Each block, and all dense layers as the head."""
        starts = [0, *self.ends]
        blocks = {f"stage{n + 1}": self.features[starts[n] : end] for n, end in enumerate(self.ends)}
        return {**blocks, "head": nn.ModuleList([self.dense, self.classes])}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, size, size)."""
        return cast(Tensor, self.classes(self.dense(self.features(x).flatten(1))))
