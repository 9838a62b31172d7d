"""Speech of chance: its level, which a mouth follows if it is its own, and its sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mimik.types import SOUND_RATE
from mimik.voice.level import LEVEL_RATE, STEP

SAID_S, PAUSE_S = 2.0, 1.0
"""Length of each utterance, and of what is before it."""


def spoken_db(seed: int, length_s: float) -> NDArray[np.float64]:
    """The level of syllables of chance, some four a second, LEVEL_RATE values a second."""
    rng = np.random.default_rng(seed)
    level = np.full(round(length_s * LEVEL_RATE), -80.0)
    for start_s in starts(length_s):
        begin = round(start_s * LEVEL_RATE)
        noise = np.convolve(rng.normal(0, 1, round(SAID_S * LEVEL_RATE) + 4), np.ones(5) / 5, "valid")
        level[begin : begin + len(noise)] = -30 + 15 * noise / noise.std()
    return level


def starts(length_s: float) -> list[float]:
    """Where the utterances begin, in seconds."""
    return np.arange(PAUSE_S, length_s - SAID_S, SAID_S + PAUSE_S).tolist()


def sounding(level_db: NDArray[np.float64]) -> NDArray[np.float32]:
    """Noise of such a level at 16 kHz."""
    size = 10 ** (level_db / 20)
    noise = np.random.default_rng(0).normal(0, 1, len(level_db) * STEP)
    return (noise * np.repeat(size, STEP)).clip(-1, 1).astype(np.float32)


assert SOUND_RATE == STEP * LEVEL_RATE
