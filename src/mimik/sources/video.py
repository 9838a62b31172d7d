"""Video files, decoded by FFmpeg through PyAV."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.reformatter import Colorspace, VideoReformatter

from mimik.errors import DecodeError, LiveSourceError, SourceError, SourceNotFoundError, TooLargeError
from mimik.sources.address import public_name
from mimik.sources.base import BaseSource
from mimik.sources.files import open_file
from mimik.sources.options import SourceOptions
from mimik.sources.orientation import matrix_orientation, upright
from mimik.sources.select import expected_count, scaled_size, select
from mimik.sources.timeline import Timeline
from mimik.types import Frame, Image

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,asf,ogg,mpeg,mpegts,mpegvideo,mjpeg,mpjpeg,mxf,dv,"
    "yuv4mpegpipe,h264,hevc,ivf,m4v,hls,rtsp,rtp,sdp"
)
"""FFmpeg's demuxers that are let loose on input."""

_PLAYLISTS = ("hls", "rtsp", "rtp", "sdp")
_MAX_THREADS = 4
_UNSPECIFIED = 2
"""FFmpeg's number of a colour space that the file doesn't name."""


@dataclass(slots=True)
class _Tally:
    """What was wrong on the way."""

    sent: int = 0
    """Packets that went into the decoder."""
    errors: int = 0
    """How often the decoder gave up."""
    marred: int = 0
    """Frames that were decoded with faults."""
    hidden: int = 0
    """Packets that the container says not to show."""


class VideoSource(BaseSource):
    """A video as a stream of frames with the container's own times; audio is passed over.

    Frames before the time range are decoded but not converted: that alone keeps their numbers true.
    """

    def __init__(self, source: Path | bytes | str, options: SourceOptions) -> None:
        """Read the header.

        Args:
            source: Path, bytes, or HTTP address of a video file.
            options: Which frames are taken.

        Raises:
            SourceNotFoundError: There is no such file.
            DecodeError: Empty, damaged, or without a picture.
            TooLargeError: More pixels than the limit; nothing was decoded.
            LiveSourceError: The address doesn't answer.
        """
        super().__init__("bytes" if isinstance(source, bytes) else public_name(str(source)), options)
        self._file: Any = None
        if isinstance(source, Path):
            self._file = open_file(source)
        elif isinstance(source, bytes):
            self._file = io.BytesIO(source)
        try:
            self._container = open_container(self._file or source, self.name, options)
            self._stream = picture_stream(self._container, self.name, options)
        except SourceError:
            self.close()
            raise
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.fps = float(rate) if rate else None
        self._duration_s = _duration_s(self._container, self._stream)
        if self.fps and self._duration_s:
            self.frame_count = expected_count(self._duration_s, self.fps, options)

    def __iter__(self) -> Iterator[Frame]:
        """The frames.

        Raises:
            DecodeError: Not one frame could be read. Later, what was read is kept and ``problem``
                says what happened.
            TooLargeError: The size grows past the limit on the way.
        """
        convert = Converter(self.options, self.name, pixel_aspect(self._stream))
        taken = 0
        for index, time_s, frame in select(self._decoded(), self.options):
            taken += 1
            yield Frame(convert(frame), index, time_s, self.name)
        if taken == 0 and self.problem is None:
            self.problem = self._none_in_range(self._duration_s)

    def _decoded(self) -> Iterator[tuple[int, float, av.VideoFrame]]:
        """Index, time and unconverted picture of every frame."""
        limit_s = None if self._duration_s is None else 1.05 * self._duration_s + 5
        timeline = Timeline(float(self._stream.time_base or 1), 1 / (self.fps or 25.0), limit_s)
        index, time_s, tally = 0, 0.0, _Tally()
        for packet in self._packets():
            for frame in self._frames_of(packet, tally):
                time_s = timeline.seconds(frame.dts if frame.pts is None else frame.pts)
                yield index, time_s, frame
                index += 1
        if index == 0:
            raise DecodeError(f"{self.name}: no frame could be read; the video is damaged or cut short")
        self._note(index, time_s, tally)

    def _frames_of(self, packet: Packet[av.VideoStream] | None, tally: _Tally) -> list[av.VideoFrame]:
        """Decode one packet; a damaged one is counted and left out."""
        try:
            frames = self._stream.decode(packet)
        except FFmpegError:
            tally.errors += 1
            return []
        finally:
            tally.sent += packet is not None and packet.size > 0
        marred = sum(frame.is_corrupt for frame in frames)
        if packet is not None:
            tally.hidden += packet.is_discard
            marred = marred or packet.is_corrupt
        tally.marred += marred
        return frames

    def _packets(self) -> Iterator[Packet[av.VideoStream] | None]:
        """Packets of the picture, then an empty one that brings out the frames still in the decoder."""
        try:
            yield from self._container.demux(self._stream)
        except FFmpegError as error:
            self.problem = f"reading broke off ({error.strerror}); the rest is missing"
            yield None

    def _note(self, count: int, last_s: float, tally: _Tally) -> None:
        """Say what was wrong with the file."""
        notes = [self.problem] if self.problem else []
        expected, duration_s = self._stream.frames, self._duration_s
        # Only MP4 counts true frames; elsewhere the last time tells.
        if "mp4" in self._container.format.name and expected:
            cut = expected > max(tally.sent, count)
        else:
            cut = duration_s is not None and last_s < 0.95 * duration_s - 1
        if cut:
            whole = "" if duration_s is None else f" of {duration_s:.1f}"
            notes.append(f"cut short: it ends at {last_s:.1f}{whole} s")
        if tally.errors:
            # Decoding on several threads, one error may take its neighbours along.
            notes.append(f"lost to damage: {max(tally.errors, tally.sent - tally.hidden - count)} frames")
        if tally.marred:
            notes.append(f"partly damaged: {tally.marred} frames")
        self.problem = "; ".join(notes) or None

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_container"):
            self._container.close()
        if self._file is not None:
            self._file.close()


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
        self._options, self._name, self._aspect = options, name, aspect

    def __call__(self, frame: av.VideoFrame) -> Image:
        """RGB uint8 (H, W, 3), upright, scaled down to max_size.

        Raises:
            TooLargeError: More pixels than the limit.
        """
        shown = max(1, round(frame.width * self._aspect))
        check_size(max(frame.width, shown), frame.height, self._options, self._name)
        width, height = scaled_size(shown, frame.height, self._options.max_size)
        # High definition without a named colour space is BT.709; FFmpeg would take BT.601.
        guess = frame.colorspace == _UNSPECIFIED and frame.height >= 720
        picture = self._reformatter.reformat(
            frame, width, height, "rgb24", src_colorspace=Colorspace.ITU709 if guess else None
        )
        matrix = frame.side_data.get("DISPLAYMATRIX")
        orientation = matrix_orientation(bytes(cast(Any, matrix))) if matrix is not None else 1
        return upright(cast("np.ndarray[Any, np.dtype[np.uint8]]", picture.to_ndarray()), orientation)


