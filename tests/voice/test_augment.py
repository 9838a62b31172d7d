"""What training does to sound: each measured, not only run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.voice.augment import (
    MaskOptions,
    add_noise,
    in_room,
    mask,
    noise,
    pitch,
    room_response,
    shift,
    speed,
    telephone,
)
from mimik.voice.features import log_mel
from voiced import background, voice

RATE = 16_000


def tone(hertz: float, length_s: float = 1.0) -> NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(length_s * RATE)) / RATE)).astype(np.float32)


def power_db(samples: NDArray[np.floating]) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


def gain_db(change: Callable[[NDArray[np.float32]], NDArray[np.float32]], hertz: float) -> float:
    """How much louder a tone becomes, away from its ends."""
    before = tone(hertz)
    return power_db(change(before)[2000:-2000]) - power_db(before[2000:-2000])


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 10.0, 30.0])
@pytest.mark.parametrize("colour", ["white", "pink", "brown"])
def test_noise_has_the_stated_ratio(snr_db: float, colour: str) -> None:
    clean = voice(1.0)
    noisy = add_noise(clean, noise(5000, colour, np.random.default_rng(0)), snr_db)  # type: ignore[arg-type]
    assert noisy.dtype == np.float32 and len(noisy) == len(clean)
    assert power_db(clean) - power_db(noisy - clean) == pytest.approx(snr_db, abs=0.01)


@pytest.mark.parametrize(("colour", "octave_db"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_the_colour_of_noise(colour: str, octave_db: float) -> None:
    sound = noise(1 << 17, colour, np.random.default_rng(1))  # type: ignore[arg-type]
    assert power_db(sound) == pytest.approx(0, abs=0.001)
    density = np.abs(np.fft.rfft(sound)) ** 2
    levels = [10 * np.log10(density[n : 2 * n].mean()) for n in (4096, 8192, 16384, 32768)]
    assert np.diff(levels) == pytest.approx([octave_db] * 3, abs=0.3)


def test_noise_that_cannot_be() -> None:
    with pytest.raises(OptionError, match="empty or silent"):
        add_noise(tone(500), np.zeros(9, np.float32), 10)
    with pytest.raises(OptionError, match="noise is white, pink, brown, not 'blue'"):
        noise(9, "blue", np.random.default_rng(0))  # type: ignore[arg-type]
    silent = np.zeros(9, np.float32)
    assert not add_noise(silent, tone(500), 10).any()


@pytest.mark.parametrize("decay_s", [0.2, 0.6, 1.5])
@pytest.mark.parametrize("direct_db", [-5.0, 10.0])
def test_a_room_dies_away_in_its_time(decay_s: float, direct_db: float) -> None:
    """Schroeder's integral, from -5 to -25 dB, as ISO 3382 has it."""
    response = room_response(decay_s, direct_db, np.random.default_rng(2)).astype(np.float64)
    energy = response**2
    assert energy.sum() == pytest.approx(1, abs=1e-4)
    assert 10 * np.log10(energy[0] / energy[1:].sum()) == pytest.approx(direct_db, abs=0.01)
    left_db = 10 * np.log10(np.cumsum(energy[:0:-1])[::-1] / energy[1:].sum())
    from_, to = np.argmax(left_db < -5), np.argmax(left_db < -25)
    assert (to - from_) / RATE * 3 == pytest.approx(decay_s, rel=0.1)


def test_sound_in_a_room_keeps_length_level_and_beginning() -> None:
    clap = np.zeros(RATE, np.float32)
    clap[1000] = 1
    heard = in_room(clap, room_response(0.4, 5, np.random.default_rng(3)))
    assert len(heard) == RATE and np.argmax(np.abs(heard)) == 1000 and np.abs(heard[:1000]).max() < 1e-6
    assert power_db(heard) == pytest.approx(power_db(clap), abs=0.01)
    assert not in_room(np.zeros(9, np.float32), np.ones(3, np.float32)).any()
    with pytest.raises(OptionError, match=r"decay must be 0.02 to 10 s, not 0"):
        room_response(0, 0, np.random.default_rng(0))


