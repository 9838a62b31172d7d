"""Age as one number: the years themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimik.data.base import Sample
from mimik.errors import RecipeError
from mimik.tasks.years import GROUPS, true_group, true_years
from mimik.train.objectives.age import AgeLabels, years_off
from mimik.train.recipe.losses import MSE, loss_of
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions


class NumberObjective(AgeLabels):
    """The years as the only output: close to the labelled year, or inside the labelled band.

    The loss is in years, or in their squares. A band (FairFace) costs nothing inside it, and outside as
    much as its nearer end would.
    """

    width = 2

    def __init__(self, head: HeadOptions, options: ObjectiveOptions, share: float) -> None:
        self.share, self.squared = share, loss_of(head, options) == MSE

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """The lowest and the highest right answer in years, (N, 2); the same where the year is known.

        Raises:
            RecipeError: A sample has neither an age nor an age group.
        """
        return torch.tensor([_ends(s.labels, s.key) for s in samples], dtype=torch.float32).reshape(-1, 2)

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """A mean of both, by the recipe's share; of a band, its year that is nearest to the teacher's."""
        low, high = targets[:, :1], targets[:, 1:]
        inside = teacher.clamp(low, high)
        return torch.where(low < high, inside, low.lerp(teacher, self.share)).expand(-1, 2)

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's years."""
        return teacher.expand(-1, 2)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean absolute error in years, or mean squared error, in years squared."""
        said = logits[:, 0]
        off = said - said.detach().clamp(targets[:, 0], targets[:, 1])
        return off.square().mean() if self.squared else off.abs().mean()

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """Mean absolute error in years; for bands, years outside of the band."""
        said = np.maximum(logits[:, 0], 0).tolist()
        return float(np.mean([years_off(years, s.labels) for years, s in zip(said, samples, strict=True)]))


def _ends(labels: Mapping[str, str | float], key: str) -> tuple[float, float]:
    """The right answers for a sample, in years."""
    if (known := true_years(labels)) is not None:
        return known, known
    if (band := true_group(labels)) is None:
        raise RecipeError(f"{key}: has neither an age nor an age group of {list(GROUPS)}")
    first, last = GROUPS[band]
    return float(first), float(last + 1)
