"""The sound of whatever has any: video files, sound files, decoded and resampled by FFmpeg through PyAV."""

from __future__ import annotations

import io
import math
from collections import deque
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import av

from mimik.errors import DecodeError, NoSoundError, SourceError
from mimik.sources import clock
from mimik.sources import container as containers
from mimik.sources.base import Opened
from mimik.sources.continuous import Continuous, in_blocks, within
from mimik.sources.files import START_BYTES, lfs_problem, open_file, sniff_image
from mimik.sources.full_scale import full_scale, marked, sound_of
from mimik.sources.missing import missing_bytes
from mimik.sources.mono import Mono
from mimik.sources.options import SoundOptions, SourceOptions
from mimik.storage.remote import RemoteFile
from mimik.types import SOUND_RATE, Sound

FORMATS = containers.FORMATS + (
    ",wav,w64,mp3,aac,flac,aiff,caf,ac3,eac3,amr,amrnb,amrwb,au,ape,tta,wv,loas,mp2"
)
"""FFmpeg's demuxers that are let loose on sound: those of video, and of sound alone."""
GUESSED = frozenset({"mp3", "aac", "amr", "mpeg", "mpegts", "ac3", "eac3", "loas"})
"""FFmpeg's names of formats whose length it guesses from the rate of their first bytes."""
UNTIMED = frozenset({"mp3", "aac", "amr", "ac3", "eac3", "loas"})
"""FFmpeg's names of formats whose packets don't say when they are heard: FFmpeg counts them."""
SLACK_S = 0.5
"""A track may end this much before its header says, and still be whole."""
APART_S = 1.0
"""Sound that begins or ends this much before or after the picture is worth a word."""
LONGER, LONGER_S = 0.005, 0.3
"""So is sound that is longer or shorter by this share and this many seconds: clocks that are off by more than
encoders round lengths."""
MOST_LONGER = 0.05
"""What differs by a larger share was cut, and no clock is so far off."""
AHEAD_BYTES = 64 << 20
"""How far a file is read, at the most, for its first picture."""


