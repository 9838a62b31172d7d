"""Classes: cross-entropy, focal loss or margins, and what goes with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mimik.data.base import Sample
from mimik.errors import RecipeError
from mimik.tasks.samples import known_classes
from mimik.train.objectives.binary import as_tensor, balancing, binary_loss, focused, given_weights
from mimik.train.objectives.soft import mix_soft, mix_votes
from mimik.train.recipe.losses import FOCAL, HINGE, loss_of
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions

NOT_ASKED = -1.0
"""In the place of a target: the sample's set doesn't tell this class, so nothing is learned of it."""


class ClassObjective:
    """One of several classes, with soft targets: label, smoothing, and what people or sets say, mixed."""

    figure = "accuracy"

    def __init__(self, head: HeadOptions, options: ObjectiveOptions, share: float) -> None:
        self.name, self.labels, self.width = head.target_name, head.labels, len(head.labels)
        self.options, self.smoothing, self.share = options, options.label_smoothing, share
        self.alone, self.own = head.one_versus_all, options.own_classes
        self.votes = head.votes if head.votes >= 0 else options.votes
        loss = loss_of(head, options)
        self.gamma, self.hinge = options.focal_gamma if loss == FOCAL else 0.0, loss == HINGE
        self.weights = given_weights(head.labels, options)

    def labelled(self, sample: Sample) -> bool:
        """Whether it has a label of the task, one of the recipe's or not."""
        return self.name in sample.labels

    def shown(self, sample: Sample) -> tuple[str, ...]:
        """Its class."""
        return (str(sample.labels[self.name]),)

    def weigh(self, samples: Sequence[Sample], draws: NDArray[np.float64]) -> None:
        """By how often each class is drawn: they weigh alike, 1 in the mean; alone, as much as the others."""
        said = np.array([str(sample.labels[self.name]) for sample in samples])
        there = np.array([draws[said == label].sum() for label in self.labels])
        wanted = draws.sum() - there if self.alone else np.full(len(there), there.sum() / len(there))
        self.weights = balancing(self.options, self.labels, there, wanted) or self.weights

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Class probabilities, (N, K); NOT_ASKED where its set doesn't tell a class.

        Raises:
            RecipeError: A sample's label isn't among the recipe's.
        """
        if self.alone:
            return self._each_alone(samples)
        rows = np.eye(len(self.labels), dtype=np.float32)[[self._class(sample) for sample in samples]]
        if self.votes:
            mix_votes(rows, samples, self.name, self.votes)
        if self.options.soft_labels:
            mix_soft(rows, samples, self.name, self.labels, self.options.soft_labels)
        if not self.own:
            return torch.from_numpy((1 - self.smoothing) * rows + self.smoothing / len(self.labels))
        known = known_classes(samples, self.labels, self.name)
        rows = (1 - self.smoothing) * rows + self.smoothing * known / known.sum(axis=1, keepdims=True)
        return torch.from_numpy(np.where(known, rows, NOT_ASKED).astype(np.float32))

    def _each_alone(self, samples: Sequence[Sample]) -> Tensor:
        """1 for the label, 0 for the others; all 0 where the label is none of the head's."""
        wanted = [[sample.labels[self.name] == label for label in self.labels] for sample in samples]
        return torch.tensor(wanted, dtype=torch.float32)

    def _class(self, sample: Sample) -> int:
        label = sample.labels.get(self.name)
        if label not in self.labels:
            raise RecipeError(f"{sample.key}: label {label!r} isn't among the recipe's {list(self.labels)}")
        return self.labels.index(str(label))

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """A mean of both, by the recipe's share."""
        return targets.lerp(teacher, self.share)

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's probabilities."""
        return teacher

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The recipe's loss; of classes that are each alone, its binary form, summed over them.

        Where sets are judged by their own classes, it is a mean of that among these, and among all.
        """
        weights = as_tensor(self.weights)
        if self.hinge:
            return self._margins(logits, targets, weights)
        if self.alone:
            return binary_loss(logits, targets, self.gamma, weights).sum(1).mean()
        if weights is not None:
            weights = weights.to(logits)
        if not self.own and not self.gamma:
            return functional.cross_entropy(logits, targets, weights)
        wanted = targets.clamp(min=0)
        if weights is not None:
            wanted = wanted * weights
        terms = focused(functional.log_softmax(logits, 1), self.gamma)
        if self.own:
            terms = terms.lerp(self._among_own(logits, targets >= 0), self.own)
        return -(wanted * terms).sum(1).mean()

    def _among_own(self, logits: Tensor, asked: Tensor) -> Tensor:
        """Log-probabilities among the classes that a sample's set tells; 0 for the others."""
        among = functional.log_softmax(logits.masked_fill(~asked, -torch.inf), 1)
        return focused(among.masked_fill(~asked, 0), self.gamma)

    def _margins(self, logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        """Each class against all others: the squares of what lacks to a margin of 1, summed over them.

        After Tang 2013, "Deep Learning using Linear Support Vector Machines", arXiv:1306.0239.
        """
        each = (1 - (2 * targets - 1) * logits).clamp(min=0).square()
        if weights is not None:
            weights = weights.to(logits)
            # A picture weighs what its class does; of classes that are each alone, where it is there.
            each = each * (1 + targets * (weights - 1) if self.alone else (targets @ weights)[:, None])
        return each.sum(1).mean()

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """Accuracy, 0 to 1; among the classes of its set where sets are judged by these."""
        truth = np.array([s.labels[self.name] for s in samples])
        if self.own:
            logits = np.where(known_classes(samples, self.labels, self.name), logits, -np.inf)
        said = np.array(self.labels)[logits.argmax(1)]
        if self.alone:
            said = np.where(logits.max(1) > 0, said, "none")
            truth = np.where(np.isin(truth, self.labels), truth, "none")
        return float(np.mean(said == truth))
