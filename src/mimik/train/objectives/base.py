"""What every objective offers, and the table of objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mimik.data.base import Sample
from mimik.errors import RecipeError, UnknownNameError
from mimik.tables import load_entry
from mimik.tasks.own import CLASSES
from mimik.train.recipe.losses import AID as AID
from mimik.train.recipe.losses import kind_of
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions

OBJECTIVES: dict[str, str] = {
    "classes": "mimik.train.objectives.classes:ClassObjective",
    "years": "mimik.train.objectives.years:years_objective",
    "units": "mimik.train.objectives.values:AuObjective",
    "scores": "mimik.train.objectives.values:ScoresObjective",
}
"""Kind of objective, as tasks name theirs, to "module:class"."""


class Objective(Protocol):
    """One head's targets and loss."""

    figure: str
    """What ``score`` returns: "accuracy", "auc", "correlation" (higher is better) or "mae"."""
    width: int
    """Number of columns of its targets."""

    @property
    def weights(self) -> Mapping[str, float]:
        """Label to what it weighs in the loss; empty where all weigh the same."""
        ...

    def weigh(self, samples: Sequence[Sample], draws: NDArray[np.float64]) -> None:
        """Set the weights that depend on what is trained on, if the recipe asks for such.

        Args:
            samples: Those of the training part that have a label for the task.
            draws: How often each is drawn, relative to the others, (N,).

        Raises:
            RecipeError: A class is never drawn.
        """
        ...

    def labelled(self, sample: Sample) -> bool:
        """Whether a sample has a label for the task."""
        ...

    def shown(self, sample: Sample) -> tuple[str, ...]:
        """What a labelled sample shows, in words: its class, its age group, its action units."""
        ...

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Targets of all samples, float32 (N, T), T being the width."""
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


def load_objective(head: HeadOptions, options: ObjectiveOptions, share: float) -> Objective:
    """The objective of a head.

    Args:
        head: What is learned.
        options: What is minimised.
        share: Share of the target taken from a teacher.

    Raises:
        RecipeError: There is no such task, or the head isn't one of it.
    """
    try:
        kind = kind_of(head)
    except UnknownNameError as error:
        own = f'one of your own is task = {{ name = "{head.task}", kind = "{CLASSES}" }}'
        known = UnknownNameError("task", head.task, (*error.allowed, AID), remedy=own)
        raise RecipeError(f"{head.name}: {known}") from error
    return cast(Objective, load_entry(OBJECTIVES, kind, "training objective")(head, options, share))
