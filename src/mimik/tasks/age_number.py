"""An age that a network says as one number: its values, and how far they are to be trusted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.tasks.calibration import FEWEST
from mimik.tasks.years import GROUPS, OLDEST, age_group, age_values, group_scores

ENDS = (0.1, 0.9)
"""Shares of validation whose true age lies below the interval's lower end, and below its upper end."""


def is_number(card: ModelCard) -> bool:
    """Whether a model of ages has the years as its only output."""
    return card.outputs == 1


def values_of(logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
    """Years, low, high, then a score of each group, float32 (N, 3 + 9).

    Args:
        logits: Years (N, 1), or one output a year from 0, (N, K).
        card: Of the model.
    """
    return number_values(logits, card.residuals) if is_number(card) else age_values(logits, card.temperature)


def number_values(logits: NDArray[np.float32], residuals: tuple[float, ...]) -> NDArray[np.float32]:
    """Years, low, high and group scores of ages that are one number.

    Args:
        logits: Years, (N, 1); below 0 counts as 0.
        residuals: See ModelCard; without any the interval has all ages in it, since nothing is known.

    Returns:
        float32 (N, 3 + 9); the group is that in which the years lie.
    """
    years = np.maximum(logits[:, 0], 0)
    low, high = np.zeros_like(years), np.full_like(years, OLDEST)
    if residuals:
        low, high = np.maximum(years + residuals[0], 0), years + residuals[1]
    columns = (years, np.minimum(low, years), np.maximum(high, years))
    # Results hold two decimals, and a group must fit what they hold.
    said = [age_group(round(value, 2)) for value in years.tolist()]
    masses = (np.array(said)[:, None] == np.array(list(GROUPS))).astype(np.float32)
    groups = group_scores(masses)
    return np.concatenate([np.stack(columns, axis=1), groups], axis=1, dtype=np.float32)


def residuals_of(logits: NDArray[np.float32], years: NDArray[np.float64]) -> tuple[float, ...]:
    """How far true ages lie from the answers, in years, at the ends of the interval.

    Split conformal prediction (Lei et al. 2018): of faces like those of validation, 80 % lie between.

    Args:
        logits: Years, (N, 1).
        years: True ages, (N,); NaN where they aren't known to the year.

    Returns:
        Two numbers that rise; none where fewer than FEWEST ages are known.
    """
    known = ~np.isnan(years)
    if known.sum() < FEWEST:
        return ()
    off = years[known] - np.maximum(logits[known, 0], 0)
    low, high = np.quantile(off, ENDS, method="weibull").tolist()
    return round(low, 2), round(high, 2)
