"""Microphones, and the sound of network streams: what is lost on the way is filled with silence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.error import FFmpegError, InvalidDataError

from mimik.errors import LiveSourceError
from mimik.sources.address import public_name
from mimik.sources.arrivals import HANG_S, Arrivals
from mimik.sources.base import Opened
from mimik.sources.container import open_container
from mimik.sources.continuous import Continuous, in_blocks, within
from mimik.sources.full_scale import full_scale, marked, sound_of
from mimik.sources.mono import Mono
from mimik.sources.options import SoundOptions, SourceOptions
from mimik.sources.sound import FORMATS, audio_track
from mimik.types import FULL, SOUND_RATE, Sound

SYSTEMS: dict[str, tuple[str, str, str]] = {
    "linux": ("alsa", "{}", "default"),
    "darwin": ("avfoundation", ":{}", "default"),
    "win32": ("dshow", "audio={}", ""),
}
"""System to FFmpeg's name of what knows its microphones, how one is named there, and the one by default."""
ALSA = "/usr/share/alsa"
"""Where Linux has what ALSA knows of sound devices."""
ROOM = 500
"""Frames that wait for whoever iterates: ten seconds of the 20 ms that streams and devices give."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame of sound as it arrived."""

    frame: av.AudioFrame
    """As it was decoded."""
    since_s: float | None
    """Seconds since the first frame of its connection, as the stream says; None if it doesn't."""
    first: bool
    """Whether a connection begins with it."""
    full_from: float = FULL
    """Level from which a sample of it is at full scale."""


Feed: TypeAlias = Callable[[], Iterator[Heard]]
"""Opens the device or address and gives its frames as they arrive; called again after a loss."""


class LiveSound(Opened):
    """Sound as it comes, mono float32 at 16 kHz, in blocks without holes.

    Within a connection the stream's own times count. Where it broke, the time without it is filled with
    silence, measured by the monotonic clock, and counted. Time 0 is the first sound.
    """

    live = True

    def __init__(self, name: str, feed: Feed, options: SoundOptions) -> None:
        """Prepare; the device is opened when iteration begins.

        Args:
            name: Address or name, without passwords.
            feed: Opens it and gives its frames.
            options: Which sound is taken, and the patience.
        """
        super().__init__(name)
        self.options = options
        self._arrivals = Arrivals(name, feed, options.patience_s, ROOM, "sound")
        self._mono = Mono(options.channel, name)
        self._line = Continuous(self._mono)
        self._lost: LiveSourceError | None = None
        self._anchor_s = 0.0

    @property
    def began_s(self) -> float:
        """When the first sound arrived, by the monotonic clock, 0 before: for setting it against pictures."""
        return self._arrivals.began_s

    @property
    def skipped(self) -> int:
        """Frames that were dropped, and filled with silence, because whoever iterates was too slow."""
        return self._arrivals.skipped

    @property
    def silent(self) -> bool:
        """Whether nothing could be heard in any of what was read."""
        return self._mono.silent

    def __iter__(self) -> Iterator[Sound]:
        """Blocks without end.

        Raises:
            LiveSourceError: It can't be opened, or was silent for longer than the patience; what had arrived
                before is handed over first.
            DecodeError: What arrives can't be used.
        """
        start, end = (
            None if t is None else round(t * SOUND_RATE) for t in (self.options.start_s, self.options.end_s)
        )
        try:
            with closing(iter(self._arrivals)) as arrivals:
                heard = marked(self._line.of(self._frames(arrivals)), self._mono.full)
                stretches = within(heard, 0, start, end)
                for place, block in in_blocks(stretches, round(self.options.block_s * SOUND_RATE)):
                    yield sound_of(block, place / SOUND_RATE, self.name)
        finally:
            self._note()
        if self._lost is not None:
            raise self._lost

    def _frames(
        self, arrivals: Iterator[tuple[int, float, Heard]]
    ) -> Iterator[tuple[float | None, av.AudioFrame]]:
        """Each frame with its time since the first one; ends where the source is given up."""
        try:
            for _, time_s, heard in arrivals:
                if heard.first:
                    self._anchor_s, self._mono.full_from = time_s, heard.full_from
                yield (None if heard.since_s is None else self._anchor_s + heard.since_s), heard.frame
        except LiveSourceError as error:
            self._lost = error

    def _note(self) -> None:
        """Say what was lost, and what is wrong with the sound."""
        line = self._line
        if line.gaps:
            places = f"{line.gaps} place{'s' * (line.gaps != 1)}"
            self.problem = f"silence stands for what is missing: {line.gaps_s:.2f} s at {places}"
        self.notes = tuple(self._mono.faults())

    def close(self) -> None:
        """Stop reading; returns when the thread has ended, or after 5 s if its device hangs."""
        self._arrivals.close()


def open_microphone(device: str, options: SoundOptions) -> LiveSound:
    """A microphone of this machine.

    Args:
        device: The system's name of it; "" is the one by default.
        options: Which sound is taken, and the patience.
    """
    name = f"microphone {device}".rstrip()
    return LiveSound(name, partial(_microphone_frames, device, name), options)


def open_sound_stream(address: str, options: SoundOptions) -> LiveSound:
    """The sound of an RTSP, HTTP or other network stream.

    Args:
        address: With scheme; a password in it is kept out of results and messages.
        options: Which sound is taken, and the patience.
    """
    name = public_name(address)
    return LiveSound(name, partial(_network_frames, address, name, options), options)


def _network_frames(address: str, name: str, options: SoundOptions) -> Iterator[Heard]:
    """Frames of a network stream until it ends."""
    wait_s = min(HANG_S, max(0.5, options.patience_s / 2))
    settings = SourceOptions(patience_s=options.patience_s)
    quick = {"rtsp_transport": "tcp", "fflags": "nobuffer", "analyzeduration": "1000000"}
    with open_container(
        address, name, settings, (wait_s, wait_s), what="sound or video", formats=FORMATS, **quick
    ) as container:
        yield from _heard(container, audio_track(container, name, options.audio_track), name)


def _microphone_frames(device: str, name: str) -> Iterator[Heard]:
    """Frames of a microphone until it vanishes."""
    kind, form, usual = SYSTEMS.get(sys.platform, SYSTEMS["linux"])
    if not device and not usual:
        raise LiveSourceError(f"{name}: this system has no microphone by default; name one, as in 'mic:NAME'")
    if kind == "alsa" and Path(ALSA).is_dir():
        os.environ.setdefault("ALSA_CONFIG_DIR", ALSA)  # PyAV brings an ALSA that looks elsewhere.
    try:
        container = av.open(form.format(device or usual), format=kind)
    except (FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise LiveSourceError(
            f"{name} can't be opened ({reason}); connect it, allow its use, or name another, as in 'mic:NAME'"
        ) from error
    with container:
        yield from _heard(container, container.streams.audio[0], name)


def _heard(container: Any, stream: av.AudioStream, name: str) -> Iterator[Heard]:
    """Frames of an open device or stream."""
    tick_s, begin_s = float(stream.time_base or 1), None
    first, full_from = True, full_scale(stream.codec_context.name)
    try:
        for packet in container.demux(stream):
            try:
                frames = stream.decode(packet)
            except InvalidDataError:  # damaged on the way
                continue
            for frame in frames:
                time_s = None if frame.pts is None else frame.pts * tick_s
                begin_s = time_s if begin_s is None else begin_s
                since_s = None if time_s is None or begin_s is None else time_s - begin_s
                yield Heard(frame, since_s, first, full_from)
                first = False
    except FFmpegError as error:
        raise LiveSourceError(f"{name}: the sound broke off ({error.strerror})") from error
