"""Sound that a detector of speech takes for a voice: a buzz with the resonances of vowels, by formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))
"""First three resonances of a man's a, i, u and e, in hertz (Peterson and Barney, 1952)."""


def voice(length_s: float, pitch_hz: float = 120.0, size: float = 0.3) -> NDArray[np.float32]:
    """Syllables of changing vowels, five a second, at a pitch that sinks."""
    time_s = np.arange(round(length_s * RATE)) / RATE
    pitch = pitch_hz * (1.15 - 0.1 * time_s + 0.03 * np.sin(2 * np.pi * 2.3 * time_s))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    vowel = (time_s * 5).astype(int) % len(VOWELS)
    resonances = np.array(VOWELS, float)[vowel].T
    sound = np.zeros_like(time_s)
    for harmonic in range(1, 35):
        hertz = harmonic * pitch
        gain = sum(1 / (1 + ((hertz - f) / (60 + 0.05 * f)) ** 2) for f in resonances)
        sound += gain * np.sin(harmonic * phase) * (hertz < 7500) / harmonic**0.3
    sound *= 0.35 + 0.65 * np.abs(np.sin(np.pi * 5 * time_s))
    return (size * sound / max(np.abs(sound).max(), 1e-9)).astype(np.float32)


def background(length_s: float, size: float = 0.0005, seed: int = 0) -> NDArray[np.float32]:
    """Faint noise."""
    return np.random.default_rng(seed).normal(0, size, round(length_s * RATE)).astype(np.float32)
