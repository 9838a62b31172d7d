"""Features against librosa's values, and what must hold of any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimik.errors import OptionError
from mimik.voice.features import (
    NARROW,
    SPEECH,
    WIDE,
    MelOptions,
    SpectrogramOptions,
    below_peak,
    log_mel,
    mel_filters,
    spectrogram,
)
from voiced import voice

LIBROSA = dict(np.load(Path(__file__).with_name("librosa_values.npz")))
COARSE = MelOptions(SpectrogramOptions(0.032, 0.016, 1024), 40, 0.0, 7600.0)
LOUD_DB = -70.0
"""librosa reckons in 32 bits, so what is far below the loudest differs."""


def tone(hertz: float, length_s: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(length_s * 16_000)) / 16_000).astype(np.float32)


@pytest.mark.parametrize(("name", "options"), [("usual", MelOptions()), ("coarse", COARSE)])
def test_log_mel_is_librosas(name: str, options: MelOptions) -> None:
    found, expected = log_mel(voice(0.5), options), LIBROSA[name]
    assert found.shape == expected.shape and found.dtype == np.float32
    assert np.abs(found - expected)[expected > LOUD_DB].max() < 2e-3
    assert np.mean(expected > LOUD_DB) > 0.8


@pytest.mark.parametrize(("name", "options", "every"), [("narrow", NARROW, 1), ("wide", WIDE, 4)])
def test_spectrograms_are_librosas(name: str, options: SpectrogramOptions, every: int) -> None:
    found, expected = spectrogram(voice(0.5), options)[::every, ::4], LIBROSA[name]
    assert found.shape == expected.shape and found.dtype == np.float32
    assert np.abs(found - expected)[expected > LOUD_DB].max() < 2e-2


def test_filters_are_librosas_and_shared() -> None:
    filters = mel_filters(MelOptions())
    assert filters.sum(axis=1) == pytest.approx(LIBROSA["filters"], rel=1e-5)
    assert filters is mel_filters(MelOptions()) and not filters.flags.writeable


def test_windows_of_20_and_3_ms() -> None:
    assert (NARROW.window, WIDE.window, SPEECH.window) == (320, 48, 400)
    assert (NARROW.hop, WIDE.hop, SPEECH.hop) == (160, 24, 160)


def test_narrow_bands_part_harmonics_and_wide_ones_part_pulses() -> None:
    pulses = np.zeros(8000, np.float32)
    pulses[::80] = 1  # A voice of 200 Hz.
    narrow, wide = spectrogram(pulses, NARROW)[10:-10], spectrogram(pulses, WIDE)[20:-20]
    assert np.ptp(narrow, axis=1).min() > 20 and np.ptp(narrow, axis=0).max() < 1
    assert np.ptp(wide, axis=0).min() > 20 and np.ptp(wide[wide.max(axis=1) > -10], axis=1).max() < 1


@pytest.mark.parametrize("hertz", [200.0, 1000.0, 4000.0])
def test_a_tone_is_loudest_where_it_is(hertz: float) -> None:
    assert np.argmax(spectrogram(tone(hertz), NARROW)[20]) == round(hertz / 31.25)
    band = int(np.argmax(log_mel(tone(hertz))[20]))
    weights = mel_filters(MelOptions())[band]
    assert abs(np.average(np.arange(257) * 31.25, weights=weights) - hertz) < 0.08 * hertz + 30


@pytest.mark.parametrize("length", [0, 1, 159, 160, 401, 16_000])
def test_every_length_has_its_frames(length: int) -> None:
    found = log_mel(np.zeros(length, np.float32))
    assert found.shape == (1 + length // 160, 64) == (SPEECH.frames(length), 64)
    assert (found == -100).all()


def test_the_level_relative_to_the_peak_does_not_depend_on_loudness() -> None:
    near, far = below_peak(log_mel(voice(0.5))), below_peak(log_mel(voice(0.5) / 10))
    assert near.max() == 0 and near.min() >= -80 and near.dtype == np.float32
    assert np.abs(near - far)[near > -50].max() < 1e-3
    assert below_peak(np.zeros((0, 64), np.float32)).shape == (0, 64)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SpectrogramOptions(0.04, 0.01), "window must be 2 to 512 samples.*not 640 and 160"),
        (lambda: SpectrogramOptions(0.02, 0.03), "hop 1 to a window, not 320 and 480"),
        (lambda: SpectrogramOptions(0.02, 0.01, 500), "a power of 2 from 16.*not 500 and 16000"),
        (lambda: MelOptions(high_hz=9000), "within 0 to 8000 Hz, not 50 to 9000"),
        (lambda: MelOptions(bands=1), "bands must be 2 to 256, not 1"),
        (lambda: MelOptions(bands=200), "200 bands are too many for a transform of 512"),
    ],
)
def test_options_that_cannot_be(make: Any, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        make()
