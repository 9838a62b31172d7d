"""Mel bands under changes: as they are of sound that was changed itself."""

from __future__ import annotations

import numpy as np

from mimik.models.inputs import SoundSpec
from mimik.types import SOUND_RATE
from mimik.voice.augment import telephone
from mimik.voice.bands import phoned
from mimik.voice.features import log_mel
from mimik.voice.inputs import mel_options

SPEC = SoundSpec()
PASSING = slice(8, 45)
"""Bands that lie within a telephone's, with all that the window spreads."""


def _mean_db(bands: np.ndarray) -> np.ndarray:
    return np.asarray(10 * np.log10((10 ** (bands.astype(np.float64) / 10)).mean(axis=0)))


def test_bands_over_a_telephone_are_those_of_sound_over_a_telephone() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 10 * SOUND_RATE).astype(np.float32)
    options = mel_options(SPEC)
    plain = log_mel(sound, options)
    lost = _mean_db(phoned(plain, SPEC)) - _mean_db(plain)
    really = _mean_db(log_mel(telephone(sound), options)) - _mean_db(plain)
    near = really > -40
    np.testing.assert_allclose(lost[near], really[near], atol=1)
    assert (lost[~near] < -40).all()
    np.testing.assert_allclose(lost[PASSING], 0, atol=0.3)
    # The window spreads what passes at 300 Hz over the bands below, which are quieter and not silent.
    assert (lost[2:5] > -40).all() and (lost[2:5] < -5).all()
