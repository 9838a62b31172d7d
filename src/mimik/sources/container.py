"""Containers of video: opened by FFmpeg through PyAV, with the track that is read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar, cast

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from mimik.errors import (
    DecodeError,
    LiveSourceError,
    MimikError,
    NoPictureError,
    SourceNotFoundError,
    TooLargeError,
)
from mimik.sources.address import SOUND_REMEDY, public_name
from mimik.sources.options import SourceOptions
from mimik.storage.remote import RemoteFile

T = TypeVar("T", av.VideoStream, av.AudioStream)

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,asf,ogg,mpeg,mpegts,mpegvideo,mjpeg,mpjpeg,mxf,dv,"
    "yuv4mpegpipe,h264,hevc,ivf,m4v,hls,rtsp,rtp,sdp"
)
"""FFmpeg's demuxers that are let loose on input."""


_ONE_LENGTH = frozenset({"asf", "asf_o"})
"""FFmpeg's names of containers that state one length, that of the longest track, for each."""


_PLAYLISTS = ("hls", "rtsp", "rtp", "sdp")


_MAX_THREADS = 4


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


def name_of(source: Path | bytes | str | RemoteFile) -> str:
    """What results call what is opened, unless they are told another name."""
    if isinstance(source, RemoteFile):
        return source.name
    return "bytes" if isinstance(source, bytes) else public_name(str(source))


def is_joined(file: Any) -> bool:
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
    what: str = "picture or video",
    formats: str = FORMATS,
    **more: str,
) -> InputContainer:
    """Open a file or address with FFmpeg.

    Args:
        source: A binary stream or an address.
        name: What the messages call it.
        options: max_pixels and patience_s matter.
        timeout: Seconds to wait when opening and when reading.
        kind: FFmpeg's name of the format, where it can't find it by itself.
        what: What it should be, for the messages.
        formats: FFmpeg's names of those that may be read, with commas.
        more: Further options of FFmpeg.

    Raises:
        DecodeError: It isn't what it should be.
        SourceNotFoundError: The address doesn't exist.
        LiveSourceError: The address doesn't answer.
    """
    remote = isinstance(source, str)
    limits = {
        "format_whitelist": formats if remote else ",".join(set(formats.split(",")) - set(_PLAYLISTS)),
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
        raise DecodeError(f"{name}: not a {what} that can be read, or it is cut short") from error
    except MimikError:
        raise  # Of a store, while the header is read.
    except (FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        if remote:
            raise LiveSourceError(f"{name}: can't be opened ({reason}); check the address") from error
        raise DecodeError(f"{name}: not a {what} that can be read ({reason})") from error


def picture_stream(container: InputContainer, name: str, options: SourceOptions) -> av.VideoStream:
    """The stream that holds the moving picture, ready to decode.

    Raises:
        NoPictureError: There is but sound.
        DecodeError: There is none, or no decoder for it.
        TooLargeError: It has more pixels than the limit.
    """
    streams = moving_pictures(container)
    if not streams:
        if container.streams.audio:
            raise NoPictureError(f"{name}: sound alone: {SOUND_REMEDY}")
        raise DecodeError(f"{name}: has no moving picture; name a video")
    if options.track is not None and options.track > len(streams):
        raise DecodeError(
            f"{name}: has no video track {options.track} (track, --track); it has {len(streams)}"
        )
    stream = chosen_track(streams, options.track)
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


def chosen_track(streams: Sequence[T], track: int | None) -> T:
    """The track that is read: the one with that number, from 1, else the one that the file names."""
    named = [stream for stream in streams if stream.disposition & Disposition.default]
    return streams[track - 1] if track else (named or streams)[0]


def pixel_aspect(stream: av.VideoStream) -> float:
    """Width of a pixel by its height, so that faces aren't read squeezed; 1 if it isn't said, or absurd."""
    return _plausible(stream.sample_aspect_ratio)


def _plausible(aspect: Fraction | None) -> float:
    ratio = float(aspect or 1)
    return ratio if 0.25 <= ratio <= 4 else 1.0


class PixelShape:
    """Width of a pixel by its height, which may change on the way, as where TV goes from 4:3 to 16:9."""

    def __init__(self, stream: av.VideoStream) -> None:
        """Begin with what the header says.

        Args:
            stream: The picture, before it is decoded.
        """
        self.aspect = pixel_aspect(stream)
        self._stream, self._begun, self._follows = stream, False, False
        self._coded: Fraction | None = None

    def see(self, frame: av.VideoFrame) -> None:
        """Follow the film; called with each frame, in order."""
        # The decoder knows of a change a frame or more early: it counts from a keyframe.
        if not frame.key_frame and self._begun:
            return
        coded, before = self._stream.codec_context.sample_aspect_ratio, self._coded
        self._coded = coded or before
        if not self._begun:
            # A container that says something else than the film is right, and goes on to be.
            self._begun, self._follows = True, coded == self._stream.sample_aspect_ratio
        elif self._follows and self._coded != before:
            self.aspect = _plausible(self._coded)


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


def duration_s(container: InputContainer, stream: av.VideoStream) -> float | None:
    """Length of the picture in seconds, as the header has it."""
    of_picture = container.format.name not in _ONE_LENGTH or len(container.streams) == 1
    if of_picture and (seconds := stated_s(stream)):
        # A cut AVI's duration is that of the rest, but its header still counts all frames.
        if container.format.name == "avi" and stream.average_rate:
            return max(seconds, float(stream.frames / stream.average_rate))
        return seconds
    if (tagged_s := tagged_duration_s(stream)) is not None:
        return tagged_s
    # The whole file's length may be that of the sound.
    if container.duration and len(container.streams) == 1:
        return container.duration / av.time_base
    return None


def stated_s(stream: av.VideoStream) -> float | None:
    """Length that the header states for the picture; some containers mean the whole file by it."""
    return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None


def tagged_duration_s(stream: av.VideoStream | av.AudioStream) -> float | None:
    """Length of a track in seconds, as Matroska says it in a tag: 00:00:10.000000000."""
    with suppress(KeyError, ValueError):
        hours, minutes, rest = stream.metadata["DURATION"].split(":")
        # It is the time of the end, and the first frame may come late.
        begin = float((stream.start_time or 0) * stream.time_base) if stream.time_base else 0.0
        return int(hours) * 3600 + int(minutes) * 60 + float(rest) - max(begin, 0.0)
    return None
