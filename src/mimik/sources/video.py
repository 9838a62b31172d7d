"""Video files, decoded by FFmpeg through PyAV."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc, VideoReformatter

from mimik.errors import (
    DecodeError,
    LiveSourceError,
    MimikError,
    SourceError,
    SourceNotFoundError,
    TooLargeError,
)
from mimik.sources import clock
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
_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
"""The curves of high dynamic range, PQ and HLG: shown as they are they look grey."""
_FEW_FRAMES = 4
"""A video may end this many frames before its header says, and still be whole."""


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
    count: int = 0
    """Frames that were decoded."""
    last_s: float = 0.0
    """The time of the last one."""
    end_s: float = 0.0
    """How long it is shown, as far as the container says."""
    longest_s: float = 0.0
    """The longest time between two of them."""

    def shown(self, time_s: float, duration_s: float) -> None:
        """Count one frame."""
        if self.count:
            self.longest_s = max(self.longest_s, time_s - self.last_s)
        self.count += 1
        self.last_s, self.end_s = time_s, time_s + duration_s


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
        kind = "mjpeg" if isinstance(source, Path) and _is_joined(self._file) else None
        try:
            with surprises(self.name):
                self._container = open_container(self._file or source, self.name, options, kind=kind)
                self._stream = picture_stream(self._container, self.name, options)
                self._read_header()
        except SourceError:
            self.close()
            raise

    def _read_header(self) -> None:
        container, stream = self._container, self._stream
        self.fps, note = clock.rate_fps(container, stream, self.options.fps)
        self.notes = (note,) if note else ()
        self.offset_s = clock.offset_s(container, stream)
        self.created_at = clock.created_at(container, stream)
        if (more := len(moving_pictures(container)) - 1) > 0:
            self.left_out = (f"{more} further video track{'s' * (more > 1)}",)
        self._duration_s = _duration_s(container, stream)
        if self.fps and self._duration_s:
            self.frame_count = expected_count(self._duration_s, self.fps, self.options)

    def __iter__(self) -> Iterator[Frame]:
        """The frames.

        Raises:
            DecodeError: Not one frame could be read. Later, what was read is kept and ``problem``
                says what happened.
            TooLargeError: The size grows past the limit on the way.
        """
        taken = 0
        try:
            with surprises(self.name):
                convert = Converter(self.options, self.name, pixel_aspect(self._stream))
                for index, time_s, frame in select(self._decoded(), self.options):
                    picture = convert(frame)
                    taken += 1
                    yield Frame(picture, index, time_s, self.name, self.offset_s, self.created_at)
        except DecodeError as error:
            if taken == 0:
                raise
            self.problem = str(error).removeprefix(f"{self.name}: ")
        if taken == 0 and self.problem is None:
            self.problem = self._none_in_range(self._duration_s)

    def _decoded(self) -> Iterator[tuple[int, float, av.VideoFrame]]:
        """Index, time and unconverted picture of every frame."""
        limit_s = None if self._duration_s is None else 1.05 * self._duration_s + 5
        tick_s = float(self._stream.time_base or 1)
        timeline = Timeline(tick_s, 1 / (self.fps or clock.GUESS_FPS), limit_s)
        tally = _Tally()
        for packet in self._packets():
            for frame in self._frames_of(packet, tally):
                time_s = timeline.seconds(self._stamp(frame))
                tally.shown(time_s, (frame.duration or 0) * tick_s)
                yield tally.count - 1, time_s, frame
        if tally.count == 0:
            raise DecodeError(f"{self.name}: no frame could be read; the video is damaged or cut short")
        self._note(tally)

    def _stamp(self, frame: av.VideoFrame) -> int | None:
        """When a frame is shown, in the container's unit; None if only its place in the order tells."""
        if clock.is_raw(self._container):
            return None
        if clock.counts_packets(self._container):
            # Frames come in the order in which they are shown, and the packets' own times rise with them.
            return frame.dts
        return frame.dts if frame.pts is None else frame.pts

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

    def _note(self, tally: _Tally) -> None:
        """Say what was wrong with the file."""
        notes = [self.problem] if self.problem else []
        expected, duration_s = self._stream.frames, self._duration_s
        # Only MP4 counts true frames; elsewhere the end of the last one tells.
        if "mp4" in self._container.format.name and expected:
            cut = expected > max(tally.sent, tally.count)
        else:
            slack_s = max(_FEW_FRAMES / (self.fps or clock.GUESS_FPS), 1.5 * tally.longest_s)
            cut = duration_s is not None and tally.end_s < duration_s - slack_s
        if cut:
            whole = "" if duration_s is None else f" of {duration_s:.1f}"
            notes.append(f"cut short: it ends at {tally.last_s:.1f}{whole} s")
        if tally.errors:
            # Decoding on several threads, one error may take its neighbours along.
            lost = max(tally.errors, tally.sent - tally.hidden - tally.count)
            notes.append(f"lost to damage: {lost} frames")
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


@contextmanager
def surprises(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises on data that it wasn't made for into a DecodeError of that source."""
    try:
        yield
    except MimikError:
        raise
    except Exception as error:  # PyAV raises Python's own errors, too, on what it doesn't know
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DecodeError(f"{name}: can't be decoded further ({reason}); convert it to MP4") from error


def frame_orientation(frame: av.VideoFrame) -> int:
    """How a frame lies, 1 to 8 as in EXIF."""
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # Beside it lies something that PyAV doesn't know, such as EXIF.
        return {90: 8, 180: 3, -180: 3, -90: 6}.get(frame.rotation, 1)
    return matrix_orientation(bytes(cast(Any, matrix))) if matrix is not None else 1


def _is_joined(file: Any) -> bool:
    """Whether a file that isn't taken for a picture begins as a JPEG: several, one after another."""
    start = file.read(3)
    file.seek(0)
    return bool(start == b"\xff\xd8\xff")


def open_container(
    source: Any,
    name: str,
    options: SourceOptions,
    timeout: tuple[float, float] | None = None,
    kind: str | None = None,
    **more: str,
) -> InputContainer:
    """Open a file or address with FFmpeg.

    Args:
        source: A binary stream or an address.
        name: What the messages call it.
        options: max_pixels and patience_s matter.
        timeout: Seconds to wait when opening and when reading.
        kind: FFmpeg's name of the format, where it can't find it by itself.
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
        opened = av.open(
            source, "r", kind, options={**limits, **more}, timeout=wait, metadata_errors="replace"
        )
        return cast(InputContainer, opened)
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
    streams = moving_pictures(container)
    if not streams:
        raise DecodeError(f"{name}: has no moving picture (only sound?); name a video")
    if options.track is not None and options.track > len(streams):
        raise DecodeError(
            f"{name}: has no video track {options.track} (track, --track); it has {len(streams)}"
        )
    named = [stream for stream in streams if stream.disposition & Disposition.default]
    stream = streams[options.track - 1] if options.track else (named or streams)[0]
    if stream.codec_context is None:
        raise DecodeError(f"{name}: FFmpeg has no decoder for this video; convert it to H.264")
    check_size(stream.width, stream.height, options, name)
    stream.codec_context.options = {"max_pixels": str(options.max_pixels)}
    stream.thread_type = "AUTO"
    stream.thread_count = options.threads or min(_MAX_THREADS, os.cpu_count() or 1)
    return stream


def moving_pictures(container: InputContainer) -> list[av.VideoStream]:
    """The video tracks of a container, but for pictures of its cover."""
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


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
    if container.duration and len(container.streams) == 1:
        return container.duration / av.time_base
    return None
