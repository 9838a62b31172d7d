"""Whether someone speaks, in windows of 32 ms: by Silero's network, or by loudness where it can't run."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.errors import MimikWarning, ModelError, UnknownNameError
from mimik.models.session import Session
from mimik.models.store import find_file
from mimik.types import Samples

WINDOW = 512
"""Samples of a window: 32 ms, as Silero's network was trained."""
CONTEXT = 64
"""Samples before a window that Silero's network is given with it."""
CELLS = 128
"""Size of the state that Silero's network carries from window to window."""
AT_ONCE = 512
"""Windows that are given to the network at once, 16 s: memory stays small, whatever comes."""

DetectorName: TypeAlias = Literal["silero", "energy"]


class Activity(Protocol):
    """Says how likely speech is, window by window; holds a state, so one sound each."""

    def of(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability of speech, float32 (N,), of windows that follow those of before, (N, WINDOW)."""
        ...

    def reset(self) -> None:
        """Forget what came before."""
        ...


class Silero:
    """Silero's network for 16 kHz, in the form that takes many windows in one call.

    Silero Team: "Silero VAD", 2024, version 6 (MIT). Windows in one call or one by one give the same bits.
    """

    def __init__(self) -> None:
        """Load the network.

        Raises:
            ModelError: Its file is missing, was changed, or can't be loaded.
        """
        self._session = Session(find_file("silero"), "cpu")
        if {"input", "h", "c"} != set(self._session.inputs):
            raise ModelError(
                f"the detector of speech takes {', '.join(self._session.inputs)}, not input, h, c"
            )
        self.reset()

    def reset(self) -> None:
        """See Activity."""
        self._context = np.zeros(CONTEXT, np.float32)
        self._hidden = np.zeros((1, 1, CELLS), np.float32)
        self._cell = np.zeros((1, 1, CELLS), np.float32)

    def of(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """See Activity."""
        parts = [self._run(windows[i : i + AT_ONCE]) for i in range(0, len(windows), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _run(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        before = np.concatenate([self._context[None], windows[:-1, -CONTEXT:]])
        self._context = windows[-1, -CONTEXT:].copy()
        given = np.concatenate([before, windows], axis=1)
        found = self._session.run_named({"input": given, "h": self._hidden, "c": self._cell})
        self._hidden, self._cell = found["hn"], found["cn"]
        return found["speech_probs"].reshape(-1)


class Energy:
    """Loudness from 300 to 3400 Hz above the quietest windows of the last seconds.

    It takes music and slamming doors for speech, and speech over loud noise for none.
    """

    BAND = slice(10, 110)
    """Bins of a window's transform, 31.25 Hz apart: hum and rumble lie below, hiss above."""

    QUIETEST_DB, LOUDEST_DB = -65.0, -35.0
    """The background is taken to lie between these, in dB of full scale."""
    MEMORY = 156
    """Windows in which the quietest is looked for: five seconds."""
    ABOVE_DB, SLOPE_DB = 12.0, 3.0
    """So much above the background the probability is 0.5, and how quickly it changes there."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """See Activity."""
        self._levels: deque[float] = deque(maxlen=self.MEMORY)

    def of(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """See Activity."""
        spectrum = np.fft.rfft(windows.astype(np.float64) * np.hanning(WINDOW))[:, self.BAND]
        # As much as the mean square of a sound within the band.
        power = np.sum(np.abs(spectrum) ** 2, axis=1) * 2 / (WINDOW * np.sum(np.hanning(WINDOW) ** 2))
        return np.array([self._one(level) for level in 10 * np.log10(power + 1e-12)], np.float32)

    def _one(self, level_db: float) -> float:
        self._levels.append(level_db)
        background_db = min(max(min(self._levels), self.QUIETEST_DB), self.LOUDEST_DB)
        above_db = level_db - background_db - self.ABOVE_DB
        return float(1 / (1 + np.exp(-above_db / self.SLOPE_DB)))


DETECTORS: dict[str, Callable[[], Activity]] = {"silero": Silero, "energy": Energy}
"""Name to what detects speech."""


def load_activity(name: str) -> Activity:
    """What detects speech.

    Args:
        name: Of DETECTORS.

    Raises:
        UnknownNameError: There is no such detector.

    Warns:
        MimikWarning: The network can't run, so that loudness takes its place.
    """
    if name not in DETECTORS:
        raise UnknownNameError("detector of speech", name, DETECTORS)
    try:
        return DETECTORS[name]()
    except ModelError as error:
        warnings.warn(
            f"speech is told by its loudness alone, which takes other sounds for it: {error}",
            MimikWarning,
            stacklevel=2,
        )
        return Energy()


def padded(samples: Samples) -> NDArray[np.float32]:
    """Samples as windows (N, WINDOW), silence after the last."""
    return np.pad(samples, (0, -len(samples) % WINDOW)).reshape(-1, WINDOW)
