"""Mel bands as they would be of sound recorded elsewhere: mimik.voice.augment, a hundred times as fast.

Power adds up in bands as it does in sound, on average. What the phase would do is drawn: the power of
noise in a band follows a gamma distribution.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mimik.models.inputs import SoundSpec
from mimik.voice.augment import telephone_filter
from mimik.voice.features import Features, MelOptions, decibels, mel_filters, window_of
from mimik.voice.inputs import mel_options

NEIGHBOURS = 1.5
"""Frequencies of a Hann window that vary as one, about."""


def noisy(
    bands: Features, spec: SoundSpec, slope: float, snr_db: float, rng: np.random.Generator
) -> Features:
    """Mix noise in at a stated ratio of the mean power of both.

    Args:
        bands: Decibels (frames, bands).
        spec: Where the bands lie.
        slope: Power of the frequency by which the noise's power falls: 0 white, 1 pink, 2 brown.
        snr_db: Of the voice over the noise.
        rng: Draws the noise.
    """
    hertz, width, freedom = _bands(spec)
    voice = _power(bands)
    noise = rng.gamma(freedom, 1 / freedom, bands.shape) / hertz**slope
    noise *= (voice @ width).mean() / (noise @ width).mean() / 10 ** (snr_db / 10)
    return decibels(voice + noise)


def phoned(bands: Features, spec: SoundSpec) -> Features:
    """What a telephone lets through."""
    return bands + _telephone_db(mel_options(spec))


def roomy(bands: Features, spec: SoundSpec, decay_s: float, direct_db: float) -> Features:
    """What is heard in a room; see mimik.voice.augment.room_response."""
    count = max(2, round(decay_s / spec.hop_s))
    tail = 10 ** (-6 * np.arange(count) * spec.hop_s / decay_s)
    ratio = 10 ** (direct_db / 10)
    response = tail / tail.sum() / (1 + ratio)
    response[0] += ratio / (1 + ratio)
    size = len(bands) + count
    spectrum = np.fft.rfft(_power(bands), size, axis=0) * np.fft.rfft(response, size)[:, None]
    return decibels(np.fft.irfft(spectrum, size, axis=0)[: len(bands)])


def tilted(bands: Features, bend_db: float, tilt_db: float, rng: np.random.Generator) -> Features:
    """What a microphone hears that favours some bands.

    Args:
        bands: Decibels (frames, bands).
        bend_db: Standard deviation of its curve, at five places from the lowest band to the highest.
        tilt_db: Of the highest band over the lowest, its standard deviation.
        rng: Draws the curve.
    """
    place = np.linspace(0, 1, bands.shape[1])
    curve = np.interp(place, np.linspace(0, 1, 5), rng.normal(0, bend_db, 5))
    return bands + (curve + rng.normal(0, tilt_db) * (place - 0.5)).astype(np.float32)


def _power(bands: Features) -> NDArray[np.float64]:
    return 10 ** (bands.astype(np.float64) / 10)


@lru_cache(maxsize=16)
def _telephone_db(options: MelOptions) -> Features:
    """How much louder each band becomes over a telephone, where all frequencies are equally loud.

    The window spreads what passes over the bands beside it, so that these are far from silent: by theory the
    spectrum that it shows is that of the filter's autocorrelation times its own.
    """
    taps, window = telephone_filter(), window_of(options.spectrogram)
    through, shown = (np.correlate(values, values, "full") for values in (taps, window))
    cut = (len(through) - len(shown)) // 2
    lags = np.arange(len(shown)) - len(shown) // 2
    filters = mel_filters(options)
    turns = np.outer(np.arange(filters.shape[1]), lags) / options.spectrogram.fft
    passed = np.cos(2 * np.pi * turns) @ (shown * through[cut : cut + len(shown)])
    whole = shown[len(shown) // 2]
    return decibels(filters @ np.maximum(passed, 0) / whole / filters.sum(axis=1))


@lru_cache(maxsize=16)
def _bands(spec: SoundSpec) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each band: its middle in hertz, the hertz up to the next one, and the shape of its noise's power."""
    options = mel_options(spec)
    filters, rate = mel_filters(options), options.spectrogram.rate
    total = filters.sum(axis=1)
    hertz = filters @ np.linspace(0, rate / 2, filters.shape[1]) / total
    freedom = np.maximum(1, total**2 / (filters**2).sum(axis=1) / NEIGHBOURS)
    return hertz, np.gradient(hertz), freedom
