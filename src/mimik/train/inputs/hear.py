"""Utterances as a network hears them in training: changed at random, and all of one length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.models.inputs import SoundSpec
from mimik.train.inputs.clips import Clips
from mimik.train.recipe.changes import HearOptions
from mimik.voice.bands import noisy, phoned, roomy, tilted
from mimik.voice.features import Features
from mimik.voice.inputs import levels_input, normalised

BEND_DB, TILT_DB = 4.0, 6.0
"""How much microphones differ, as standard deviations; see mimik.voice.bands.tilted."""
LONGEST_S = 3.5
"""Of longer utterances a part is heard even where they are heard whole, so that batches stay small."""
WHOLE_SPEED, FITTING = 0.3, 1.5
"""Whole utterances: how much of HearOptions.speed is drawn, and how much more of it makes them fit."""
SILENCE = (0.0, 0.5)
"""What the channels hold beside an utterance; see mimik.voice.inputs.sound_input."""
KNEE = 0.75
"""Share of the bands up to which resonances move by the whole warp; above, they move less and less."""


def heard(
    clips: Clips,
    chosen: NDArray[np.int64],
    spec: SoundSpec,
    options: HearOptions,
    rng: np.random.Generator,
    mean: float,
    std: float,
) -> NDArray[np.float32]:
    """The chosen clips under random changes, as a network's input float32 (N, channels, frames, bands)."""
    frames = _length(clips, chosen, spec, options)
    place = _placed_whole if options.whole else _placed
    batch = np.empty((len(chosen), spec.channels, frames, spec.bands), np.float32)
    for row, i in zip(batch, chosen.tolist(), strict=True):
        values = levels_input(elsewhere(clips.items[i], spec, options, rng), spec)
        row[:] = normalised(place(values, frames, options, rng), mean, std)
        _hide(row, options, rng)
    return batch


def _length(clips: Clips, chosen: NDArray[np.int64], spec: SoundSpec, options: HearOptions) -> int:
    """Frames of a batch of the chosen clips."""
    if not options.whole:
        return round(options.length_s / spec.hop_s)
    return int(np.clip(np.median(clips.lengths[chosen]), spec.fewest, round(LONGEST_S / spec.hop_s)))


def elsewhere(bands: Features, spec: SoundSpec, options: HearOptions, rng: np.random.Generator) -> Features:
    """The bands of an utterance (frames, bands) as it might have been recorded elsewhere."""
    room, tilt, telephone, noise = rng.random(4)
    if room < options.room:
        bands = roomy(bands, spec, rng.uniform(0.2, 0.8), rng.uniform(0, 10))
    if tilt < options.tilt:
        bands = tilted(bands, BEND_DB, TILT_DB, rng)
    if telephone < options.telephone:
        bands = phoned(bands, spec)
    if noise < options.noise:
        snr_db = rng.uniform(options.noise_from_db, options.noise_to_db)
        bands = noisy(bands, spec, float(rng.integers(3)), snr_db, rng)
    return bands


def _placed(
    values: NDArray[np.float32], frames: int, options: HearOptions, rng: np.random.Generator
) -> NDArray[np.float32]:
    """So many frames of an utterance (channels, any, bands), from a place, at a speed, with moved resonances.

    A shorter one is repeated.
    """
    pace, warp = 1 + options.speed * rng.uniform(-1, 1), 1 + options.warp * rng.uniform(-1, 1)
    need = int(np.ceil(frames * (1 + options.speed))) + 1
    if (times := -(-need // values.shape[1])) > 1:
        values = np.tile(values, (1, times, 1))
    start = int(rng.integers(values.shape[1] - need + 1))
    times_at = start + pace * np.arange(frames)
    return _moved(values, times_at, warp)


def _placed_whole(
    values: NDArray[np.float32], frames: int, options: HearOptions, rng: np.random.Generator
) -> NDArray[np.float32]:
    """So many frames that hold an utterance (channels, any, bands), at a speed that makes it fit.

    Where that would be too fast or too slow, silence is beside it, or a part of it is left out.
    """
    warp, drawn = 1 + options.warp * rng.uniform(-1, 1), options.speed * rng.uniform(-1, 1)
    fits = values.shape[1] / frames * (1 + WHOLE_SPEED * drawn)
    pace = min(max(fits, 1 - FITTING * options.speed), 1 + FITTING * options.speed)
    beyond = values.shape[1] - pace * frames
    start = rng.uniform(min(0, beyond), max(0, beyond))
    return _moved(values, start + pace * np.arange(frames), warp, SILENCE)


def _moved(
    values: NDArray[np.float32],
    times_at: NDArray[np.floating[Any]],
    warp: float,
    beside: Sequence[float] | None = None,
) -> NDArray[np.float32]:
    """Values at such times, with moved resonances; past the ends what is beside them, or the ends again."""
    bands_at = _warped(values.shape[2], warp)
    grid = np.meshgrid(bands_at.astype(np.float32), times_at.astype(np.float32))
    border = cv2.BORDER_REPLICATE if beside is None else cv2.BORDER_CONSTANT
    moved = [
        cv2.remap(channel, *grid, cv2.INTER_LINEAR, borderMode=border, borderValue=value)
        for channel, value in zip(values, beside or SILENCE, strict=False)
    ]
    return np.asarray(moved, np.float32)


def _warped(bands: int, warp: float) -> NDArray[np.float64]:
    """Where each band is taken from; the ends stay where they are."""
    place = np.linspace(0, 1, bands)
    above = 1 - (1 - place) * (1 - KNEE * warp) / (1 - KNEE)
    return np.asarray(np.where(place < KNEE, place * warp, above) * (bands - 1), np.float64)


def _hide(values: NDArray[np.float32], options: HearOptions, rng: np.random.Generator) -> None:
    """Hide stretches of time and ranges of bands in all channels alike, in place."""
    for axis, largest in ((1, options.mask_time), (2, options.mask_bands)):
        length = values.shape[axis]
        for _ in range(options.masks):
            size = int(rng.integers(0, int(largest * length) + 1))
            start = int(rng.integers(0, length - size + 1))
            hidden = slice(start, start + size)
            values[(slice(None), hidden) if axis == 1 else (..., hidden)] = 0
