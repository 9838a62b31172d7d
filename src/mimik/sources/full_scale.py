"""Which samples of a sound had reached the end of what its format can hold, before it was mixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from mimik.types import FULL, SOUND_RATE, Samples, Sound

FULL_OF = {"pcm_mulaw": FULL * 32124 / 32768, "pcm_alaw": FULL * 32256 / 32768}
"""FFmpeg's names of the formats whose largest value is a smaller one: G.711's."""


def full_scale(codec: str) -> float:
    """The level from which a sample is at full scale, by FFmpeg's name of its format."""
    return FULL_OF.get(codec, FULL)


class FullScale:
    """Marks of samples at full scale, kept in step with a resampler: it holds some samples back."""

    def __init__(self) -> None:
        """Start before the first sample."""
        self._rate, self._read = SOUND_RATE, 0
        self._held = self._out = _NONE

    def begin(self, rate: int) -> None:
        """Follow a new resampler, which takes so many samples a second."""
        self._rate, self._read, self._held = rate, 0, _NONE

    def put(self, full: NDArray[np.bool_]) -> None:
        """Take the marks of what the resampler is given."""
        end = self._read + len(full)
        first, last = (-(-place * SOUND_RATE // self._rate) for place in (self._read, end))
        places = np.arange(first, last) * self._rate // SOUND_RATE - self._read
        self._held = np.concatenate([self._held, full[places]])
        self._read = end

    def bring(self, count: int) -> None:
        """So many samples came out of the resampler."""
        marks = self._held[:count]
        self._held = self._held[count:]
        self._out = np.concatenate([self._out, marks, np.zeros(count - len(marks), bool)])

    def take(self) -> NDArray[np.bool_]:
        """The marks of what came out since the last time."""
        marks, self._out = self._out, _NONE
        return marks


_NONE: NDArray[np.bool_] = np.zeros(0, bool)


def marked(stretches: Iterable[Samples], full: FullScale) -> Iterator[Samples]:
    """Stretches of sound with a second column, which is 1 where a sample was at full scale.

    Args:
        stretches: Mono (N,), made one by one as they are asked for: from the resampler, or silence.
        full: What follows the resampler.
    """
    for samples in stretches:
        marks = full.take()
        yield np.column_stack((samples, marks if len(marks) else np.zeros(len(samples), bool)))


def sound_of(block: Samples, time_s: float, source: str) -> Sound:
    """A block of what ``marked`` gives, as sound from a time on."""
    return Sound(block[:, 0].copy(), SOUND_RATE, time_s, source, block[:, 1] > 0)
