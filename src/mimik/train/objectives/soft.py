"""Targets that are shares of classes: what people voted, and a set's own probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.soft_labels import soft_classes
from mimik.errors import RecipeError
from mimik.train.recipe.options import HeadOptions


def mix_votes(rows: NDArray[np.float32], samples: Sequence[Sample], name: str, share: float) -> None:
    """Put the votes, where a sample has them, in the place of a part of its label.

    Voters and labels mean different things by a name (voters say "neutral" twice as
    often), so a vote for a class counts as the mean label of the pictures with such votes:
    the least-squares map from shares of votes to labels.

    Args:
        rows: Targets, (N, K); changed in place.
        samples: The N samples.
        name: Of their labels.
        share: Of the target that is the votes'.
    """
    votes = [sample.votes.get(name, np.zeros(rows.shape[1])) for sample in samples]
    seen = [i for i, vote in enumerate(votes) if vote.sum() > 0]
    if not seen:
        return
    shares = np.stack([votes[i] / votes[i].sum() for i in seen])
    mapped = np.clip(shares @ np.linalg.lstsq(shares, rows[seen], rcond=None)[0], 1e-6, None)
    mapped /= mapped.sum(axis=1, keepdims=True)
    rows[seen] += share * (mapped - rows[seen])


def mix_soft(
    rows: NDArray[np.float32], samples: Sequence[Sample], name: str, labels: Sequence[str], share: float
) -> None:
    """Put a set's own probabilities, where a sample has them, in the place of a part of its label.

    Each sample's are divided by their sum over the labels; where that is 0, the label stays.

    Args:
        rows: Targets, (N, K); changed in place.
        samples: The N samples.
        name: Of their labels.
        labels: The K classes.
        share: Of the target that is theirs.

    Raises:
        RecipeError: They are of other classes than the labels.
    """
    for row, sample in zip(rows, samples, strict=True):
        if name not in sample.votes:
            continue
        said = _in_order(sample, name, labels)
        if (total := said.sum()) > 0:
            row += share * (said / total - row)


def check_soft(samples: Sequence[Sample], heads: Sequence[HeadOptions]) -> None:
    """Make sure that some samples come with probabilities of a head's classes.

    Raises:
        RecipeError: None does.
    """
    names = [head.target_name for head in heads if head.labels]
    if not any(name in sample.votes for sample in samples for name in names):
        raise RecipeError(
            f"objective: soft_labels: no picture comes with probabilities of {' or '.join(names)}: a CSV has "
            f"them in columns such as {names[0]}_{heads[0].labels[0]}; add them, or leave soft_labels out"
        )


def _in_order(sample: Sample, name: str, labels: Sequence[str]) -> NDArray[np.float32]:
    """A sample's probabilities in the order of the labels, (K,)."""
    said = sample.votes[name]
    known = soft_classes().get(name, ())[: len(said)]
    if len(said) == len(known) and set(labels) <= set(known):
        return np.asarray(said[[known.index(label) for label in labels]])
    if len(said) != len(labels):
        raise RecipeError(
            f"objective: soft_labels: {sample.key} has probabilities of {len(said)} classes of {name}, "
            f"but the recipe has {len(labels)} labels; name all of them"
        )
    return said