class SoundSource(Opened):
    """The sound of a file as a stream of blocks, mono float32 at 16 kHz, on the clock of its picture.

    Time 0 is the first frame of the picture, or the sound's own start where there is none. Blocks follow
    each other without holes: silence stands for what is missing, and ``problem`` counts it. Use it in a
    ``with`` block and iterate once; memory doesn't grow with the file.
    """

    def __init__(self, source: Path | bytes | str | RemoteFile, options: SoundOptions | None = None) -> None:
        """Read the header.

        Args:
            source: Path, bytes, HTTP address of a file with sound, or a file of a store, which is closed
                with it.
            options: Which sound is taken.

        Raises:
            SourceNotFoundError: There is no such file.
            DecodeError: Empty, damaged, or without sound, or without the track or channel asked for.
            LiveSourceError: The address doesn't answer.
        """
        super().__init__(containers.name_of(source))
        self.options = options or SoundOptions()
        self.offset_s = 0.0
        """Seconds from the beginning of the file to its first picture."""
        self._mono = Mono(self.options.channel, self.name)
        self._file: Any = None
        self._missing_bytes = 0
        self._ended = False
        if isinstance(source, Path):
            self._file = open_file(source)
        elif isinstance(source, bytes):
            self._file = io.BytesIO(source)
        elif isinstance(source, RemoteFile):
            self._file = source
        try:
            if self._file:
                self._refuse_others()
            with containers.surprises(self.name):
                self._container = containers.open_container(
                    self._file or source,
                    self.name,
                    SourceOptions(patience_s=self.options.patience_s),
                    what="sound or video",
                    formats=FORMATS,
                )
                self._read_header()
        except SourceError:
            self.close()
            raise

    def _refuse_others(self) -> None:
        """Say what a file is that has no sound for certain, and how much of it is missing."""
        start = self._file.read(START_BYTES)
        self._missing_bytes = missing_bytes(self._file)
        if problem := lfs_problem(start, self.name, "recording"):
            raise DecodeError(problem)
        if not start:
            raise DecodeError(f"{self.name}: there are no bytes; read the file again")
        if sniff_image(start):
            raise NoSoundError(f"{self.name}: is a picture, which has no sound; name a video or a sound file")

    def _read_header(self) -> None:
        self._stream = audio_track(self._container, self.name, self.options.audio_track)
        self.rate, self.channels = self._stream.rate, self._stream.channels
        self.duration_s = _length_s(self._container, self._stream)
        if (more := len(self._container.streams.audio) - 1) > 0:
            self.left_out = (f"{more} further audio track{'s' * (more > 1)}",)
        self._origin_s = self._picture_s = None
        if (picture := self._picture_track()) is not None:
            # As its header says; the first one that can be decoded may come later.
            self._origin_s = float((picture.start_time or 0) * (picture.time_base or 0))
            self._picture_s = containers.duration_s(self._container, picture)
            self.offset_s = clock.offset_s(self._container, picture)
        self._picture = picture

    def _picture_track(self) -> av.VideoStream | None:
        """The picture whose clock counts; None if there is none."""
        pictures = containers.moving_pictures(self._container)
        track = self.options.track
        if track is not None and track > len(pictures):
            raise DecodeError(f"{self.name}: has no video track {track} (track); it has {len(pictures)}")
        return containers.chosen_track(pictures, track) if pictures else None

    def __iter__(self) -> Iterator[Sound]:
        """The blocks.

        Raises:
            DecodeError: Nothing could be read, or the channel that was asked for isn't there. Later, what
                was read is kept and ``problem`` says what happened.
        """
        self._mono = Mono(self.options.channel, self.name)
        self._mono.full_from = full_scale(self._stream.codec_context.name)
        limit_s = None if self.duration_s is None else 1.05 * self.duration_s + 5 + self._late_s()
        self._line = Continuous(self._mono, limit_s)
        self._lost = self._marred = taken = 0
        self._broke_off = ""
        stretches = marked(self._line.of(self._decoded()), self._mono.full)
        first = next(stretches)
        if self._line.start_s is None:
            raise DecodeError(f"{self.name}: no sound could be read; its audio track is damaged or empty")
        start_s = self._line.start_s
        limits = (_place(time_s, start_s) for time_s in (self.options.start_s, self.options.end_s))
        chosen = within(chain([first], stretches), 0, *limits)
        for place, block in in_blocks(chosen, round(self.options.block_s * SOUND_RATE)):
            taken += 1
            yield sound_of(block, start_s + place / SOUND_RATE, self.name)
        self._note(taken)

    def _late_s(self) -> float:
        """How much later than the picture the sound begins, as the header says."""
        begin = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
        return 0.0 if self._origin_s is None else max(0.0, begin - self._origin_s)

    def _decoded(self) -> Iterator[tuple[float | None, av.AudioFrame]]:
        """Each frame with its time on the clock of the picture; damaged packets are counted and left out."""
        tick_s, rate, timed = float(self._stream.time_base or 1), 0, True
        for frame in self._frames():
            self._marred += frame.is_corrupt
            rate = rate or frame.sample_rate
            # Where FFmpeg counts, it does so at the first rate.
            timed = timed and (frame.sample_rate == rate or self._timed())
            stamp_s = frame.pts * tick_s if timed and frame.pts is not None else None
            if self._origin_s is None:
                self._origin_s = stamp_s or 0.0
            yield (None if stamp_s is None else stamp_s - self._origin_s), frame
        self._ended = True

    def _frames(self) -> Iterator[av.AudioFrame]:
        """What the decoder makes of the packets; those that it can't use are counted."""
        for packet in self._packets():
            try:
                with containers.surprises(self.name):
                    frames = self._stream.decode(packet)
            except DecodeError:
                self._lost += 1
                continue
            yield from frames

    def _packets(self) -> Iterator[Any]:
        """Packets of the sound, then an empty one that brings out what is still in the decoder."""
        held: deque[Any] = deque()
        try:
            with containers.surprises(self.name):
                self._find_picture(held)
                while held:
                    yield held.popleft()
                yield from self._container.demux(self._stream)
        except DecodeError as error:
            reason = getattr(error.__cause__, "strerror", None) or str(error.__cause__)
            self._broke_off = f"reading broke off ({reason}); the rest is missing"
            yield from held
            yield None

    def _find_picture(self, held: deque[Any]) -> None:
        """Read up to the first picture that can be decoded, whose time is 0.

        Args:
            held: Takes the packets of sound that lie before it.
        """
        picture, size = self._picture, 0
        if picture is None or picture.codec_context is None:
            return
        picture.codec_context.options = {"max_pixels": str(SourceOptions().max_pixels)}
        picture.thread_count = 1
        for packet in self._container.demux(picture, self._stream):
            size += packet.size
            if packet.stream_index == self._stream.index:
                held.extend([packet] if packet.size else [])
            elif shown := self._shown(picture, packet):
                late_s = clock.late_s(self._container, picture, shown[0])
                self._origin_s = (self._origin_s or 0.0) + late_s
                self.offset_s = max(0.0, self.offset_s + late_s)
                self._picture_s = None if self._picture_s is None else self._picture_s - late_s
                return
            if size > AHEAD_BYTES:
                return

    def _shown(self, picture: av.VideoStream, packet: Any) -> list[av.VideoFrame]:
        """The pictures that a packet brings out of the decoder; none where it is damaged."""
        try:
            with containers.surprises(self.name):
                return picture.decode(packet)
        except DecodeError:
            return []

    def _note(self, taken: int) -> None:
        """Say what was wrong with the file, and with the recording."""
        line, told = self._line, [self._broke_off] if self._broke_off else []
        if self._ended:
            told += self._cut_short()
        if self._lost:
            told.append(f"lost to damage: {self._lost} packet{'s' * (self._lost != 1)}{self._early()}")
        if self._marred:
            told.append(f"partly damaged: {self._marred} frame{'s' * (self._marred != 1)}")
        if line.gaps:
            told.append(f"silence stands for what is missing: {line.gaps_s:.2f} s at {_places(line.gaps)}")
        if line.overlaps:
            told.append(f"cut away where it overlaps: {line.overlaps_s:.2f} s at {_places(line.overlaps)}")
        if not taken:
            told.append(
                f"it has no sound in the time range that was asked for; it ends at {line.end_s:.1f} s"
            )
        self.problem = "; ".join(told) or None
        self.notes = tuple(self._remarks())

    def _early(self) -> str:
        """What damage does to the times of a format that states none."""
        return "" if self._timed() else ", and times after it may be too early (the format states none)"

    def _timed(self) -> bool:
        """Whether the format says when its packets are heard."""
        return UNTIMED.isdisjoint(self._container.format.name.split(","))

    @property
    def silent(self) -> bool:
        """Whether nothing could be heard in any of what was read."""
        return self._mono.silent

    def _cut_short(self) -> Iterator[str]:
        """Whether the sound ends before its header says."""
        length_s = self._line.end_s - (self._line.start_s or 0.0)
        if self.duration_s is not None and length_s < self.duration_s - SLACK_S:
            yield f"cut short: it ends after {length_s:.1f} of {self.duration_s:.1f} s"
        elif self._missing_bytes:
            yield f"cut short: it ends after {length_s:.1f} s, {self._missing_bytes} bytes are missing"

    def _remarks(self) -> Iterator[str]:
        yield from self._mono.faults()
        if self._line.rejoined:
            yield f"joined recordings: the time goes on where it jumps, at {_places(self._line.rejoined)}"
        elif self._ended and self._picture_s is not None:
            yield from _apart(self._line.start_s or 0.0, self._line.end_s, self._picture_s)

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_container"):
            self._container.close()
        if self._file is not None:
            self._file.close()


