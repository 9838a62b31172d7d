"""What a network takes, and how it is made of what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mimik.errors import ModelError


class InputSpec(Protocol):
    """How one kind of input is made; its fields stand in the card under the kind's name."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one input of the network, without the first dimension, which counts them."""
        ...

    @property
    def text(self) -> str:
        """In few words, for the list of models."""
        ...


@dataclass(frozen=True, slots=True)
class CropSpec:
    """How a face is cut out and turned into a network's input."""

    size: int
    """Width and height of the crop in pixels."""
    channels: int = 1
    """1 (grey, ITU-R BT.601) or 3 (RGB)."""
    scale: float = 1.0
    """Side of the crop over the face's size: the geometric mean of its box's width and height, or what
    its landmarks say of it (mimik.faces.crop.face_square)."""
    shift_y: float = 0.0
    """How far the crop's centre lies below the box's centre, in the same unit."""
    upright: bool = True
    """Whether the line between the eyes is turned level, where landmarks are known."""
    equalise: bool = False
    """Whether the histogram of a grey crop is made even (cv2.equalizeHist)."""

    def __post_init__(self) -> None:
        if not 8 <= self.size <= 1024:
            raise ModelError(f"crop size must be 8 to 1024 pixels, not {self.size}")
        if self.channels not in (1, 3):
            raise ModelError(f"crop channels must be 1 or 3, not {self.channels}")
        if self.equalise and self.channels != 1:
            raise ModelError("a crop with colour can't be equalised: channels must be 1")
        if not 0.2 <= self.scale <= 5 or not -2 <= self.shift_y <= 2:
            raise ModelError(f"crop scale {self.scale} or shift_y {self.shift_y} is out of range")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)."""
        return self.channels, self.size, self.size

    @property
    def text(self) -> str:
        """For example "48 px grey"."""
        return f"{self.size} px {'grey' if self.channels == 1 else 'RGB'}"


INPUTS: dict[str, type[InputSpec]] = {"crop": CropSpec}
"""Kind of input to how it is described; a card has the key of exactly one."""

MEAN, STD = 0.5, 0.25
"""Normalisation of the input, the same for every network; written into the card."""
