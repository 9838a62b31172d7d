"""Age as it appears, as a distribution over years."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.readings import AgeReading, Column, columns
from mimik.tasks.base import softmax
from mimik.types import Quality

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
    return next((name for name, (_, last) in GROUPS.items() if int(years) <= last), "70+")


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
        groups = group_scores(group_masses(mass))
        columns = (years, np.minimum(low, years), np.maximum(high, years))
        return np.concatenate([np.stack(columns, axis=1), groups], axis=1, dtype=np.float32)

    def reading(
        self,
        values: NDArray[np.float32],
        raw: NDArray[np.float32],
        card: ModelCard,
        previous: str | None = None,
        quality: Quality | None = None,
    ) -> AgeReading:
        """Years, interval and group; see Task.reading."""
        names, scores = list(GROUPS), values[3:]
        best = int(scores.argmax())
        if previous in GROUPS and scores[best] - scores[names.index(previous)] < self.hold:
            best = names.index(previous)
        years, low, high = values[:3].tolist()
        return AgeReading(years, low, high, names[best], tuple(raw[:3].tolist()))

    def columns(self, card: ModelCard) -> tuple[Column, ...]:
        """Years, interval and group, then the same before smoothing."""
        names = ("years", "low", "high")
        raw = columns("number", *(f"raw_{name}" for name in names))
        return (*columns("number", *names), Column("group", "text"), *raw)


def group_masses(mass: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of each group (N, G) from distributions over the years from 0, (N, K)."""
    firsts = [first for first, _ in GROUPS.values() if first < mass.shape[1]]
    masses = np.zeros((len(mass), len(GROUPS)), np.float32)
    np.add.reduceat(mass, firsts, axis=1, out=masses[:, : len(firsts)])
    return masses


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
    cumulative = np.zeros((len(mass), mass.shape[1] + 1), np.float32)
    np.cumsum(mass, axis=1, out=cumulative[:, 1:])
    low, high = _quantiles(cumulative, np.array([0.1, 0.9], np.float32)).T
    return low, high


def _quantiles(cumulative: NDArray[np.float32], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Years (N, Q) at which cumulative distributions (N, 1 + K), from 0, pass Q shares, between the bins."""
    last = cumulative.shape[1] - 2
    index = np.minimum((cumulative[:, None, 1:] < shares[:, None]).sum(axis=2), last)
    rows = np.arange(len(cumulative))[:, None]
    below = cumulative[rows, index]
    step = np.maximum(cumulative[rows, index + 1] - below, np.float32(1e-9))
    # A bin k holds the ages from k - 0.5 to k + 0.5, so that the mean has no offset.
    return np.asarray(np.maximum(index - 0.5 + (shares - below) / step, 0), np.float32)
