from __future__ import annotations

import numpy as np
import pytest

from mimik.tasks.calibration import (
    coverage,
    expected_calibration_error,
    fit_age_temperature,
    fit_band_temperature,
    fit_temperature,
    fit_threshold,
    negative_log_likelihood,
    reliability,
)
from mimik.tasks.probabilities import softmax


def calibrated(n: int = 20_000, classes: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose probabilities are right, and truth drawn from them."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (n, classes)).astype(np.float32)
    draws = softmax(logits).cumsum(axis=1)
    return logits, (draws < rng.random((n, 1))).sum(axis=1).clip(0, classes - 1)


def test_temperature_is_found_again() -> None:
    logits, truth = calibrated()
    assert fit_temperature(logits, truth) == pytest.approx(1.0, abs=0.03)
    assert fit_temperature(3 * logits, truth) == pytest.approx(3.0, abs=0.1)
    assert fit_temperature(0.25 * logits, truth) == pytest.approx(0.25, abs=0.01)


def test_ece_falls_with_the_right_temperature() -> None:
    logits, truth = calibrated()
    assert expected_calibration_error(softmax(logits), truth) < 0.02
    assert expected_calibration_error(softmax(4 * logits), truth) > 0.1


def test_ece_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]], np.float32)
    truth = np.array([0, 1, 0, 0])
    assert expected_calibration_error(probabilities, truth) == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)
    counts, confidence, accuracy = reliability(probabilities, truth)
    assert counts.sum() == 4
    assert confidence[13] == pytest.approx(0.9)
    assert accuracy[13] == pytest.approx(0.5)
    assert reliability(np.array([[1.0, 0.0]], np.float32), np.array([0]))[0][14] == 1


def test_nll_by_hand() -> None:
    logits = np.log(np.array([[0.25, 0.75]], np.float32))
    assert negative_log_likelihood(logits, np.array([0])) == pytest.approx(-np.log(0.25))


def test_the_lowest_threshold_with_which_answers_are_right_as_often_as_asked() -> None:
    # A hundred answers at each probability: right as often as it says.
    confidence = np.repeat(np.float32([0.555, 0.655, 0.755, 0.955]), 100)
    right = np.concatenate([np.arange(100) < share for share in (55, 65, 75, 95)])
    # From 0 on 72.5 % are right, from 0.655 on 78.3 %, from 0.755 on 85 %.
    assert fit_threshold(confidence, right, 0.7) == 0
    assert fit_threshold(confidence, right, 0.78) == 0.56
    assert fit_threshold(confidence, right, 0.85) == 0.66
    assert fit_threshold(confidence, right, 0.9) == 0.76
    assert fit_threshold(confidence, right, 0.96) is None
    # A few that happen to be right don't make a threshold.
    assert fit_threshold(confidence[-49:], np.ones(49, bool), 0.9) is None


def test_age_temperature_makes_the_interval_cover() -> None:
    rng = np.random.default_rng(0)
    years = rng.integers(5, 90, 4000).astype(float)
    centre = years + rng.normal(0, 8, len(years))
    logits = (-0.5 * ((np.arange(101) - centre[:, None]) / 4) ** 2).astype(np.float32)
    assert coverage(logits, years, 1.0) < 0.6
    temperature = fit_age_temperature(logits, years)
    assert coverage(logits, years, temperature) == pytest.approx(0.8, abs=0.005)
    assert temperature == pytest.approx(4.0, abs=0.5)  # variance grows with the temperature: (8 / 4)^2


def test_band_temperature_undoes_a_known_one() -> None:
    rng = np.random.default_rng(0)
    centres = rng.uniform(5, 95, 4000)
    logits = (-0.5 * ((np.arange(101) - centres[:, None]) / 6) ** 2).astype(np.float32)
    ages = np.clip(np.rint(rng.normal(centres, 6)), 0, 100).astype(np.intp)
    first = ages // 10 * 10
    assert fit_band_temperature(logits * 4, first, first + 9) == pytest.approx(4, rel=0.15)
