"""An utterance as a network hears it, as its card says; the same in training and in use."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mimik.models.inputs import SoundSpec
from mimik.types import Samples
from mimik.voice.features import Features, MelOptions, SpectrogramOptions, below_peak, log_mel

SILENT = 1e-3
"""A sound that nowhere reaches this, of full scale (-60 dB), holds nothing to be heard."""
LOUD = 95
"""Percentile of the frames' levels that counts as the loud parts of an utterance."""


def is_silent(sound: Samples) -> bool:
    """Whether there is nothing to be heard in a sound, mono float32 (N,)."""
    return float(np.abs(sound).max(initial=0.0)) < SILENT


@lru_cache(maxsize=16)
def mel_options(spec: SoundSpec) -> MelOptions:
    """The bands that a network wants."""
    spectrogram = SpectrogramOptions(spec.window_s, spec.hop_s)
    return MelOptions(spectrogram, spec.bands, spec.low_hz, spec.high_hz)


def sound_input(samples: Samples, spec: SoundSpec) -> NDArray[np.float32]:
    """What a network takes for one utterance, before normalisation.

    Args:
        samples: Mono float32 (N,) at SOUND_RATE; any length above 0.
        spec: How it is made.

    Returns:
        float32 (channels, frames, bands): levels, 0 to 1 from ``floor_db`` below the loudest value up to
        that; with two channels, the second is each band's level less its mean, plus 0.5.
    """
    return levels_input(log_mel(samples, mel_options(spec)), spec)


def levels_input(decibels: Features, spec: SoundSpec) -> NDArray[np.float32]:
    """The same for the log-mel decibels (frames, bands) of an utterance."""
    return stacked(filled(scaled(trimmed(decibels, spec), spec), spec), spec)


def trimmed(decibels: Features, spec: SoundSpec) -> Features:
    """Decibels (frames, bands) without the quiet frames at both ends; at least one frame is left."""
    return decibels[loud_part(decibels, spec)]


def loud_part(decibels: Features, spec: SoundSpec) -> slice:
    """The frames between the quiet ones at both ends."""
    if not spec.trim_db:
        return slice(0, len(decibels))
    levels = 10 * np.log10(np.mean(10 ** (decibels.astype(np.float64) / 10), axis=1))
    loud = np.flatnonzero(levels >= np.percentile(levels, LOUD) - spec.trim_db)
    return slice(int(loud[0]), int(loud[-1]) + 1)


def scaled(decibels: Features, spec: SoundSpec) -> Features:
    """Decibels relative to the loudest value, as 0 to 1."""
    return 1 + below_peak(decibels, spec.floor_db) / np.float32(spec.floor_db)


def filled(levels: Features, spec: SoundSpec) -> Features:
    """Levels with silence behind them, if they are too short."""
    lacking = spec.fewest - len(levels)
    return np.pad(levels, ((0, lacking), (0, 0))) if lacking > 0 else levels


def stacked(levels: Features, spec: SoundSpec) -> NDArray[np.float32]:
    """The channels of levels (frames, bands)."""
    if spec.channels == 1:
        return levels[None]
    return np.stack([levels, levels - levels.mean(axis=0, keepdims=True) + np.float32(0.5)])


def normalised(values: NDArray[np.float32], mean: float, std: float) -> NDArray[np.float32]:
    """Values less the mean, over the standard deviation, both of the card."""
    return (values - np.float32(mean)) / np.float32(std)
