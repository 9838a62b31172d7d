"""What an answer about a voice hangs on: how it changes as times and bands of frequency are hidden.

As with faces (mimik.explain.occlusion): it runs the ONNX file, and shows what the answer changes with, not
why the voice sounds so. What is hidden is given each band's mean level, which has no look of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.explain.occlusion import check_label, log_odds
from mimik.models.inputs import SoundSpec
from mimik.tasks.loaded import LoadedModel
from mimik.types import Samples
from mimik.voice.features import log_mel, to_hertz, to_mel
from mimik.voice.inputs import filled, loud_part, mel_options, normalised, scaled, stacked

STRETCH_S, STEPS = 0.2, 16
"""How long a stretch of time is hidden, and at how many places at least, evenly spread."""
MOST_STEPS = 40
"""Places in time at most: a longer utterance is hidden in longer stretches."""
BANDS, BAND_STEPS = 10, 10
"""How many mel bands of 64 are hidden at a time, and at how many places."""
NETWORK_BANDS = 64


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of time, or a band of frequency, and what hiding it does."""

    begin: float
    """Seconds from the beginning of the utterance, or hertz."""
    end: float
    drop: float
    """How much the log-odds fall when all of it is hidden; negative where it spoke against the label."""


@dataclass(frozen=True, slots=True, eq=False)
class HeardEvidence:
    """What one answer about one utterance hangs on."""

    label: str
    """The class."""
    log_odds: float
    """Of the label, with nothing hidden: 0 is even, 2 is 88 %."""
    drop: NDArray[np.float32]
    """How much the log-odds fall when a place is hidden, float32 (frames, bands); negative where the place
    spoke against the label."""
    start_s: float
    """Where the first frame is, from the beginning of the utterance: quiet ends are cut off."""
    hop_s: float
    """From one frame to the next."""
    times: tuple[Part, ...]
    """Stretches of time, all bands hidden; they overlap."""
    bands: tuple[Part, ...]
    """Bands of frequency, hidden all the time; they overlap."""

    def told(self, start_s: float) -> str:
        """In a sentence: the stretch and the band that speak most for it.

        Args:
            start_s: When the utterance begins.
        """
        time, band = (max(parts, key=lambda part: part.drop) for parts in (self.times, self.bands))
        found = []
        if time.drop > 0:
            found.append(f"{start_s + time.begin:.2f} to {start_s + time.end:.2f} s")
        if band.drop > 0:
            found.append(f"{_hertz(band.begin)} to {_hertz(band.end)} Hz")
        if not found:
            return f"No stretch of time and no band points to {self.label} by itself."
        return f"For {self.label} {'speaks' if len(found) == 1 else 'speak'} most: {' and '.join(found)}."

    def to_dict(self, start_s: float) -> dict[str, Any]:
        """JSON-safe form; arguments as for told."""
        return {
            "label": self.label,
            "log_odds": round(self.log_odds, 4),
            "times": [
                {
                    "start_s": round(start_s + part.begin, 3),
                    "end_s": round(start_s + part.end, 3),
                    "drop": round(part.drop, 4),
                }
                for part in self.times
            ],
            "bands": [
                {"low_hz": round(part.begin, 1), "high_hz": round(part.end, 1), "drop": round(part.drop, 4)}
                for part in self.bands
            ],
        }


def _hertz(value: float) -> str:
    """A frequency in two digits."""
    return f"{float(f'{value:.2g}'):.0f}"


