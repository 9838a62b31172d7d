"""Sound of any rate and channels as one channel of 16 kHz, and what is wrong with how it was recorded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from mimik.errors import DecodeError
from mimik.sources.full_scale import FullScale
from mimik.sources.highpass import HighPass
from mimik.types import FULL, SOUND_RATE, Samples

AT_ONCE = 4096
"""Samples of the source that are mixed and resampled together: frame by frame takes twice as long."""
IMPOSSIBLE = 8.0
"""What is larger was made by a damaged packet, or written at another scale; it would drown all else."""
CLIPPED = 0.001
"""Share of such samples from which a recording is called clipped."""
DEAD = 0.001
"""A channel is dead if it swings by less than this share of the loudest channel: -60 dB."""
SILENT = 1e-4
"""A track that swings by less than this (-80 dB of full scale) holds no sound that can be used."""
FAINT_DB = -45.0
"""Below this level of the loudest sample speech is found no more, or in parts."""
MOST_PLANES = 8
"""PyAV counts the planes of a frame up to an empty one, which frames of so many channels don't have."""
SILENCE = "silent from beginning to end: check the track (audio_track, --audio-track) and the microphone"
LOW_RATE = 15_000
"""Below so many samples a second there is nothing of the upper octave that 16 kHz holds."""


class Mono:
    """Mixes, resamples and high-passes decoded frames; keeps the loudness of each channel on the way."""

    def __init__(self, channel: int | None, name: str) -> None:
        """Start before the first frame.

        Args:
            channel: The only channel that is taken, from 1; None mixes all.
            name: What the messages call the source.
        """
        self._channel, self._name = channel, name
        self._resampler: av.AudioResampler | None = None
        self._high_pass = HighPass()
        self._kind: tuple[int, str] | None = None
        self._weights: NDArray[np.float32] = np.zeros(0, np.float32)
        self._lowest = self._highest = np.zeros(0, np.float32)
        self._mix_lowest, self._mix_highest = np.inf, -np.inf
        self._held: list[NDArray[np.float32]] = []
        self._held_count = 0
        self._count = self._full_count = 0
        self._lowest_rate = SOUND_RATE
        self.full = FullScale()
        """Which samples of what was brought out were at full scale, in a channel that is heard."""
        self.full_from = FULL
        """Level from which a sample is at full scale."""
        self.broken = 0
        """Samples that were no numbers, or impossibly large; 0 stands for them."""

    def push(self, frame: av.AudioFrame, skip: int = 0) -> Samples:
        """What a frame brings out: mono float32 at 16 kHz, some of it from the frames before.

        Args:
            frame: As it was decoded.
            skip: Samples at its beginning that are left out.

        Raises:
            DecodeError: It lacks the channel that was asked for.
        """
        before = self.flush() if (frame.sample_rate, frame.layout.name) != self._kind else _NOTHING
        channels = _as_floats(frame)[:, skip:]
        if self._resampler is None:
            self._begin(frame, len(channels))
        self._held.append(channels)
        self._held_count += channels.shape[1]
        return before if self._held_count < AT_ONCE else np.concatenate([before, self._work()])

    def flush(self) -> Samples:
        """What is still held back; the next frame starts anew."""
        rest = np.concatenate([self._work(), self._resampled(None)])
        self._resampler = None
        return rest

    def _work(self) -> Samples:
        """Mix and resample the frames that are held."""
        if not self._held_count or self._kind is None:
            return _NOTHING
        # Each channel in one piece: NumPy goes through strides many times as slowly.
        channels = np.ascontiguousarray(np.concatenate(self._held, axis=1))
        self._held, self._held_count = [], 0
        mixed = self._mixed(channels)
        self._weigh(channels, mixed)
        return self._resampled(_as_frame(mixed, self._kind[0]))

    def _begin(self, frame: av.AudioFrame, channels: int) -> None:
        self._kind = frame.sample_rate, frame.layout.name
        self._lowest_rate = min(self._lowest_rate, frame.sample_rate)
        self._resampler = av.AudioResampler("flt", "mono", SOUND_RATE)
        self.full.begin(frame.sample_rate)
        if self._channel is not None and self._channel > channels:
            raise DecodeError(
                f"{self._name}: its sound has no channel {self._channel} (channel); it has {channels}"
            )
        self._weights = _weights(frame.layout.name, channels)
        if self._channel is not None:
            self._weights = np.eye(channels, dtype=np.float32)[self._channel - 1]
        if len(self._lowest) != channels:
            self._lowest = np.full(channels, np.inf, np.float32)
            self._highest = -self._lowest

    def _mixed(self, channels: NDArray[np.float32]) -> Samples:
        bad = ~(np.abs(channels) <= IMPOSSIBLE)  # so that what is no number is among them
        if bad.any():
            self.broken += int(np.count_nonzero(bad))
            channels[bad] = 0
        return channels[0] if len(channels) == 1 else self._weights @ channels

    def _weigh(self, channels: NDArray[np.float32], mixed: Samples) -> None:
        """Note how loud it is, and what of it is at full scale."""
        lowest, highest = channels.min(axis=1), channels.max(axis=1)
        self._lowest = np.minimum(self._lowest, lowest)
        self._highest = np.maximum(self._highest, highest)
        self._mix_lowest = min(self._mix_lowest, float(mixed.min()))
        self._mix_highest = max(self._mix_highest, float(mixed.max()))
        heard = self._weights > 0
        self._count += int(np.count_nonzero(heard)) * channels.shape[1]
        if max(highest[heard].max(), -lowest[heard].min()) < self.full_from:
            self.full.put(np.zeros(channels.shape[1], bool))
            return
        full = np.abs(channels[heard]) >= self.full_from
        self._full_count += int(np.count_nonzero(full))
        self.full.put(np.logical_or.reduce(full, axis=0))

    def _resampled(self, frame: av.AudioFrame | None) -> Samples:
        if self._resampler is None:
            return _NOTHING
        parts = [part.to_ndarray().reshape(-1) for part in self._resampler.resample(frame)]
        if not parts:
            return _NOTHING
        samples = np.concatenate(parts).astype(np.float32, copy=False)
        self.full.bring(len(samples))
        return self._high_pass.of(samples)

    @property
    def _peaks(self) -> NDArray[np.float32]:
        """How far each channel swings about its middle: an offset is no sound."""
        return (self._highest - self._lowest) / np.float32(2)

    @property
    def _peak(self) -> float:
        """The same of the mix."""
        return (self._mix_highest - self._mix_lowest) / 2

    @property
    def silent(self) -> bool:
        """Whether nothing could be heard in any of it."""
        return float(self._peaks[self._weights > 0].max(initial=0.0)) < SILENT

    def faults(self) -> Iterator[str]:
        """What is wrong with the recording and no loss, in words."""
        if self._lowest_rate < LOW_RATE:
            top_khz = self._lowest_rate / 2000
            yield f"recorded at {self._lowest_rate / 1000:g} kHz: nothing above {top_khz:g} kHz can be heard"
        if self._count and self._full_count / self._count >= CLIPPED:
            yield f"clipped: {100 * self._full_count / self._count:.1f} % of its samples are at full scale"
        if self.broken:
            yield f"{self.broken} samples silenced: no numbers, or over {IMPOSSIBLE:g} times full scale"
        if self.silent:
            if self._count:
                yield self._silence()
            return
        loudest = float(self._peaks.max())
        dead = [str(i + 1) for i, peak in enumerate(self._peaks) if peak < DEAD * loudest]
        if dead and self._channel is None:
            yield f"channel {', '.join(dead)} of {len(self._peaks)} is silent; the mix is quieter for it"
        if self._channel is None and self._peak < 0.1 * loudest / max(1, len(self._peaks)):
            yield "its channels cancel each other out when they are mixed; choose one (channel, --channel)"
        elif (level_db := 20 * math.log10(max(self._peak, SILENT))) < FAINT_DB:
            yield (
                f"very faint: its loudest sample is {-level_db:.0f} dB below full scale, where speech may "
                "not be found; raise its level"
            )

    def _silence(self) -> str:
        """What is said where nothing can be heard."""
        if self._channel is None or float(self._peaks.max()) < SILENT:
            return SILENCE
        which = f"channel {self._channel} of {len(self._peaks)}"
        return f"{which} is silent from beginning to end: choose another (channel, --channel)"


