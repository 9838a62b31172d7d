"""How loud a sound is where speech is, 25 times a second: what is held against the movement of mouths."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mimik.types import SOUND_RATE, Samples, Sound

LEVEL_RATE = 25
"""Levels a second, as many as a film has pictures."""
STEP = SOUND_RATE // LEVEL_RATE
"""Samples of a level."""
BAND_HZ = (300, 3400)
"""A telephone's band: speech without hum and wind."""
_HERTZ = np.fft.rfftfreq(STEP, 1 / SOUND_RATE)
_SPEECH = np.abs(_HERTZ - sum(BAND_HZ) / 2) <= (BAND_HZ[1] - BAND_HZ[0]) / 2
_WINDOW = np.hanning(STEP).astype(np.float32)
SILENCE = 1e-9
"""Power that stands for none: -90 dB."""


class Levels:
    """The levels of one source's sound, taken block by block. Level n is of n to n + 1 steps after time 0."""

    def __init__(self) -> None:
        """Start before the first block."""
        self._first: int | None = None
        self._levels: list[float] = []
        self._rest: Samples = np.zeros(0, np.float32)

    def push(self, sound: Sound) -> None:
        """Take the next block, mono at 16 kHz, which begins where the one before ended."""
        samples = sound.samples
        if self._first is None:
            self._first = math.ceil(sound.time_s * LEVEL_RATE - 1e-6)
            samples = samples[round((self._first / LEVEL_RATE - sound.time_s) * SOUND_RATE) :]
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // STEP * STEP
        self._rest = samples[whole:]
        self._levels += levels_db(samples[:whole]).tolist()

    def forget(self, before_s: float) -> None:
        """Drop what is earlier, in seconds."""
        if self._first is not None and (old := math.floor(before_s * LEVEL_RATE) - self._first) > 0:
            del self._levels[:old]
            self._first += old

    def between(self, first: int, last: int) -> NDArray[np.float32]:
        """Levels from one number up to another, in dB, (N,): NaN where there is no sound."""
        begin = self._first if self._first is not None else last
        there = self._levels[max(0, first - begin) : max(0, last - begin)]
        before = min(max(0, begin - first), last - first)
        after = last - first - before - len(there)
        return np.array([math.nan] * before + there + [math.nan] * after, np.float32)


def levels_db(samples: Samples) -> NDArray[np.float32]:
    """The level of each STEP samples in the band of speech, in dB.

    Args:
        samples: At SOUND_RATE, a whole number of steps.
    """
    spectra = np.fft.rfft(samples.reshape(-1, STEP) * _WINDOW, axis=1)[:, _SPEECH]
    power = (np.abs(spectra) ** 2).sum(axis=1) / STEP**2
    return np.asarray(10 * np.log10(power + SILENCE), np.float32)
