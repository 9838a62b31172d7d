"""Networks of the timm package (Wightman 2019), without their weights, to compare with."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from mimik.train.networks.plain import OldInput


class Timm(nn.Module):
    """A network of the timm package, without its weights."""

    def __init__(
        self, channels: int, outputs: int, name: str, columns: int = 0, dropout: float = 0.0
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            name: timm's name of it, "resnet18".
            columns: The middle columns that are seen; all if 0.
            dropout: Share of features dropped before the last layer.

        Raises:
            ValueError: timm isn't installed, or has no such network.
        """
        super().__init__()
        try:
            import timm  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise ValueError("the package timm isn't installed: pip install timm") from error
        if name not in timm.list_models():
            raise ValueError(f"timm has no network {name!r}")
        self.input = OldInput(columns)
        body: Any = timm.create_model(name, in_chans=channels, num_classes=0, drop_rate=dropout)
        self.body: nn.Module = body
        self.classes = nn.Linear(int(body.num_features), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, size, size)."""
        return cast(Tensor, self.classes(torch.flatten(self.body(self.input(x)), 1)))
