"""Classes: cross-entropy and what goes with it."""

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
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions

NOT_ASKED = -1.0
"""In the place of a target: the sample's set doesn't tell this class, so nothing is learned of it."""


class ClassObjective:
    """Cross-entropy with soft targets: label, smoothing and people's votes, mixed."""

    figure = "accuracy"

    def __init__(self, head: HeadOptions, options: ObjectiveOptions, share: float) -> None:
        self.name, self.labels, self.width = head.target_name, head.labels, len(head.labels)
        self.smoothing, self.share = options.label_smoothing, share
        self.alone, self.own = head.one_versus_all, options.own_classes
        self.votes = head.votes if head.votes >= 0 else options.votes

    def labelled(self, sample: Sample) -> bool:
        """Whether it has a label of the task, one of the recipe's or not."""
        return self.name in sample.labels

    def shown(self, sample: Sample) -> tuple[str, ...]:
        """Its class."""
        return (str(sample.labels[self.name]),)

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Class probabilities, (N, K); NOT_ASKED where its set doesn't tell a class.

        Raises:
            RecipeError: A sample's label isn't among the recipe's.
        """
        if self.alone:
            return self._each_alone(samples)
        rows = np.eye(len(self.labels), dtype=np.float32)[[self._class(sample) for sample in samples]]
        if self.votes:
            self._mix_votes(rows, samples)
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

    def _mix_votes(self, rows: NDArray[np.float32], samples: Sequence[Sample]) -> None:
        """Put the votes, where a sample has them, in the place of a part of its label.

        Voters and labels mean different things by a name (voters say "neutral" twice as
        often), so a vote for a class counts as the mean label of the pictures with such votes:
        the least-squares map from shares of votes to labels.
        """
        votes = [sample.votes.get(self.name, np.zeros(len(self.labels))) for sample in samples]
        seen = [i for i, vote in enumerate(votes) if vote.sum() > 0]
        if not seen:
            return
        shares = np.stack([votes[i] / votes[i].sum() for i in seen])
        mapped = np.clip(shares @ np.linalg.lstsq(shares, rows[seen], rcond=None)[0], 1e-6, None)
        mapped /= mapped.sum(axis=1, keepdims=True)
        rows[seen] += self.votes * (mapped - rows[seen])

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """A mean of both, by the recipe's share."""
        return targets.lerp(teacher, self.share)

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's probabilities."""
        return teacher

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy; of classes that are each alone, its binary form, summed over them.

        Where sets are judged by their own classes, it is a mean of that among these, and among all.
        """
        if self.alone:
            each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
            return each.sum(1).mean()
        if not self.own:
            return functional.cross_entropy(logits, targets)
        asked, wanted = targets >= 0, targets.clamp(min=0)
        among_own = functional.log_softmax(logits.masked_fill(~asked, -torch.inf), 1).masked_fill(~asked, 0)
        among_all = functional.log_softmax(logits, 1)
        return -(wanted * among_all.lerp(among_own, self.own)).sum(1).mean()

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
