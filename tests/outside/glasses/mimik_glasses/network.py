"""The smallest network that there is."""

from torch import Tensor, nn


class Linear(nn.Module):
    """One layer over pixels that are averaged into a grid of four by four."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(16 * channels, outputs))

    def layer_groups(self) -> dict[str, nn.Module]:
        """All of it makes logits."""
        return {"head": self.layers}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, S, S)."""
        return self.layers(x)
