"""How surely two models differ that were asked about the same pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.tasks.measures import Measure, Rows
from mimik.tasks.metrics import bootstrap_interval, effective_count, share_figures, wilson_interval

DRAWS = 300
"""Of people, for figures that all pictures make together."""


def mcnemar_p(b: int, c: int) -> float:
    """Two-sided exact p of McNemar's test (1947): how surely two shares of the same pictures differ.

    Args:
        b: Pictures that one model has right and the other wrong.
        c: Those the other way round.

    Returns:
        Twice the smaller tail of the binomial distribution, at most 1.
    """
    n, term, tail = b + c, 1, 0  # Whole numbers of any size: nothing is rounded on the way.
    for k in range(min(b, c) + 1):
        tail += term
        term = term * (n - k) // (k + 1)
    return min(1.0, float(2 * tail / (1 << n)))


def paired_share_interval(
    first: NDArray[np.bool_], second: NDArray[np.bool_], groups: NDArray[np.intp]
) -> tuple[float, float]:
    """95 % interval of the first share less the second, of the same pictures.

    Newcombe's tenth method (Statistics in Medicine 17:2635, 1998): it doesn't vanish where two models agree
    on every picture. Where a person has several, the pictures count as many as different people would say
    as much (``effective_count`` of the differences).

    Args:
        first: Whether one model is right, (N,), N above 0.
        second: Whether the other is.
        groups: Number of each row's person or near copies, (N,).
    """
    n = effective_count(first.astype(np.float64) - second, groups)
    scale = n / len(first)
    both, one, other, none = (
        scale * float(np.count_nonzero(where))
        for where in (first & second, first & ~second, ~first & second, ~first & ~second)
    )
    p, q = (both + one) / n, (both + other) / n
    (p_low, p_high), (q_low, q_high) = wilson_interval(p * n, n), wilson_interval(q * n, n)
    phi = _correlation(both, one, other, none)

    def reach(up: float, down: float) -> float:
        return math.sqrt(max(0.0, up**2 - 2 * phi * up * down + down**2))

    return p - q - reach(p - p_low, q_high - q), p - q + reach(p_high - p, q - q_low)


def _correlation(both: float, one: float, other: float, none: float) -> float:
    """Of two answers, with Newcombe's correction towards 0 where it is positive."""
    product = (both + one) * (other + none) * (both + other) * (one + none)
    cross = both * none - one * other
    if cross > 0:
        cross = max(0.0, cross - (both + one + other + none) / 2)
    return cross / math.sqrt(product) if product else 0.0


def drawn_interval(
    figure: Callable[[Rows], float], groups: NDArray[np.intp], seed: int = 0
) -> tuple[float, float]:
    """95 % interval of what some rows make together, people being drawn with replacement.

    Args:
        figure: Of some rows; a draw for which it isn't defined (NaN) is left out.
        groups: Number of each row's person or near copies, (N,), N above 0.
        seed: Of the draws.
    """
    rows = [np.flatnonzero(groups == number) for number in np.unique(groups)]
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, len(rows), len(rows)) for _ in range(DRAWS))
    values = np.array([figure(np.concatenate([rows[i] for i in some])) for some in drawn])
    known = values[~np.isnan(values)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (math.nan, math.nan)
    return float(low), float(high)


def figure_interval(measure: Measure, model: int, groups: NDArray[np.intp]) -> tuple[float, float]:
    """95 % interval of a model's figure on all pictures, as reports have it; arguments as in difference."""
    if measure.together:
        return drawn_interval(measure.together[model], groups)
    known = ~np.isnan(measure.parts[model])
    values, people = measure.parts[model][known], groups[known]
    if measure.unit == "share":
        low, high = share_figures(values > 0.5, people)["ci95"]
        return low, high
    return bootstrap_interval(values, groups=people)


def difference(
    measure: Measure, first: int, second: int, groups: NDArray[np.intp], rows: Rows
) -> dict[str, Any]:
    """How far one model's figure is from another's on some rows.

    Args:
        measure: The figure.
        first: Number of the one model.
        second: Number of the other, whose figure is taken off.
        groups: Number of the person or near copies of each of the N pictures, (N,).
        rows: Some of them.

    Returns:
        ``n``, both figures (``value``, ``against``), their ``difference`` and its ``ci95``; None where
        they aren't defined.
    """
    if measure.parts:
        rows = rows[~np.isnan(measure.parts[first][rows])]  # What one can't be held against, none can.
    value, against = measure.of(first, rows), measure.of(second, rows)
    if math.isnan(value - against):
        return {"n": len(rows), **dict.fromkeys(("value", "against", "difference", "ci95"))}
    return {
        "n": len(rows),
        "value": value,
        "against": against,
        "difference": value - against,
        "ci95": list(_gap_interval(measure, first, second, groups, rows)),
    }


def _gap_interval(
    measure: Measure, first: int, second: int, groups: NDArray[np.intp], rows: Rows
) -> tuple[float, float]:
    """By Newcombe for shares, else by drawing people; both models meet the same ones in each draw."""
    people = groups[rows]
    if measure.together:
        return drawn_interval(lambda r: measure.of(first, rows[r]) - measure.of(second, rows[r]), people)
    one, other = (measure.parts[k][rows] for k in (first, second))
    if measure.unit == "share":
        return paired_share_interval(one > 0.5, other > 0.5, people)
    return bootstrap_interval(one - other, groups=people)