def hidden_parts(model: LoadedModel, samples: Samples, label: str) -> HeardEvidence:
    """Hide an utterance piece by piece and see how one answer changes.

    Args:
        model: Of a task that is heard in voices.
        samples: The utterance, mono float32 (N,) at mimik.types.SOUND_RATE.
        label: One of the card's labels.

    Raises:
        OptionError: The model has no such label.
        ModelError: It takes no sound.
    """
    check_label(model.card, label)
    spec = model.card.sound
    levels, first = _levels(samples, spec)
    frames, bands = levels.shape
    spans = list(_places(frames, max(2, round(STRETCH_S / spec.hop_s)), _steps(frames, spec.hop_s)))
    ranges = list(_places(bands, max(1, round(BANDS * bands / NETWORK_BANDS)), BAND_STEPS))
    all_bands, all_frames = slice(0, bands), slice(0, frames)
    places = [
        *((span, all_bands) for span in spans),
        *((all_frames, band) for band in ranges),
        *((span, band) for span in spans for band in ranges),
    ]
    mean = levels.mean(axis=0)
    odds = log_odds(
        _logits(model, [_view(levels, spec), *_hidden(levels, mean, places, spec)]), model.card, label
    )
    falls = odds[0] - odds[1:]
    edges = _edges(spec)
    return HeardEvidence(
        label=label,
        log_odds=float(odds[0]),
        drop=_mean_drop(falls[len(spans) + len(ranges) :], places[len(spans) + len(ranges) :], levels.shape),
        start_s=first * spec.hop_s,
        hop_s=spec.hop_s,
        times=tuple(
            Part((first + span.start) * spec.hop_s, (first + span.stop) * spec.hop_s, float(fall))
            for span, fall in zip(spans, falls, strict=False)
        ),
        bands=tuple(
            Part(edges[band.start], edges[band.stop + 1], float(fall))
            for band, fall in zip(ranges, falls[len(spans) :], strict=False)
        ),
    )


def _levels(samples: Samples, spec: SoundSpec) -> tuple[NDArray[np.float32], int]:
    """An utterance's levels (frames, bands) as its network hears them, and the number of the first frame."""
    decibels = log_mel(samples, mel_options(spec))
    part = loud_part(decibels, spec)
    return scaled(decibels[part], spec), part.start


def _steps(frames: int, hop_s: float) -> int:
    """At how many places in time something is hidden: about three for each stretch."""
    return int(np.clip(round(3 * frames * hop_s / STRETCH_S), STEPS, MOST_STEPS))


def _places(whole: int, size: int, steps: int) -> Iterator[slice]:
    """Pieces of a row, evenly spread; longer ones where some would be left out otherwise."""
    size = min(whole, max(size, -(-2 * whole // steps)))
    for begin in dict.fromkeys(np.linspace(0, whole - size, steps).round().astype(int).tolist()):
        yield slice(begin, begin + size)


def _hidden(
    levels: NDArray[np.float32],
    mean: NDArray[np.float32],
    places: Sequence[tuple[slice, slice]],
    spec: SoundSpec,
) -> Iterator[NDArray[np.float32]]:
    """The network's input with one place after the other hidden."""
    for span, band in places:
        hidden = levels.copy()
        hidden[span, band] = mean[band]
        yield _view(hidden, spec)


def _view(levels: NDArray[np.float32], spec: SoundSpec) -> NDArray[np.float32]:
    """The network's input of some levels."""
    return stacked(filled(levels, spec), spec)


def _logits(model: LoadedModel, views: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """What a network says, (N, K); one input at a time, as in use."""
    card = model.card
    return np.concatenate([model.logits(normalised(view, card.mean, card.std)[None]) for view in views])


def _mean_drop(
    falls: NDArray[np.float32], places: Sequence[tuple[slice, slice]], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """The mean fall of the places that cover each point."""
    drop, covered = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for fall, (span, band) in zip(falls, places, strict=True):
        drop[span, band] += fall
        covered[span, band] += 1
    return np.asarray(drop / np.maximum(covered, 1), np.float32)


def _edges(spec: SoundSpec) -> list[float]:
    """Where the bands begin and end, in hertz: band N from edge N to edge N + 2."""
    mels = np.linspace(to_mel(spec.low_hz), to_mel(spec.high_hz), spec.bands + 2)
    return [to_hertz(mel) for mel in mels.tolist()]
