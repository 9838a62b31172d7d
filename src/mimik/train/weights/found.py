"""Weights that were found for a network, before they are fitted to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from mimik.models.card import ModelCard


@dataclass(frozen=True)
class Found:
    """The weights of a file, and what is known of them."""

    weights: dict[str, Tensor]
    """Name in the file to values."""
    source: str
    """What they are of, in few words."""
    heads: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    """Target of each head to its outputs and labels, in the order of the last layer's rows; empty where
    the file doesn't tell."""
    card: ModelCard | None = None
    """Of a finished model, whose ONNX file has normalisation folded into the convolutions before it."""
