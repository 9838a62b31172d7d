"""The high-pass before all that hears: what it leaves, and that blocks don't matter."""

from __future__ import annotations

import numpy as np
import pytest
from tones import RATE, tone

from mimik.sources.highpass import HighPass


@pytest.mark.parametrize(
    ("hertz", "gain"), [(5, 0.0624), (20, 0.7071), (50, 0.9874), (100, 0.9992), (3000, 1.0)]
)
def test_it_takes_half_of_the_power_at_20_hz(hertz: float, gain: float) -> None:
    """1 / sqrt(1 + (20 Hz / f) ** 4), as Butterworth's of second order."""
    settled = HighPass().of(tone(2.0, hertz))[RATE:]
    assert np.sqrt(2 * np.mean(settled**2)) == pytest.approx(0.5 * gain, abs=0.001)


def test_blocks_of_any_size_give_the_same() -> None:
    samples = np.random.default_rng(0).normal(0.1, 0.1, RATE).astype(np.float32)
    whole = HighPass().of(samples)
    for sizes in ([1, 5, 511], [160], [1365]):
        filtered, ends = HighPass(), np.cumsum(np.resize(sizes, RATE // min(sizes)))
        parts = [filtered.of(part) for part in np.split(samples, ends[ends < RATE])]
        assert np.concatenate(parts) == pytest.approx(whole, abs=1e-7)


def test_an_offset_is_gone_from_the_first_sample_on() -> None:
    assert np.abs(HighPass().of(np.full(RATE, 0.3, np.float32))).max() < 1e-6
    assert len(HighPass().of(np.zeros(0, np.float32))) == 0