def audio_track(container: Any, name: str, track: int | None) -> av.AudioStream:
    """The audio track that is read, ready to decode.

    Args:
        container: As it was opened.
        name: What the messages call it.
        track: From 1; None is the one that the file names.

    Raises:
        NoSoundError: There is none.
        DecodeError: There is no such track, or no decoder for it.
    """
    streams = container.streams.audio
    if not streams:
        raise NoSoundError(f"{name}: has no audio track; name a video or recording with sound")
    if track is not None and track > len(streams):
        raise DecodeError(f"{name}: has no audio track {track} (audio_track); it has {len(streams)}")
    stream: av.AudioStream = containers.chosen_track(streams, track)
    if stream.codec_context is None:
        raise DecodeError(f"{name}: FFmpeg has no decoder for this sound; convert it to AAC, Opus or WAV")
    return stream


def _length_s(container: Any, stream: av.AudioStream) -> float | None:
    """Length of a track in seconds, as its header says; None where that would be a guess."""
    if not GUESSED.isdisjoint(container.format.name.split(",")):
        return None
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if (tagged_s := containers.tagged_duration_s(stream)) is not None:
        return tagged_s
    if container.duration and len(container.streams) == 1:
        return float(container.duration / av.time_base)
    return None


def _apart(start_s: float, end_s: float, picture_s: float) -> Iterator[str]:
    """How sound and picture differ in where they begin and end, in words."""
    rest_s, more_s = end_s - picture_s, end_s - start_s - picture_s
    share = more_s / picture_s if picture_s else 0.0
    if abs(start_s) > APART_S:
        yield f"the sound begins {abs(start_s):.1f} s {'after' if start_s > 0 else 'before'} the picture"
    # What begins elsewhere is longer or shorter for that.
    drifts = abs(start_s) < LONGER_S and abs(more_s) > LONGER_S and LONGER < abs(share) < MOST_LONGER
    if drifts or abs(rest_s) > APART_S:
        why = f", {100 * abs(share):.1f} % of its length: it drifts, or one of them is cut" if drifts else ""
        yield f"the sound ends {abs(rest_s):.1f} s {'after' if rest_s > 0 else 'before'} the picture{why}"


def _place(time_s: float | None, start_s: float) -> int | None:
    """The first sample at or after a time; samples are counted from start_s."""
    # A hair less, so that a time which is a sample's own isn't rounded past it.
    return None if time_s is None else math.ceil((time_s - start_s) * SOUND_RATE - 1e-3)


def _places(count: int) -> str:
    return f"{count} place{'s' * (count != 1)}"