@pytest.mark.parametrize("hertz", [450.0, 1000.0, 2000.0, 3200.0])
def test_a_telephone_lets_its_band_through(hertz: float) -> None:
    assert gain_db(telephone, hertz) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("hertz", [50.0, 120.0, 180.0, 3550.0, 5000.0, 7900.0])
def test_a_telephone_keeps_the_rest_out(hertz: float) -> None:
    assert gain_db(telephone, hertz) < -40


def test_a_telephones_edges_are_at_300_and_3400_hz() -> None:
    assert [gain_db(telephone, hertz) for hertz in (300.0, 3400.0)] == pytest.approx([-6, -6], abs=0.5)
    click = np.zeros(4000, np.float32)
    click[1500] = 1
    assert np.argmax(telephone(click)) == 1500 and len(telephone(click)) == 4000


def test_shifting() -> None:
    samples = np.arange(1, 6, dtype=np.float32)
    assert shift(samples, 2).tolist() == [0, 0, 1, 2, 3]
    assert shift(samples, -2).tolist() == [3, 4, 5, 0, 0]
    assert shift(samples, 0).tolist() == samples.tolist()
    assert not shift(samples, 5).any() and not shift(samples, -9).any()


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.0, 1.1, 2.0])
def test_speed_moves_pitch_and_length_alike(factor: float) -> None:
    played = speed(tone(1000.0), factor)
    assert len(played) == round(RATE / factor)
    middle = played[500:-500]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
    assert np.argmax(spectrum) * RATE / (1 << 17) == pytest.approx(1000 * factor, abs=0.5)
    assert power_db(middle) == pytest.approx(power_db(tone(1000.0)), abs=0.05)


def test_speed_brings_no_false_tones() -> None:
    """7 kHz at twice the speed would be 14 kHz, and come back as 2."""
    assert power_db(speed(tone(7000.0), 2.0)[500:-500]) < power_db(tone(7000.0)) - 60


def test_speed_of_1_changes_nothing() -> None:
    assert speed(voice(0.3), 1.0) == pytest.approx(voice(0.3), abs=1e-6)
    assert len(speed(np.zeros(0, np.float32), 1.2)) == 0
    with pytest.raises(OptionError, match=r"speed must be 0.5 to 2, not 3"):
        speed(tone(500), 3)


def test_pitch_by_semitones_keeps_the_length() -> None:
    for semitones in (-3, 0, 12):
        played = pitch(tone(500.0), semitones)
        part = played[1000:7000] * np.hanning(6000)
        peak = np.argmax(np.abs(np.fft.rfft(part, 1 << 16))) * RATE / (1 << 16)
        assert len(played) == RATE and peak == pytest.approx(500 * 2 ** (semitones / 12), abs=1)


def test_masks_hide_no_more_than_they_may() -> None:
    features = log_mel(np.concatenate([background(0.2), voice(1.0)]))
    rng, options = np.random.default_rng(4), MaskOptions(times=1, longest=0.2, bands=1, widest=0.25)
    times, bands = set(), set()
    for _ in range(200):
        hidden = mask(features, options, rng) != features
        rows, columns = hidden.all(axis=1).sum(), hidden.all(axis=0).sum()
        assert hidden.sum() == rows * 64 + columns * len(features) - rows * columns
        times.add(int(rows))
        bands.add(int(columns))
    assert (min(times), max(times)) == (0, len(features) // 5) and (min(bands), max(bands)) == (0, 16)


def test_masks_leave_the_rest_and_the_original() -> None:
    features = log_mel(voice(0.5))
    before = features.copy()
    masked = mask(features, MaskOptions(2, 0.5, 2, 0.5), np.random.default_rng(5))
    assert np.array_equal(features, before) and not np.array_equal(masked, before)
    assert np.all((masked == before) | (masked == before.mean()))
    assert np.array_equal(mask(features, MaskOptions(0, 0, 0, 0), np.random.default_rng(0)), before)
    assert mask(features[:0], MaskOptions(), np.random.default_rng(0)).shape == (0, 64)
    with pytest.raises(OptionError, match=r"shares 0 to 1, not 2, 1.5 in time"):
        MaskOptions(longest=1.5)


def test_the_same_seed_gives_the_same() -> None:
    made = [room_response(0.3, 0, np.random.default_rng(7)) for _ in range(2)]
    assert np.array_equal(*made)
