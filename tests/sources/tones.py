"""Small files with sound whose samples are known."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numbered_video import HEIGHT, WIDTH, numbered
from numpy.typing import NDArray

RATE = 16_000
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def tone(length_s: float, hertz: float = 1000.0, rate: int = RATE, size: float = 0.5) -> NDArray[np.float32]:
    """A pure tone."""
    time_s = np.arange(round(length_s * rate)) / rate
    return (size * np.sin(2 * np.pi * hertz * time_s)).astype(np.float32)


def late_tone(
    silence_s: float, length_s: float, rate: int = RATE, hertz: float = 1000.0
) -> NDArray[np.float32]:
    """Silence, and a tone after it."""
    return np.concatenate([np.zeros(round(silence_s * rate), np.float32), tone(length_s, hertz, rate)])


def onset_s(samples: NDArray[np.float32], rate: int = RATE) -> float:
    """When it becomes loud."""
    return float(np.argmax(np.abs(samples) > 0.1) / rate)


def write_sound(
    target: Any,
    *tracks: NDArray[np.float32],
    codec: str = "pcm_s16le",
    format: str | None = None,
    rate: int = RATE,
    begin_s: float = 0.0,
    picture_s: tuple[float, float] | None = None,
    missing_s: tuple[float, float] | None = None,
) -> None:
    """A file with audio tracks, (N,) or (channels, N) each, and perhaps a picture.

    Args:
        target: Path or binary stream.
        tracks: Samples, float32.
        codec: FFmpeg's name of an encoder.
        format: FFmpeg's name of a container, where the path's end doesn't tell.
        rate: Samples per second.
        begin_s: Timestamp of the first sample.
        picture_s: First and last timestamp of a picture, 25 frames a second.
        missing_s: Packets between these times are left out.
    """
    with av.open(target, "w", format=format) as container:
        video = None
        if picture_s:
            video = container.add_stream("libx264", rate=25)
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        streams = []
        for track in tracks:
            stream = container.add_stream(codec, rate=rate)
            stream.codec_context.layout = LAYOUTS[np.atleast_2d(track).shape[0]]
            streams.append(stream)
        if video and picture_s:
            stamps = range(round(picture_s[0] * 1000), round(picture_s[1] * 1000), 40)
            write_pictures(container, video, stamps)
        for track, stream in zip(tracks, streams, strict=True):
            for packet in packets(np.atleast_2d(track), stream, rate, begin_s):
                place_s = float(packet.pts * packet.time_base) - begin_s
                if missing_s and missing_s[0] <= place_s < missing_s[1]:
                    continue
                container.mux(packet)


def write_pictures(container: Any, video: Any, stamps: Sequence[int]) -> None:
    for index, stamp in enumerate(stamps):
        frame = av.VideoFrame.from_ndarray(numbered(index % 256))
        frame.pts, frame.time_base = stamp, Fraction(1, 1000)
        container.mux(video.encode(frame))
    container.mux(video.encode())


def packets(track: NDArray[np.float32], stream: Any, rate: int, begin_s: float) -> list[Any]:
    """The packets of a track, encoded."""
    context, found = stream.codec_context, []
    resampler = av.AudioResampler(context.format, context.layout, rate, context.frame_size or 1024)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(track), "fltp", LAYOUTS[len(track)])
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        part.pts, part.time_base = (part.pts or 0) + round(begin_s * rate), Fraction(1, rate)
        found += stream.encode(part)
    return [*found, *stream.encode()]
