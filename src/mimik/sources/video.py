"""Video files, decoded by FFmpeg through PyAV."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from av.packet import Packet

from mimik.errors import (
    DecodeError,
    SourceError,
)
from mimik.sources import clock
from mimik.sources.base import BaseSource
from mimik.sources.container import (
    PixelShape,
    duration_s,
    is_joined,
    moving_pictures,
    name_of,
    open_container,
    picture_stream,
    stated_s,
    surprises,
)
from mimik.sources.convert import Converter
from mimik.sources.files import open_file
from mimik.sources.options import SourceOptions
from mimik.sources.select import expected_count, select
from mimik.sources.timeline import Timeline, ahead
from mimik.storage.remote import RemoteFile
from mimik.types import Frame

_FEW_FRAMES = 4
"""A video may end this many frames before its header says, and still be whole."""
_LATE_S = 0.1
"""A beginning that can't be decoded is worth a word from here."""


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
    late_s: float = 0.0
    """How much later than the header says the first one is shown."""
    last_s: float = 0.0
    """The time of the last one."""
    end_s: float = 0.0
    """How long it is shown, as far as the container says."""
    longest_s: float = 0.0
    """The longest time between two of them."""
    rejoined: bool = False
    """Whether there are several recordings, one after another, whose length no header states."""

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

    def __init__(self, source: Path | bytes | str | RemoteFile, options: SourceOptions) -> None:
        """Read the header.

        Args:
            source: Path, bytes, HTTP address of a video file, or a file of a store, which is closed with it.
            options: Which frames are taken.

        Raises:
            SourceNotFoundError: There is no such file.
            DecodeError: Empty, damaged, or without a picture.
            TooLargeError: More pixels than the limit; nothing was decoded.
            LiveSourceError: The address doesn't answer.
        """
        super().__init__(name_of(source), options)
        self._file: Any = None
        if isinstance(source, Path):
            self._file = open_file(source)
        elif isinstance(source, bytes):
            self._file = io.BytesIO(source)
        elif isinstance(source, RemoteFile):
            self._file = source
        joined = self._file is not None and is_joined(self._file)
        kind = "mjpeg" if joined else None
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
        self._raw, self._counts_packets = clock.is_raw(container), clock.counts_packets(container)
        self.offset_s = clock.offset_s(container, stream)
        self.created_at = clock.created_at(container, stream)
        if (more := len(moving_pictures(container)) - 1) > 0:
            self.left_out = (f"{more} further video track{'s' * (more > 1)}",)
        self._duration_s = duration_s(container, stream)
        self._shape = PixelShape(stream)
        # For a progress bar the whole file's length will do.
        if self.fps and (length_s := self._duration_s or stated_s(stream)):
            self.frame_count = expected_count(length_s, self.fps, self.options)

    def __iter__(self) -> Iterator[Frame]:
        """The frames.

        Raises:
            DecodeError: Not one frame could be read. Later, what was read is kept and ``problem``
                says what happened.
            TooLargeError: The size grows past the limit on the way.
        """
        taken = self._interlaced = 0
        try:
            with surprises(self.name):
                convert = Converter(self.options, self.name)
                for index, time_s, frame in select(self._decoded(), self.options):
                    convert.aspect = self._shape.aspect
                    picture = convert(frame)
                    taken += 1
                    yield Frame(picture, index, time_s, self.name, self.offset_s, self.created_at)
        except DecodeError as error:
            if taken == 0:
                raise
            self.problem = str(error).removeprefix(f"{self.name}: ")
        if count := self._interlaced:
            self.notes += (
                f"marked as interlaced: {count} frame{'s' * (count != 1)}; what moves is blurred in them: "
                "deinterlace it first (ffmpeg -i IN -vf bwdif OUT)",
            )
        if taken == 0 and self.problem is None:
            self.problem = self._none_in_range(self._duration_s)

    def _decoded(self) -> Iterator[tuple[int, float, av.VideoFrame]]:
        """Index, time and unconverted picture of every frame."""
        limit_s = None if self._duration_s is None else 1.05 * self._duration_s + 5
        tick_s = float(self._stream.time_base or 1)
        step_s, gap_s = 1 / (self.fps or clock.GUESS_FPS), clock.longest_gap_s(self._container)
        timeline = Timeline(tick_s, step_s, limit_s, gap_s)
        tally = _Tally()
        frames = (frame for packet in self._packets() for frame in self._frames_of(packet, tally))
        for frame, after in ahead(frames):
            if not tally.count:
                self._begin(tally, frame)
            time_s = timeline.seconds(self._stamp(frame), self._stamp(after) if after else None)
            self._interlaced += frame.interlaced_frame
            tally.shown(time_s, (frame.duration or 0) * tick_s)
            self._shape.see(frame)
            yield tally.count - 1, time_s, frame
        if tally.count == 0:
            raise DecodeError(f"{self.name}: no frame could be read; the video is damaged or cut short")
        tally.rejoined = timeline.rejoined
        self._note(tally)

    def _begin(self, tally: _Tally, first: av.VideoFrame) -> None:
        """Count from the first frame that could be decoded."""
        tally.late_s = clock.late_s(self._container, self._stream, first)
        self.offset_s = max(0.0, self.offset_s + tally.late_s)
        if tally.late_s > _LATE_S and not tally.errors:  # Damage is told by itself.
            self.notes += (f"its first {tally.late_s:.1f} s can't be decoded: it begins between keyframes",)

    def _stamp(self, frame: av.VideoFrame) -> int | None:
        """When a frame is shown, in the container's unit; None if only its place in the order tells."""
        if self._raw:
            return None
        if self._counts_packets:
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
        duration_s = None if tally.rejoined else self._duration_s
        # Only MP4 counts true frames; elsewhere the end of the last one tells.
        if "mp4" in self._container.format.name and self._stream.frames:
            # Its index holds what its edit list leaves to be shown.
            cut = len(self._stream.index_entries) > max(tally.sent, tally.count)
        else:
            slack_s = max(_FEW_FRAMES / (self.fps or clock.GUESS_FPS), 1.5 * tally.longest_s)
            cut = duration_s is not None and tally.late_s + tally.end_s < duration_s - slack_s
        if cut:
            whole = "" if duration_s is None else f" of {duration_s:.1f}"
            notes.append(f"cut short: it ends at {tally.last_s:.1f}{whole} s")
        if tally.errors:
            # Decoding on several threads, one error may take its neighbours along.
            lost = max(tally.errors, tally.sent - tally.hidden - tally.count)
            notes.append(f"lost to damage: {lost} frame{'s' * (lost != 1)}")
        if tally.marred:
            notes.append(f"partly damaged: {tally.marred} frame{'s' * (tally.marred != 1)}")
        self.problem = "; ".join(notes) or None

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_container"):
            self._container.close()
        if self._file is not None:
            self._file.close()
