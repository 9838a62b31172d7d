"""How far probabilities can be trusted, and the temperature that makes them so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mimik.tasks.probabilities import softmax
from mimik.tasks.years import age_interval

COVERAGE = 0.8
"""Share of true ages that the interval of mimik.tasks.age should hold."""
FEWEST = 50
"""Pictures of validation that a temperature needs: a few that are right by chance ask for certainty."""

_COLDEST, _HOTTEST = np.log(0.05), np.log(20.0)
"""Range of the temperatures that are tried, as logarithms."""


def expected_calibration_error(
    probabilities: NDArray[np.float32], truth: NDArray[np.intp], bins: int = 15
) -> float:
    """Mean distance between confidence and accuracy over equal bins (Guo et al. 2017).

    Args:
        probabilities: (N, K), rows sum to 1.
        truth: Number of the true class, (N,).
        bins: Number of bins between 0 and 1.

    Returns:
        0 (calibrated) to 1.
    """
    counts, confidence, accuracy = reliability(probabilities, truth, bins)
    return float((counts * np.abs(accuracy - confidence)).sum() / max(1, counts.sum()))


def reliability(
    probabilities: NDArray[np.float32], truth: NDArray[np.intp], bins: int = 15
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Count, mean confidence and accuracy of each bin of confidence; 0 where a bin is empty."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = (probabilities.argmax(axis=1) == truth).astype(np.float64)
    place = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    counts = np.bincount(place, minlength=bins).astype(np.float64)
    full = np.maximum(counts, 1)
    return (
        counts,
        np.bincount(place, confidence, minlength=bins) / full,
        np.bincount(place, right, minlength=bins) / full,
    )


def negative_log_likelihood(
    logits: NDArray[np.float32], truth: NDArray[np.intp], temperature: float = 1.0
) -> float:
    """Mean of minus the log of the true class's probability."""
    scaled = logits.astype(np.float64) / temperature
    top = scaled.max(axis=1)
    total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
    return float(np.mean(total - scaled[np.arange(len(truth)), truth]))


def fit_temperature(logits: NDArray[np.float32], truth: NDArray[np.intp]) -> float:
    """The temperature under which a classifier's answers are least surprised by the truth.

    Args:
        logits: (N, K) on validation.
        truth: Number of the true class, (N,).

    Returns:
        0.05 to 20; dividing logits by it changes no answer.
    """

    def surprise(log_t: float) -> float:
        return negative_log_likelihood(logits, truth, float(np.exp(log_t)))

    return float(np.exp(_lowest(surprise, _COLDEST, _HOTTEST)))


def fit_threshold(confidence: NDArray[np.float32], right: NDArray[np.bool_], accuracy: float) -> float | None:
    """The lowest probability, in hundredths, from which answers are right as often as is asked.

    Args:
        confidence: Probability of each answer, on validation, (N,).
        right: Whether it was right, (N,).
        accuracy: Share of the answers from there on that shall be right.

    Returns:
        0 to 0.99; None if that share isn't reached while FEWEST answers are left.
    """
    for floor in np.arange(100) / 100:
        kept = confidence >= floor
        if kept.sum() < FEWEST:
            return None
        if right[kept].mean() >= accuracy:
            return float(floor)
    return None


def fit_unit_temperature(logits: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """The temperature under which the presence of action units surprises least.

    Args:
        logits: (N, K) on pictures that were not trained on.
        truth: Presence of each, 0 or 1, (N, K); NaN where not coded.

    Returns:
        0.05 to 20.
    """
    known = ~np.isnan(truth)
    signed = np.where(truth[known] > 0.5, logits[known], -logits[known]).astype(np.float64)

    def surprise(log_t: float) -> float:
        return float(np.logaddexp(0, -signed / np.exp(log_t)).mean())

    return float(np.exp(_lowest(surprise, _COLDEST, _HOTTEST)))


def fit_band_temperature(
    logits: NDArray[np.float32], first: NDArray[np.intp], last: NDArray[np.intp]
) -> float:
    """The temperature under which ages known as bands of years surprise least.

    Args:
        logits: (N, K) on validation, one a year from 0.
        first: First year of each band, (N,).
        last: Last year of each band, (N,); may lie past the last output.

    Returns:
        0.05 to 20.
    """
    years = np.arange(logits.shape[1])
    inside = (years >= first[:, None]) & (years <= last[:, None])

    def surprise(log_t: float) -> float:
        mass = (softmax(logits, float(np.exp(log_t))) * inside).sum(axis=1)
        return float(-np.log(np.maximum(mass, 1e-12)).mean())

    return float(np.exp(_lowest(surprise, _COLDEST, _HOTTEST)))


def _lowest(value: Callable[[float], float], low: float, high: float, steps: int = 60) -> float:
    """Where a function with one valley is lowest, by golden section."""
    ratio = (np.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(steps):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = value(right)
    return (low + high) / 2


def coverage(logits: NDArray[np.float32], years: NDArray[np.float64], temperature: float) -> float:
    """Share of true ages inside the 80 % interval, as mimik.tasks.age gives it.

    Args:
        logits: (N, K), one a year from 0.
        years: True ages, (N,).
        temperature: Of the card.
    """
    mean = softmax(logits) @ np.arange(logits.shape[1], dtype=np.float32)
    low, high = age_interval(softmax(logits, temperature))
    return covered(np.minimum(low, mean), np.maximum(high, mean), years)


def covered(low: NDArray[np.float32], high: NDArray[np.float32], years: NDArray[np.float64]) -> float:
    """Share of ages between two bounds, both included."""
    return float(np.mean((low <= years) & (years <= high)))


def fit_age_temperature(logits: NDArray[np.float32], years: NDArray[np.float64]) -> float:
    """The temperature at which the 80 % interval of an age holds 80 % of the true ages.

    Args:
        logits: (N, K) on validation, one a year from 0.
        years: True ages, (N,).

    Returns:
        0.05 to 20; the nearer end if 80 % can't be reached.
    """
    low, high = _COLDEST, _HOTTEST
    for _ in range(40):
        middle = (low + high) / 2
        if coverage(logits, years, float(np.exp(middle))) < COVERAGE:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))
