"""What every objective offers, and the table of objectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mimik.data.base import Sample

OBJECTIVES: dict[str, str] = {
    "emotion": "mimik.train.objectives.classes:ClassObjective",
    "gender": "mimik.train.objectives.classes:ClassObjective",
    "age": "mimik.train.objectives.age:AgeObjective",
    "cover": "mimik.train.objectives.classes:ClassObjective",
    "au": "mimik.train.objectives.values:AuObjective",
    "scores": "mimik.train.objectives.values:ScoresObjective",
}
"""Task name to "module:class"."""


class Objective(Protocol):
    """One task's targets and loss."""

    figure: str
    """What ``score`` returns: "accuracy", "auc", "correlation" (higher is better) or "mae"."""

    def labelled(self, sample: Sample) -> bool:
        """Whether a sample has a label for the task."""
        ...

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Targets of all samples, float32 (N, T); made once."""
        ...

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """The same targets with a part of them from a teacher's probabilities, float32 (N, K)."""
        ...

    def guessed(self, teacher: Tensor) -> Tensor:
        """Targets of samples without a label, from a teacher's probabilities, float32 (N, K)."""
        ...

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of a batch, from float32 logits (N, K) and targets (N, T)."""
        ...

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """The figure that is watched on validation."""
        ...
