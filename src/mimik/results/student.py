"""Student's t: how wide the 95 % interval of a mean is, and of the difference of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import fmean, variance

STEPS = 256
"""Of Simpson's rule, even."""


@lru_cache(maxsize=4096)
def t_quantile(freedom: float) -> float:
    """The 97.5 % quantile of Student's t, to 1e-6 of itself.

    Args:
        freedom: Degrees of freedom, 1 or more; need not be whole.
    """
    # With t = sqrt(freedom) tan(a), the probability within -t to t is the integral of cos(a)^(freedom - 1).
    log_scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(math.pi) / 2
    scale = 2 * math.exp(log_scale)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if scale * _integral(middle, freedom - 1) < 0.95 else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _integral(end: float, power: float) -> float:
    """Of cos^power from 0 to ``end``, below a quarter turn, by Simpson's rule."""
    step = end / STEPS
    inner = math.fsum((4 if i % 2 else 2) * math.cos(i * step) ** power for i in range(1, STEPS))
    return float(1 + inner + math.cos(end) ** power) * step / 3


def welch(first: Sequence[float], second: Sequence[float]) -> tuple[float, float | None, float | None]:
    """The difference of two means whose spreads may differ, with its 95 % interval (Welch's t).

    Args:
        first: Values of one group; their mean is the one from which the other is taken.
        second: Values of another.

    Returns:
        The difference, half of its interval, and the degrees of freedom (Welch and Satterthwaite); the
        last two are None where a group has fewer than two values. Where no value differs from its group's
        others, the interval has no width and the freedom isn't known.
    """
    difference = fmean(first) - fmean(second)
    if min(len(first), len(second)) < 2:
        return difference, None, None
    shares = [variance(values) / len(values) for values in (first, second)]
    if not sum(shares):
        return difference, 0.0, None
    below = sum(s**2 / (len(v) - 1) for s, v in zip(shares, (first, second), strict=True))
    freedom = sum(shares) ** 2 / below
    return difference, t_quantile(freedom) * math.sqrt(sum(shares)), freedom
