"""What models of one task are compared by: figures that are made of pictures, and of some of them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.tasks.samples import Labelled

Rows: TypeAlias = NDArray[np.intp]
"""Numbers of pictures; one that is drawn twice stands there twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One figure of several models on the same N pictures."""

    name: str
    """As in reports: "accuracy", "mae"."""
    title: str
    """As in tables: "MAE, years"."""
    unit: Literal["share", "years", "area"]
    """What it is, and so how it is written: a share of pictures, 0 to 1; years; or a mean over action
    units, 0 to 1."""
    rising: bool
    """Whether more is better."""
    parts: Sequence[NDArray[np.float64]] = ()
    """What each picture adds, (N,) a model, where the figure is their mean: right (1) or wrong (0), or
    years off; NaN where the truth isn't known. Empty where all pictures make the figure together."""
    together: Sequence[Callable[[Rows], float]] = ()
    """The figure of some rows, a function a model, where there are no parts."""
    note: str = ""
    """What else is to be said of it."""

    def of(self, model: int, rows: Rows) -> float:
        """The figure of a model, by its number, on some rows; NaN where it isn't defined."""
        if self.together:
            return self.together[model](rows)
        values = self.parts[model][rows]
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else float("nan")


@runtime_checkable
class Comparable(Protocol):
    """A task whose models can be compared picture by picture."""

    def measures(
        self, logits: Sequence[NDArray[np.float32]], samples: Sequence[Labelled], cards: Sequence[ModelCard]
    ) -> tuple[Measure, ...]:
        """The figures of several models, the one that counts first.

        Args:
            logits: What each model said, (N, K of its own).
            samples: The N pictures; each has a truth for every model.
            cards: The models' cards.

        Raises:
            OptionError: The models have nothing in common that could be measured.
        """
        ...
