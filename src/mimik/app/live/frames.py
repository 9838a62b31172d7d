"""Frames as they come from a browser or a source of the server, made ready to be read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from mimik.app.live.engine import check_searched
from mimik.app.live.offers import ReadOptions
from mimik.app.options import Limits
from mimik.sources.decode import decode_image
from mimik.types import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """A frame as it came from a browser."""

    picture: bytes
    index: int
    time_s: float
    came_s: float = field(default_factory=time.monotonic)

    def decode(self, max_pixels: int) -> Frame:
        """The frame.

        Raises:
            SourceError: It can't be read, or is too large.
        """
        return Frame(decode_image(self.picture, max_pixels, "frame"), self.index, self.time_s, "browser")


def frame_of(item: Sent | Frame, options: ReadOptions, limits: Limits) -> Frame:
    """The frame that came.

    Raises:
        SourceError: It can't be read, or is too large to be decoded or searched.
    """
    frame = item.decode(limits.pixels) if isinstance(item, Sent) else item
    check_searched(frame, options, limits)
    return frame
