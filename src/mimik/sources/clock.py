"""What a video says of time: its rate, where its picture begins, when it was recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

import av
from av.container import InputContainer

from mimik.sources.timeline import LONGEST_GAP_S

RAW = frozenset({"h264", "hevc", "mjpeg", "m4v", "mpegvideo"})
"""FFmpeg's names of streams without a container: they hold no times, and a rate at the most."""
GUESS_FPS = 25.0
"""The rate of a raw stream that doesn't say its own; what FFmpeg takes, too."""
MOST_FPS = 1000
"""A mean rate above this is rather a unit of time, as of raw DV; FFmpeg's guess from the frames is better."""
_CREATED = ("com.apple.quicktime.creationdate", "creation_time", "date")
"""Where a container may hold the time of its recording; the first knows the time zone."""


def is_raw(container: InputContainer) -> bool:
    """Whether it is a bare stream, without times."""
    return container.format.name in RAW


def counts_packets(container: InputContainer) -> bool:
    """Whether its times are those of decoding, in which frames lie in another order than they are shown."""
    return container.format.name == "avi"


def longest_gap_s(container: InputContainer) -> float:
    """The longest time there may be between two frames of one recording.

    Recordings of TV and of discs are joined byte by byte, each with its own clock; elsewhere a time lapse
    may be as slow as it likes.
    """
    return LONGEST_GAP_S if container.format.name in ("mpegts", "mpeg") else math.inf


def rate_fps(
    container: InputContainer, stream: av.VideoStream, wish: float | None
) -> tuple[float | None, str]:
    """Frames per second, and what had to be assumed for it ("" if nothing).

    Args:
        container: The video.
        stream: Its picture.
        wish: What the user says of a raw stream.
    """
    if not is_raw(container):
        rate = stream.average_rate or stream.guessed_rate
        if rate and rate > MOST_FPS:
            rate = stream.guessed_rate or rate
        note = "it has times of its own, so the rate that was given (fps, --fps) is left out" if wish else ""
        return (float(rate) if rate else None), note
    if wish:
        return float(wish), ""
    # Of a raw stream FFmpeg's average is its own guess; what the header says is in the decoder.
    written = stream.codec_context.framerate if container.format.name != "mjpeg" else None
    if written:
        return float(written), ""
    return (
        GUESS_FPS,
        f"its rate isn't written in it: {GUESS_FPS:g} frames a second are assumed (--fps says another)",
    )


def offset_s(container: InputContainer, stream: av.VideoStream) -> float:
    """Seconds from the beginning of the container, be it sound, to that of its picture."""
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    begin = (container.start_time or 0) / av.time_base
    return max(0.0, float(stream.start_time * stream.time_base) - begin)


def late_s(container: InputContainer, stream: av.VideoStream, first: av.VideoFrame) -> float:
    """How much later than the header says the picture begins.

    What lies before the first keyframe can't be decoded, and recorders that copy a camera's stream begin
    anywhere.

    Args:
        container: The video.
        stream: Its picture.
        first: The first frame that was decoded.
    """
    counted = counts_packets(container)
    stamp, begin = first.dts if counted else first.pts, stream.start_time
    if is_raw(container) or stamp is None or begin is None or stream.time_base is None:
        return 0.0
    if counted:  # The decoder has held so many frames back.
        stamp = max(begin, stamp - stream.codec_context.reorder_depth)
    return float((stamp - begin) * stream.time_base)


def created_at(container: InputContainer, stream: av.VideoStream) -> str | None:
    """When it was recorded, as the file says (ISO 8601); None if it doesn't."""
    for metadata in (container.metadata, stream.metadata):
        for name in _CREATED:
            if (text := _as_time(metadata, name)) is not None:
                return text
    return None


def _as_time(metadata: Mapping[str, str], name: str) -> str | None:
    """A time of the metadata; what is none, or stands for none (1904, 1970), is left out."""
    with suppress(KeyError, ValueError):
        moment = datetime.fromisoformat(metadata[name].strip())
        return moment.isoformat() if moment.year > 1970 else None
    return None
