"""The level of speech, 25 times a second."""

from __future__ import annotations

import numpy as np
import pytest

from mimik.types import SOUND_RATE, Sound
from mimik.voice.level import Levels, levels_db

RNG = np.random.default_rng(0)
NOISE = RNG.normal(0, 0.1, 3 * SOUND_RATE).astype(np.float32)


def tone(hertz: float, size: float = 0.1) -> np.ndarray:
    return (size * np.sin(2 * np.pi * hertz * np.arange(SOUND_RATE) / SOUND_RATE)).astype(np.float32)


def test_ten_times_as_large_is_twenty_decibels() -> None:
    assert levels_db(tone(1000, 0.5)) - levels_db(tone(1000, 0.05)) == pytest.approx([20.0] * 25, abs=0.01)


def test_hum_and_hiss_dont_count() -> None:
    for hertz in (50, 6000):
        assert levels_db(tone(1000)).min() - levels_db(tone(hertz)).max() > 30


@pytest.mark.parametrize("size", (160, 640, 1000, 16_000))
def test_the_blocks_size_changes_nothing(size: int) -> None:
    levels = Levels()
    for start in range(0, len(NOISE), size):
        levels.push(Sound(NOISE[start : start + size], SOUND_RATE, start / SOUND_RATE))
    np.testing.assert_allclose(levels.between(0, 75), levels_db(NOISE), atol=1e-4)


@pytest.mark.parametrize(("begin_s", "first"), ((0.5, 13), (-0.31, -7), (0.0, 0)))
def test_levels_are_on_the_clock_of_the_picture(begin_s: float, first: int) -> None:
    levels = Levels()
    levels.push(Sound(NOISE, SOUND_RATE, begin_s))
    told = levels.between(first - 2, first + 3)
    assert np.isnan(told).tolist() == [True, True, False, False, False]
    skipped = round((first / 25 - begin_s) * SOUND_RATE)
    assert told[2] == pytest.approx(levels_db(NOISE[skipped : skipped + 640])[0], abs=1e-4)


def test_what_is_forgotten_isnt_there() -> None:
    levels = Levels()
    assert np.isnan(levels.between(0, 3)).all()
    levels.push(Sound(NOISE, SOUND_RATE, 0.0))
    levels.forget(1.0)
    told = levels.between(23, 80)
    assert np.isnan(told).tolist() == [True] * 2 + [False] * 50 + [True] * 5
