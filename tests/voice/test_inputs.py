"""An utterance as a network hears it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mimik.errors import ModelError
from mimik.models.inputs import SoundSpec
from mimik.types import SOUND_RATE
from mimik.voice.inputs import sound_input, trimmed
from voiced import background, voice


def test_levels_are_relative_to_the_loudest_so_that_gain_drops_out() -> None:
    sound = voice(1.0)
    plain, quieter = sound_input(sound, SoundSpec()), sound_input(sound / 10, SoundSpec())
    assert plain.shape == (2, plain.shape[1], 64)
    assert plain[0].max() == 1 and plain[0].min() >= 0
    assert np.abs(plain - quieter).max() < 1e-3


def test_the_second_channel_is_less_the_bands_mean() -> None:
    levels, relative = sound_input(voice(1.0), SoundSpec())
    assert relative.mean(axis=0) == pytest.approx(np.full(64, 0.5), abs=1e-5)
    assert np.allclose(relative - 0.5, levels - levels.mean(axis=0), atol=1e-6)
    assert sound_input(voice(1.0), SoundSpec(channels=1)).shape[0] == 1


def test_quiet_ends_are_cut_and_pauses_within_stay() -> None:
    quiet = background(0.5, 1e-5)
    sound = np.concatenate([quiet, voice(1.0), quiet, voice(1.0), quiet])
    frames = sound_input(sound, SoundSpec()).shape[1]
    assert frames == pytest.approx(250, abs=6)
    assert sound_input(sound, SoundSpec(trim_db=0)).shape[1] == 1 + len(sound) // 160


def test_what_is_short_is_filled_with_silence() -> None:
    values = sound_input(voice(0.2), SoundSpec(trim_db=0))
    assert values.shape[1] == 50
    assert not values[0, 30:].any()


def test_silence_and_a_single_sample_are_no_error() -> None:
    for samples in (np.zeros(SOUND_RATE, np.float32), np.ones(1, np.float32)):
        assert np.isfinite(sound_input(samples, SoundSpec())).all()
    assert len(trimmed(np.full((9, 64), -100, np.float32), SoundSpec())) == 9


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"bands": 4}, "bands must be 8 to 256"),
        ({"channels": 3}, "channels 1 or 2, not 64 and 3"),
        ({"hop_s": 0.05}, "hop_s 0.05"),
        ({"high_hz": 9000.0}, "0 <= low_hz < high_hz <= 8000, not 50.0 and 9000.0"),
        ({"trim_db": 90.0}, "trim_db 90.0 is out of range"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        SoundSpec(**values)
