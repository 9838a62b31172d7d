"""Age as it appears, as a distribution over years."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.readings import AgeReading
from mimik.tasks.base import softmax

GROUPS: dict[str, tuple[int, int]] = {
    "0-2": (0, 2),
    "3-9": (3, 9),
    "10-19": (10, 19),
    "20-29": (20, 29),
    "30-39": (30, 39),
    "40-49": (40, 49),
    "50-59": (50, 59),
    "60-69": (60, 69),
    "70+": (70, 200),
}
"""Age group to its first and last year: FairFace's bands."""


def age_group(years: float) -> str:
    """The group that holds an age in completed years."""
    return next(name for name, (_, last) in GROUPS.items() if int(years) <= last)


class Age:
    """Age in years; values are years, low, high, then a score of each group."""

    name = "age"
    tau_s = 3.0
    hold = 0.08
    """A group is kept until another's score is higher by this much."""

    def decode(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Mean, 10 % and 90 % points and group scores of the distribution over years.

        Args:
            logits: (N, K), one a year from 0 to K - 1.
            card: Its temperature widens the distribution until the interval covers 80 %.

        Returns:
            float32 (N, 3 + 9).
        """
        mass = softmax(logits, card.temperature)
        # The mean comes from the network's own distribution: widening would only blur it.
        years = softmax(logits) @ np.arange(mass.shape[1], dtype=np.float32)
        low, high = age_interval(mass)
        groups = group_scores(np.add.reduceat(mass, [first for first, _ in GROUPS.values()], axis=1))
        spread = np.stack([years, np.minimum(low, years), np.maximum(high, years)], axis=1)
        return np.hstack([spread, groups]).astype(np.float32, copy=False)

    def reading(
        self,
        values: NDArray[np.float32],
        raw: NDArray[np.float32],
        card: ModelCard,
        previous: str | None = None,
    ) -> AgeReading:
        """Years, interval and group; see Task.reading."""
        names, scores = list(GROUPS), values[3:]
        best = int(scores.argmax())
        if previous in GROUPS and scores[best] - scores[names.index(previous)] < self.hold:
            best = names.index(previous)
        years, low, high = map(float, values[:3])
        return AgeReading(years, low, high, names[best], (float(raw[0]), float(raw[1]), float(raw[2])))

    def columns(self, card: ModelCard) -> tuple[str, ...]:
        """Years, interval and group, then the same before smoothing."""
        return ("years", "low", "high", "group", "raw_years", "raw_low", "raw_high")


def group_scores(masses: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of an answer each group would be: its own probability, and half of its neighbours'.

    The group that is only the most probable can lie beside all the others.

    Args:
        masses: Probability of each group, (N, G).
    """
    scores = masses.copy()
    scores[:, 1:] += masses[:, :-1] / 2
    scores[:, :-1] += masses[:, 1:] / 2
    return scores


def age_interval(mass: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The 10 % and 90 % points, in years, of distributions over the years from 0, (N, K)."""
    cumulative = np.cumsum(mass, axis=1)
    return _quantile(cumulative, 0.1), _quantile(cumulative, 0.9)


def _quantile(cumulative: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Years at which a cumulative distribution (N, K) passes a share, between the bins."""
    index = (cumulative < share).sum(axis=1)
    index = np.minimum(index, cumulative.shape[1] - 1)
    rows = np.arange(len(cumulative))
    below = np.where(index > 0, cumulative[rows, np.maximum(index - 1, 0)], 0.0)
    step = np.maximum(cumulative[rows, index] - below, 1e-9)
    # A bin k holds the ages from k - 0.5 to k + 0.5, so that the mean has no offset.
    years = index - 0.5 + (share - below) / step
    return np.asarray(np.clip(years, 0.0, None), np.float32)
