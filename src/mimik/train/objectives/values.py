"""Objectives of heads with several values a face: action units, and the scores of another program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mimik.data.base import Sample
from mimik.errors import RecipeError
from mimik.facs import ACTION_UNITS
from mimik.tasks.metrics import roc_auc
from mimik.tasks.unit_figures import unit_truth
from mimik.train.objectives.binary import as_tensor, balancing, binary_loss, given_weights
from mimik.train.recipe.losses import FOCAL, loss_of
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions


class AuObjective:
    """Each action unit by itself: binary cross-entropy, or focal loss, over those that are coded."""

    figure = "auc"

    def __init__(self, head: HeadOptions, options: ObjectiveOptions, share: float) -> None:
        """Find the head's units.

        Raises:
            RecipeError: A label is no action unit.
        """
        if unknown := [name for name in head.labels if name not in ACTION_UNITS]:
            raise RecipeError(f"{head.name}: {', '.join(unknown)}: no action unit; there is AU01, AU02, ...")
        self.name, self.labels, self.width = head.target_name, head.labels, len(head.labels)
        self.options, self.smoothing, self.share = options, options.label_smoothing, share
        self.gamma = options.focal_gamma if loss_of(head, options) == FOCAL else 0.0
        self.weights = given_weights(head.labels, options)

    def labelled(self, sample: Sample) -> bool:
        """Whether one of the head's units is coded."""
        return self.name in sample.scores and not bool(np.isnan(self._truth([sample])).all())

    def shown(self, sample: Sample) -> tuple[str, ...]:
        """The action units that are there, or "none"."""
        there = self._truth([sample])[0] > 0.5
        return tuple(name for name, yes in zip(self.labels, there, strict=True) if yes) or ("none",)

    def weigh(self, samples: Sequence[Sample], draws: NDArray[np.float64]) -> None:
        """By how often each unit is there: that weighs as much as that it isn't."""
        truth = self._truth(samples)
        there, away = (draws @ (truth == value) for value in (1, 0))
        self.weights = balancing(self.options, self.labels, there, away) or self.weights

    def _truth(self, samples: Sequence[Sample]) -> NDArray[np.float32]:
        return unit_truth(samples, self.labels, self.name)

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Presence of each unit, (N, K), drawn towards a half by the smoothing; -1 where not coded."""
        truth = self._truth(samples)
        drawn = (1 - self.smoothing) * truth + self.smoothing / 2
        return torch.from_numpy(np.where(np.isnan(truth), -1, drawn))

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """A mean of both by the recipe's share; the teacher's where a unit is not coded."""
        return torch.where(targets < 0, teacher, targets.lerp(teacher, self.share))

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's probabilities."""
        return teacher

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean over all units that are coded in the batch."""
        known = (targets >= 0).to(logits)
        each = binary_loss(logits, targets.clamp(min=0), self.gamma, as_tensor(self.weights))
        return (each * known).sum() / known.sum().clamp(min=1)

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """Mean area under the ROC curve, of the units that are both there and not."""
        truth, found = self._truth(samples), []
        for said, wanted in zip(logits.T, truth.T, strict=True):
            known = ~np.isnan(wanted)
            there = wanted[known] > 0.5
            if 0 < there.sum() < len(there):
                found.append(roc_auc(said[known].astype(np.float64), there))
        return float(np.mean(found)) if found else 0.5


class ScoresObjective:
    """Numbers that another program gave, as an aid: they are learned and not exported.

    Each of the K scores counts alike: its root is brought to mean 0 and deviation 1 over the
    training pictures, and the squared error is taken. Its outputs are these, not probabilities.
    """

    figure = "correlation"

    def __init__(self, head: HeadOptions, options: ObjectiveOptions, share: float) -> None:
        self.name, self.width = head.target_name, head.output_count
        self.weights: dict[str, float] = {}

    def weigh(self, samples: Sequence[Sample], draws: NDArray[np.float64]) -> None:
        """Scores have no classes to weigh."""

    def labelled(self, sample: Sample) -> bool:
        """Whether its scores are known."""
        return self.name in sample.scores and not bool(np.isnan(sample.scores[self.name]).any())

    def shown(self, sample: Sample) -> tuple[str, ...]:
        """That they are known."""
        return ("known",)

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Standardised scores, (N, K).

        Raises:
            RecipeError: There are more or fewer than the head has outputs.
        """
        roots = np.sqrt(np.stack([sample.scores[self.name] for sample in samples]).clip(0))
        if (count := roots.shape[1]) != self.width:
            raise RecipeError(f"{self.name}: a picture has {count} scores, but its outputs are {self.width}")
        return torch.from_numpy((roots - roots.mean(0)) / roots.std(0).clip(1e-3))

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """The targets alone."""
        return targets

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's scores."""
        return teacher

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error."""
        return functional.mse_loss(logits, targets)

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """Mean over the scores of the correlation with what is to be learned."""
        wanted = self.targets(samples).numpy()
        columns = zip(logits.T, wanted.T, strict=True)
        return float(np.mean([np.corrcoef(mine, its)[0, 1] for mine, its in columns if its.std() > 0]))