_NOTHING: Samples = np.zeros(0, np.float32)


def _as_floats(frame: av.AudioFrame) -> NDArray[np.float32]:
    """A frame's samples as float32, (channels, samples), full scale at -1 and 1."""
    channels = frame.layout.nb_channels
    if frame.format.is_planar and channels >= MOST_PLANES:
        values: NDArray[Any] = _packed(frame).reshape(-1, channels).T
    elif frame.format.is_planar:
        values = frame.to_ndarray()
    else:
        values = frame.to_ndarray().reshape(-1, channels).T
    if values.dtype.kind == "f":
        return values.astype(np.float32, copy=False)
    full = float(1 << (8 * values.dtype.itemsize - 1))
    middle = full if values.dtype.kind == "u" else 0.0
    return ((values.astype(np.float32) - np.float32(middle)) / np.float32(full)).astype(np.float32)


def _packed(frame: av.AudioFrame) -> NDArray[Any]:
    """The samples of a frame of many planes, channel beside channel."""
    resampler = av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray().reshape(-1) for part in parts])


def _as_frame(samples: Samples, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="flt", layout="mono")
    frame.sample_rate = rate
    return frame


def _weights(layout: str, channels: int) -> NDArray[np.float32]:
    """What each channel counts in the mix; they sum to 1, so that it can't be louder than its parts.

    FFmpeg's own float mix isn't held to that: two equal channels come out 3 dB louder than one.
    """
    equal = np.full(channels, 1 / channels, np.float32)
    if channels <= 2:
        return equal
    try:
        gains = np.array([_gain(layout, channels, channel) for channel in range(channels)], np.float32)
    except (FFmpegError, ValueError):  # a number of channels that has no layout
        return equal
    return gains / gains.sum() if gains.sum() > 0 else equal


def _gain(layout: str, channels: int, channel: int) -> float:
    """How strong FFmpeg mixes one channel of a layout such as "5.1"."""
    values = np.zeros((64, channels), np.float32)
    values[:, channel] = 1
    frame = av.AudioFrame.from_ndarray(values.reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate = SOUND_RATE
    (mixed,) = av.AudioResampler("flt", "mono", SOUND_RATE).resample(frame)
    return float(mixed.to_ndarray()[0, 32])
