"""How often each picture or clip is drawn in training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mimik.train.inputs.examples import Examples
from mimik.train.recipe.options import DataOptions, HeadOptions


def with_draws(examples: Examples, options: Sequence[DataOptions], heads: Sequence[HeadOptions]) -> Examples:
    """The examples with weights such that sets and classes have their shares of the draws.

    Args:
        examples: Those to train on.
        options: The sets.
        heads: Those that are trained, whose labels are classes.
    """
    if not any(entry.share or entry.balanced for entry in options):
        return examples
    weights = examples.weights.copy()
    for number, entry in enumerate(options):
        if entry.balanced:
            rows = np.flatnonzero(examples.sets == number)
            shown = [_shown(examples, row, heads) for row in rows.tolist()]
            counts = Counter(shown)
            mean = len(rows) / max(1, len(counts))
            weights[rows] *= [mean / counts[name] for name in shown]
    return replace(examples, weights=_shared(weights, examples, options))


def _shown(examples: Examples, row: int, heads: Sequence[HeadOptions]) -> tuple[str, ...]:
    """What an example is labelled as, for all heads."""
    labels = examples.samples[row].labels
    return tuple(str(labels.get(head.target_name, "")) for head in heads)


def _shared(
    weights: NDArray[np.float64], examples: Examples, options: Sequence[DataOptions]
) -> NDArray[np.float64]:
    """Weights of which each set with a share has that, and the others what is left; they sum to 1."""
    shares = {k: entry.share for k, entry in enumerate(options) if entry.share and (examples.sets == k).any()}
    others = ~np.isin(examples.sets, list(shares))
    left = 1 - sum(shares.values()) if others.any() else 0.0
    weights[others] *= left / max(weights[others].sum(), 1e-300)
    for number, share in shares.items():
        own = examples.sets == number
        weights[own] *= share / weights[own].sum()
    return np.asarray(weights / weights.sum(), np.float64)