def open_container(
    source: Any, name: str, options: SourceOptions, timeout: tuple[float, float] | None = None, **more: str
) -> InputContainer:
    """Open a file or address with FFmpeg.

    Args:
        source: A binary stream or an address.
        name: What the messages call it.
        options: max_pixels and patience_s matter.
        timeout: Seconds to wait when opening and when reading.
        more: Further options of FFmpeg.

    Raises:
        DecodeError: It isn't a video.
        SourceNotFoundError: The address doesn't exist.
        LiveSourceError: The address doesn't answer.
    """
    remote = isinstance(source, str)
    limits = {
        "format_whitelist": FORMATS if remote else ",".join(set(FORMATS.split(",")) - set(_PLAYLISTS)),
        # A file must not make FFmpeg open other files or addresses.
        "protocol_whitelist": "http,https,tcp,tls,udp,rtp,rtmp,rtsp,srt,crypto" if remote else "none",
        "max_pixels": str(options.max_pixels),
    }
    wait = timeout or (options.patience_s, options.patience_s) if remote else None
    try:
        return cast(InputContainer, av.open(source, "r", options={**limits, **more}, timeout=wait))
    except av.error.HTTPNotFoundError as error:
        raise SourceNotFoundError(f"{name}: the server has no such address; check it") from error
    except av.error.InvalidDataError as error:
        raise DecodeError(f"{name}: not a picture or video that can be read, or it is cut short") from error
    except (FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        if remote:
            raise LiveSourceError(f"{name}: can't be opened ({reason}); check the address") from error
        raise DecodeError(f"{name}: not a picture or video that can be read ({reason})") from error


def picture_stream(container: InputContainer, name: str, options: SourceOptions) -> av.VideoStream:
    """The stream that holds the moving picture, ready to decode.

    Raises:
        DecodeError: There is none, or no decoder for it.
        TooLargeError: It has more pixels than the limit.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            break
    else:
        raise DecodeError(f"{name}: has no moving picture (only sound?); name a video")
    if stream.codec_context is None:
        raise DecodeError(f"{name}: FFmpeg has no decoder for this video; convert it to H.264")
    check_size(stream.width, stream.height, options, name)
    stream.codec_context.options = {"max_pixels": str(options.max_pixels)}
    stream.thread_type = "AUTO"
    stream.thread_count = options.threads or min(_MAX_THREADS, os.cpu_count() or 1)
    return stream


def pixel_aspect(stream: av.VideoStream) -> float:
    """Width of a pixel by its height, so that faces aren't read squeezed; 1 if it isn't said, or absurd."""
    ratio = float(stream.sample_aspect_ratio or 1)
    return ratio if 0.25 <= ratio <= 4 else 1.0


def check_size(width: int, height: int, options: SourceOptions, name: str) -> None:
    """Refuse a picture with too many pixels.

    Raises:
        TooLargeError: It has more than options.max_pixels.
    """
    if width * height > options.max_pixels:
        raise TooLargeError(
            f"{name}: {width} x {height} pixels are more than the limit of {options.max_pixels}; "
            "scale it down, or raise the limit (max_pixels, --max-pixels)"
        )


def _duration_s(container: InputContainer, stream: av.VideoStream) -> float | None:
    """Length of the picture in seconds, as the header has it."""
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
        # A cut AVI's duration is that of the rest, but its header still counts all frames.
        return max(seconds, float(stream.frames / stream.average_rate)) if stream.average_rate else seconds
    with suppress(KeyError, ValueError):  # Matroska says it in a tag: 00:00:10.000000000
        hours, minutes, rest = stream.metadata["DURATION"].split(":")
        # It is the time of the end, and the first frame may come late.
        begin = float((stream.start_time or 0) * stream.time_base) if stream.time_base else 0.0
        return int(hours) * 3600 + int(minutes) * 60 + float(rest) - max(begin, 0.0)
    # The whole file's length may be that of the sound.
    if container.duration and not container.streams.audio:
        return container.duration / av.time_base
    return None
