"""A high-pass that takes out of sound what nobody hears: a constant offset, and what lies below 20 Hz."""

from __future__ import annotations

import av
import numpy as np
from av.filter import Graph

from mimik.types import SOUND_RATE, Samples

LOWEST_HZ = 20
"""Where the filter takes half of the power: the lower end of hearing."""


class HighPass:
    """Filters one sound, which comes in blocks of any size, by FFmpeg: two poles, in 64 bits."""

    def __init__(self) -> None:
        """Start before the first block."""
        self._graph = Graph()
        self._graph.threads = 1
        self._graph.link_nodes(
            self._graph.add_abuffer(format="flt", sample_rate=SOUND_RATE, layout="mono"),
            self._graph.add("highpass", f"frequency={LOWEST_HZ}:precision=f64"),
            self._graph.add("abuffersink"),
        ).configure()
        self._first: np.float32 | None = None

    def of(self, samples: Samples) -> Samples:
        """The next block, as long as it was.

        Args:
            samples: Mono float32 (N,) at SOUND_RATE.
        """
        if not len(samples):
            return samples
        if self._first is None:
            # The filter begins at rest. Less the first sample, an offset makes no thump at the beginning.
            self._first = samples[0]
        frame = av.AudioFrame.from_ndarray((samples - self._first)[None], format="flt", layout="mono")
        frame.sample_rate = SOUND_RATE
        self._graph.push(frame)
        return np.asarray(self._graph.pull().to_ndarray()[0], np.float32)
