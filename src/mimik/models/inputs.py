"""What a network takes, and how it is made of what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mimik.errors import ModelError


class InputSpec(Protocol):
    """How one kind of input is made; its fields stand in the card under the kind's name."""

    @property
    def shapes(self) -> Mapping[str, tuple[int | None, ...]]:
        """Name of each input of the network to its shape, without the first dimension, which counts them.

        None is free.
        """
        ...

    @property
    def usual_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The same of inputs of usual length, by which networks are measured: a second of sound."""
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
    black: bool = False
    """Whether what lies past the picture's border is black; if not, it repeats the border."""

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
    def shapes(self) -> dict[str, tuple[int, int, int]]:
        """See InputSpec."""
        return {"face": self.shape}

    @property
    def usual(self) -> tuple[int, int, int]:
        """The same as ``shape``."""
        return self.shape

    @property
    def usual_shapes(self) -> tuple[tuple[int, ...], ...]:
        """See InputSpec."""
        return (self.shape,)

    @property
    def text(self) -> str:
        """For example "48 px grey"."""
        return f"{self.size} px {'grey' if self.channels == 1 else 'RGB'}"


@dataclass(frozen=True, slots=True)
class SoundSpec:
    """How an utterance is turned into a network's input: log-mel bands over time (mimik.voice.inputs)."""

    bands: int = 64
    """Mel bands."""
    window_s: float = 0.025
    """Length of the window (Hann), in seconds."""
    hop_s: float = 0.010
    """From one window to the next, in seconds."""
    low_hz: float = 50.0
    """Where the lowest band begins."""
    high_hz: float = 8000.0
    """Where the highest band ends."""
    floor_db: float = 80.0
    """What is quieter than the loudest value by more than this counts as this much quieter."""
    trim_db: float = 35.0
    """Both ends are cut off where they are quieter than the loud parts by more than this; 0 keeps them."""
    channels: int = 2
    """1: level below the loudest value; 2: that, and each band's level less its mean over the utterance."""
    shortest_s: float = 0.5
    """A shorter utterance is filled up with silence to this."""

    def __post_init__(self) -> None:
        if not 8 <= self.bands <= 256 or self.channels not in (1, 2):
            raise ModelError(
                f"sound bands must be 8 to 256 and channels 1 or 2, not {self.bands} and {self.channels}"
            )
        if not 0.001 <= self.hop_s <= self.window_s <= 0.2 or not 0.1 <= self.shortest_s <= 10:
            raise ModelError(
                f"sound window_s {self.window_s}, hop_s {self.hop_s} or shortest_s {self.shortest_s} is out "
                "of range"
            )
        if not 0 <= self.low_hz < self.high_hz <= 8000:
            raise ModelError(
                f"sound must have 0 <= low_hz < high_hz <= 8000, not {self.low_hz} and {self.high_hz}"
            )
        if not 10 <= self.floor_db <= 100 or not 0 <= self.trim_db <= self.floor_db:
            raise ModelError(f"sound floor_db {self.floor_db} or trim_db {self.trim_db} is out of range")

    @property
    def fewest(self) -> int:
        """Frames of the shortest input."""
        return round(self.shortest_s / self.hop_s)

    @property
    def shape(self) -> tuple[int, None, int]:
        """(channels, frames, bands); the frames are free."""
        return self.channels, None, self.bands

    @property
    def shapes(self) -> dict[str, tuple[int, None, int]]:
        """See InputSpec."""
        return {"utterance": self.shape}

    @property
    def usual(self) -> tuple[int, int, int]:
        """A second of it."""
        return self.channels, round(1 / self.hop_s), self.bands

    @property
    def usual_shapes(self) -> tuple[tuple[int, ...], ...]:
        """See InputSpec."""
        return (self.usual,)

    @property
    def text(self) -> str:
        """For example "speech, 64 bands"."""
        return f"speech, {self.bands} bands"


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """How a clip is turned into a network's inputs: one face, evenly spaced, and perhaps what is heard."""

    crop: CropSpec
    """How the face is cut out of each picture."""
    frames: int = 20
    """Pictures of the clip, from the first to the last, evenly spaced."""
    columns: int = 0
    """The middle columns of each crop that are seen; all if 0."""
    sound: SoundSpec | None = None
    """How the whole clip is heard; it is seen alone if None."""

    def __post_init__(self) -> None:
        if not 2 <= self.frames <= 100:
            raise ModelError(f"clip frames must be 2 to 100, not {self.frames}")
        if self.columns != 0 and not 8 <= self.columns <= self.crop.size:
            raise ModelError(f"clip columns must be 8 to {self.crop.size}, or 0 for all, not {self.columns}")

    @property
    def channels(self) -> int:
        """Of the pictures."""
        return self.crop.channels

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(channels, frames, height, width) of the pictures."""
        return self.crop.channels, self.frames, self.crop.size, self.columns or self.crop.size

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """See InputSpec."""
        return {"frames": self.shape} | ({"sound": self.sound.shape} if self.sound else {})

    @property
    def usual_shapes(self) -> tuple[tuple[int, ...], ...]:
        """See InputSpec."""
        return (self.shape, *((self.sound.usual,) if self.sound else ()))

    @property
    def text(self) -> str:
        """For example "20 x 98 x 80 grey, speech, 64 bands"."""
        colour = "grey" if self.crop.channels == 1 else "RGB"
        seen = f"{' x '.join(map(str, self.shape[1:]))} {colour}"
        return f"{seen}, {self.sound.text}" if self.sound else seen


NetworkInput: TypeAlias = CropSpec | SoundSpec | ClipSpec
"""What mimik's own networks take."""

INPUTS: dict[str, type[InputSpec]] = {"crop": CropSpec, "sound": SoundSpec, "clip": ClipSpec}
"""Kind of input to how it is described; a card has the key of exactly one."""

MEAN, STD = 0.5, 0.25
"""Normalisation of the input, the same for every network; written into the card."""
