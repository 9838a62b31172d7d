"""What a task says of each picture by itself: rows of a predictions file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.tasks.samples import Labelled


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The truth and the answer of N pictures, as people read them."""

    truth: Sequence[str | float]
    """Class; years where they are known, else an age group; or the units that are there ("AU06+AU12",
    "none")."""
    predicted: Sequence[str | float]
    """The same of the answer; the most probable class, though its probability be below the threshold."""
    confidence: NDArray[np.float32] | None = None
    """Calibrated probability of the predicted class, (N,); None where no class is predicted."""
    present: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Action unit to whether it is there, (N,): 0, 1, or NaN where not coded; empty of other tasks."""


@runtime_checkable
class Itemised(Protocol):
    """A task that says what became of each picture."""

    def outcomes(self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard) -> Outcomes:
        """The truth and the answer of each picture.

        Args:
            logits: (N, K).
            samples: The N samples; each has a truth.
            card: The model's card.
        """
        ...
