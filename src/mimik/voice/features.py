"""What networks hear: log-mel spectrograms and plain ones, in NumPy; the same in training and in use.

The values are those of librosa 0.11 (``feature.melspectrogram`` and ``stft`` with ``center=True`` and
zeros beyond the ends), which tests/voice holds them to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.types import SOUND_RATE, Samples

Features = NDArray[np.float32]
"""Decibels over time and frequency, float32 (frames, bands or frequencies)."""

QUIETEST_POWER = 1e-10
"""Power below which all is taken for this: -100 dB; the logarithm of nothing is none."""


@dataclass(frozen=True, slots=True)
class SpectrogramOptions:
    """How sound is taken apart into frequencies over time."""

    window_s: float
    """Length of the window (Hann), in seconds: a longer one parts frequencies, a shorter one times."""
    hop_s: float
    """From one window to the next, in seconds."""
    fft: int = 512
    """Samples of the transform, a power of 2; a shorter window lies in its middle."""
    rate: int = SOUND_RATE
    """Samples per second of the sound."""

    def __post_init__(self) -> None:
        if self.rate < 1000 or self.fft < 16 or self.fft & (self.fft - 1):
            raise OptionError(
                f"the transform must be a power of 2 from 16 and the rate 1000 or more, not {self.fft} and "
                f"{self.rate}"
            )
        if not 2 <= self.window <= self.fft or not 1 <= self.hop <= self.window:
            raise OptionError(
                f"the window must be 2 to {self.fft} samples and the hop 1 to a window, "
                f"not {self.window} and {self.hop}: window_s {self.window_s:g}, hop_s {self.hop_s:g}"
            )

    @property
    def window(self) -> int:
        """Samples of the window."""
        return round(self.window_s * self.rate)

    @property
    def hop(self) -> int:
        """Samples from one window to the next."""
        return round(self.hop_s * self.rate)

    def frames(self, samples: int) -> int:
        """How many frames become of so many samples."""
        return 1 + samples // self.hop


NARROW = SpectrogramOptions(0.020, 0.010)
"""Narrow-band: 20 ms hold several periods of a voice, so its harmonics stand apart, pitch over time."""
WIDE = SpectrogramOptions(0.003, 0.0015, 128)
"""Wide-band: 3 ms are shorter than a period, so single pulses and the resonances of the mouth stand out.
So short a window tells frequencies 500 Hz apart at best; a longer transform would show no more of them."""
SPEECH = SpectrogramOptions(0.025, 0.010)
"""What log-mel of speech is made of by most."""


@dataclass(frozen=True, slots=True)
class MelOptions:
    """Bands that are as wide as the ear's (Slaney's mel scale, triangles of equal area)."""

    spectrogram: SpectrogramOptions = SPEECH
    """What the bands are made of."""
    bands: int = 64
    """How many there are."""
    low_hz: float = 50.0
    """Where the lowest begins: mains hum and rumble lie below."""
    high_hz: float = 8000.0
    """Where the highest ends."""

    def __post_init__(self) -> None:
        most_hz = self.spectrogram.rate / 2
        if not 0 <= self.low_hz < self.high_hz <= most_hz:
            raise OptionError(
                f"the bands must lie within 0 to {most_hz:g} Hz, not {self.low_hz:g} to {self.high_hz:g}"
            )
        if not 2 <= self.bands <= 256:
            raise OptionError(f"bands must be 2 to 256, not {self.bands}")
        if not mel_filters(self).any(axis=1).all():
            raise OptionError(
                f"{self.bands} bands are too many for a transform of {self.spectrogram.fft} samples: some "
                "would hold nothing; take fewer bands, or a longer transform"
            )


@lru_cache(maxsize=16)
def mel_filters(options: MelOptions) -> NDArray[np.float64]:
    """What each frequency counts in each band, (bands, fft / 2 + 1); read-only."""
    settings = options.spectrogram
    hertz = np.arange(settings.fft // 2 + 1) * (settings.rate / settings.fft)
    low, high = to_mel(options.low_hz), to_mel(options.high_hz)
    edges = np.array([to_hertz(mel) for mel in np.linspace(low, high, options.bands + 2)])
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    filters: NDArray[np.float64] = triangles * (2 / (edges[2:] - edges[:-2]))[:, None]
    filters.setflags(write=False)
    return filters


_LINEAR_HZ, _PER_MEL_HZ, _STEP = 1000.0, 200 / 3, math.log(6.4) / 27
"""Slaney's scale (Auditory Toolbox, 1998): 200/3 Hz a mel up to 1 kHz, then 27 mels a factor of 6.4."""


def to_mel(hertz: float) -> float:
    """Hertz as mels, on Slaney's scale."""
    if hertz < _LINEAR_HZ:
        return hertz / _PER_MEL_HZ
    return _LINEAR_HZ / _PER_MEL_HZ + math.log(hertz / _LINEAR_HZ) / _STEP


def to_hertz(mel: float) -> float:
    """Mels of Slaney's scale as hertz."""
    linear = _LINEAR_HZ / _PER_MEL_HZ
    return mel * _PER_MEL_HZ if mel < linear else _LINEAR_HZ * math.exp((mel - linear) * _STEP)


def power(samples: Samples, options: SpectrogramOptions) -> NDArray[np.float64]:
    """Power over time and frequency, (frames, fft / 2 + 1).

    Args:
        samples: Mono float32, at the options' rate; frame N is centred at sample N * hop, zeros beyond the
            ends.
        options: Window, hop, transform.
    """
    padded = np.pad(samples.astype(np.float64), options.fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, options.fft)[:: options.hop]
    frames = frames[: options.frames(len(samples))]
    spectrum = np.fft.rfft(frames * window_of(options))
    return spectrum.real**2 + spectrum.imag**2


def spectrogram(samples: Samples, options: SpectrogramOptions) -> Features:
    """Decibels over time and frequency, (frames, fft / 2 + 1); see ``power``."""
    return decibels(power(samples, options))


def log_mel(samples: Samples, options: MelOptions = MelOptions()) -> Features:
    """Decibels over time and mel bands, (frames, bands); see ``power``."""
    return decibels(power(samples, options.spectrogram) @ mel_filters(options).T)


def decibels(values: NDArray[np.float64]) -> Features:
    """Power in decibels, -100 at least."""
    return (10 * np.log10(np.maximum(values, QUIETEST_POWER))).astype(np.float32)


def below_peak(values: Features, floor_db: float = 80.0) -> Features:
    """Decibels relative to the loudest one, -floor_db at least: the microphone's distance drops out."""
    if not values.size:
        return values
    return np.asarray(np.maximum(values - values.max(), np.float32(-floor_db)), np.float32)


@lru_cache(maxsize=16)
def window_of(options: SpectrogramOptions) -> NDArray[np.float64]:
    """Hann's window, periodic, in the middle of a transform; read-only."""
    window = options.window
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    left = (options.fft - window) // 2
    padded = np.pad(hann, (left, options.fft - window - left))
    padded.setflags(write=False)
    return padded
