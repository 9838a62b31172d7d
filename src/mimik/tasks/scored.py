"""What a task offers to evaluation and training: truth, figures, calibration, targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.tasks.samples import Labelled


@runtime_checkable
class Scored(Protocol):
    """How good a task's answers are, and how a network learns them."""

    objective: str
    """What its heads minimise in training: a name in mimik.train.objectives.OBJECTIVES."""

    def has_truth(self, sample: Labelled, card: ModelCard) -> bool:
        """Whether a sample has a truth that the answer of a card's model can be held against."""
        ...

    def report(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> dict[str, Any]:
        """Figures of a model.

        Args:
            logits: (N, K), N above 0.
            samples: The N samples; each has a truth.
            card: The model's card.

        Returns:
            JSON-safe: ``n``, ``subgroups``, and the task's own figures; with ``accuracy`` among them, faces
            that the detector misses are counted as wrong, too.
        """
        ...

    def headline(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> tuple[str, float]:
        """The one figure of a model and its name, such as "accuracy"; arguments as in ``report``."""
        ...

    def figure_lines(self, report: Mapping[str, Any]) -> list[str]:
        """What a report says of all faces, line by line."""
        ...

    def figure_table(self, report: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """What it says of each class, a row each after the heads of the columns; may be empty."""
        ...

    def fit_temperature(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], labels: Sequence[str], target: str
    ) -> float:
        """The temperature of a card, from validation.

        Args:
            logits: (N, K), N of 50 or more.
            samples: The N samples, each with a label.
            labels: The card's labels.
            target: Name of the labels in the data.

        Returns:
            0.05 to 20.
        """
        ...

    def soft_targets(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """What another network learns from a model's answers: probabilities, float32 (N, K)."""
        ...


@runtime_checkable
class Measured(Protocol):
    """A task whose interval comes from the errors on validation."""

    def fit_residuals(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> tuple[float, ...]:
        """The residuals of a card, from validation.

        Args:
            logits: (N, K).
            samples: The N samples, each with a label.
            card: The model's card, without them.

        Returns:
            See ModelCard.residuals; empty where they can't be known, or aren't needed.
        """
        ...
