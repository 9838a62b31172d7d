"""Age as a distribution over years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mimik.data.base import Sample
from mimik.errors import RecipeError
from mimik.tasks.years import BAND, GROUPS, YEARS, age_group, true_group, true_years
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions


class AgeLabels:
    """What every objective of age sees of a sample."""

    figure = "mae"

    def labelled(self, sample: Sample) -> bool:
        """Whether it has an age or an age group."""
        return YEARS in sample.labels or BAND in sample.labels

    def shown(self, sample: Sample) -> tuple[str, ...]:
        """Its age group."""
        return (str(true_group(sample.labels)),)

    weights: Mapping[str, float] = MappingProxyType({})

    def weigh(self, samples: Sequence[Sample], draws: NDArray[np.float64]) -> None:
        """Ages have no classes to weigh."""


class AgeObjective(AgeLabels):
    """A distribution over years: close to the labelled year, or inside the labelled band.

    An exact age is a narrow Gaussian over the years (label distribution learning, Geng et al.
    2013; mean and distribution together after Pan et al. 2018, "Mean-Variance Loss"). A band asks
    only for mass inside it, so both kinds of set train one network.
    """

    def __init__(self, head: HeadOptions, options: ObjectiveOptions, share: float) -> None:
        self.options, self.share, self.width = options, share, head.output_count + 1
        self.years = np.arange(head.output_count, dtype=np.float32)

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """The wanted distribution (K), then the labelled year or -1 (1), per sample.

        Raises:
            RecipeError: A sample has neither an age nor an age group.
        """
        return torch.from_numpy(np.stack([self._target(s.labels, s.key) for s in samples]))

    def _target(self, labels: Mapping[str, str | float], key: str) -> NDArray[np.float32]:
        if (known := true_years(labels)) is not None:
            year = min(known, float(self.years[-1]))
            near = np.exp(-0.5 * ((self.years - year) / self.options.sigma_years) ** 2)
            return np.append(near / near.sum(), year).astype(np.float32)
        if (band := true_group(labels)) is None:
            raise RecipeError(f"{key}: has neither an age nor an age group of {list(GROUPS)}")
        first, last = GROUPS[band]
        return np.append((self.years >= first) & (self.years <= last), -1).astype(np.float32)

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """Exact ages become a mean of both; a band becomes what the teacher thinks likely inside it."""
        wanted, year = targets[:, :-1], targets[:, -1:]
        inside = teacher * (wanted > 0) + 1e-6 * wanted
        inside = inside / inside.sum(1, keepdim=True)
        years = torch.from_numpy(self.years)[:, None]
        exact = torch.cat([wanted.lerp(teacher, self.share), year.lerp(teacher @ years, self.share)], dim=1)
        return torch.where(year >= 0, exact, torch.cat([inside, inside @ years], dim=1))

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's distribution and its mean."""
        return torch.cat([teacher, teacher @ torch.from_numpy(self.years)[:, None]], dim=1)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy and absolute error of the mean; for bands, minus the log of the mass inside."""
        wanted, year = targets[:, :-1], targets[:, -1]
        exact = year >= 0
        logs = functional.log_softmax(logits, 1)
        cross = -(wanted * logs).sum(1)
        inside = -torch.logsumexp(logs.masked_fill(wanted == 0, -1e4), 1)
        mean = logs.exp() @ torch.arange(logits.shape[1], dtype=logits.dtype, device=logits.device)
        off = (mean - year).abs() * self.options.mean_weight
        return torch.where(exact, cross + off, inside).mean()

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """Mean absolute error in years; for bands, years outside of the band."""
        shifted = np.exp(logits - logits.max(1, keepdims=True))
        means = (shifted / shifted.sum(1, keepdims=True)) @ self.years
        return float(np.mean([years_off(float(m), s.labels) for m, s in zip(means, samples, strict=True)]))


def years_off(years: float, labels: Mapping[str, str | float]) -> float:
    """How far an age is from its label."""
    if (known := true_years(labels)) is not None:
        return abs(years - known)
    band = str(true_group(labels))
    first, last = GROUPS[band]
    return 0.0 if age_group(max(0.0, years)) == band else max(first - years, years - last - 1)
