"""Decoded frames -> upright RGB pictures, in the standard range."""

from __future__ import annotations

from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc, VideoReformatter

from mimik.sources.container import check_size
from mimik.sources.options import SourceOptions
from mimik.sources.orientation import matrix_orientation, upright
from mimik.sources.select import scaled_size
from mimik.types import Image

_UNSPECIFIED = 2
"""FFmpeg's number of a colour space that the file doesn't name."""


_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
"""The curves of high dynamic range, PQ and HLG: shown as they are they look grey."""


class Converter:
    """Turns decoded frames into upright RGB pictures; keeps FFmpeg's scaler from frame to frame."""

    def __init__(self, options: SourceOptions, name: str, aspect: float = 1.0) -> None:
        """Prepare.

        Args:
            options: max_size and max_pixels matter.
            name: What the messages call the source.
            aspect: Width of a pixel by its height, as the video wants to be shown.
        """
        self._reformatter = VideoReformatter()
        self._options, self._name, self.aspect = options, name, aspect

    def __call__(self, frame: av.VideoFrame) -> Image:
        """RGB uint8 (H, W, 3), upright, scaled down to max_size.

        Raises:
            TooLargeError: More pixels than the limit.
        """
        shown = max(1, round(frame.width * self.aspect))
        check_size(max(frame.width, shown), frame.height, self._options, self._name)
        width, height = scaled_size(shown, frame.height, self._options.max_size)
        # High definition without a named colour space is BT.709; FFmpeg would take BT.601.
        guess = frame.colorspace == _UNSPECIFIED and frame.height >= 720
        # High dynamic range is brought to the standard one (white at 203 cd/m2, ITU-R BT.2408).
        hdr = frame.color_trc in _HDR
        picture = self._reformatter.reformat(
            frame,
            width,
            height,
            "rgb24",
            src_colorspace=Colorspace.ITU709 if guess else None,
            dst_colorspace=Colorspace.ITU709 if hdr else None,
            dst_color_trc=ColorTrc.IEC61966_2_1 if hdr else None,
            dst_color_primaries=ColorPrimaries.BT709 if hdr else None,
        )
        return upright(
            cast("np.ndarray[Any, np.dtype[np.uint8]]", picture.to_ndarray()), frame_orientation(frame)
        )


def frame_orientation(frame: av.VideoFrame) -> int:
    """How a frame lies, 1 to 8 as in EXIF."""
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # Beside it lies something that PyAV doesn't know, such as EXIF.
        return {90: 8, 180: 3, -180: 3, -90: 6}.get(frame.rotation, 1)
    return matrix_orientation(bytes(cast(Any, matrix))) if matrix is not None else 1
