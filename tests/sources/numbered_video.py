"""Small pictures and videos whose pixels tell their index."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np

WIDTH, HEIGHT, BITS = 128, 64, 8


def numbered(index: int) -> np.ndarray:
    """A picture that shows a number as eight black and white bars."""
    bars = [255 * (index >> bit & 1) for bit in range(BITS)]
    row = np.repeat(np.array(bars, np.uint8), WIDTH // BITS)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (HEIGHT, WIDTH, 3)))


def number_of(image: np.ndarray) -> int:
    """The number that a picture shows, at any size."""
    bars = image.mean(axis=(0, 2)).reshape(BITS, -1).mean(axis=1)
    return sum(int(bar > 127) << bit for bit, bar in enumerate(bars))


def write_video(
    target: Any,
    stamps: Sequence[int],
    codec: str = "libx264",
    format: str | None = None,
    rotation: int = 0,
    options: dict[str, str] | None = None,
    rate: int = 25,
    aspect: Fraction | None = None,
) -> None:
    """A video whose nth frame shows n and is stamped stamps[n] thousandths of a second."""
    with av.open(target, "w", format=format, options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options={"g": "10"})
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        # AVI and MPEG-2 have a slot for each tick.
        tick = Fraction(1, rate) if codec in ("mpeg4", "mpeg2video") else Fraction(1, 1000)
        stream.time_base = stream.codec_context.time_base = tick
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for index, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(numbered(index))
            frame.pts, frame.time_base = stamp * tick.denominator // 1000, tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
