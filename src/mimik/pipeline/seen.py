"""What travels from stage to stage: a frame with its faces, and what is known of them by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mimik.faces.recognise import Crops, Squares, Values
from mimik.types import Box, Detection, Frame, Quality


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """One face of a frame."""

    id: int
    """Number of the person's track."""
    detection: Detection
    """Where it is."""
    quality: Quality
    """How well it can be seen."""
    values: Values = field(default_factory=dict)
    """What the networks say of it, before smoothing; empty until they have run."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A frame whose faces were found."""

    frame: Frame
    """As it came from the source."""
    faces: tuple[SeenFace, ...]
    """Those that are large enough, in the order in which they were found."""
    squares: Squares
    """Where the crops lie, an entry a face; empty where there is none."""
    crops: Crops
    """What the networks are to see, likewise."""
    also_hide_xyxy: tuple[Box, ...] = ()
    """Other faces, which a picture must hide, too: too small, or seen a moment ago, but not in this frame;
    or newcomers."""

    def with_values(self, values: Sequence[Values]) -> Seen:
        """The same, with what the networks say of each face."""
        pairs = zip(self.faces, values, strict=True)
        faces = tuple(SeenFace(one.id, one.detection, one.quality, own) for one, own in pairs)
        return replace(self, faces=faces)
