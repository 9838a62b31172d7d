"""What a model says of neutral faces: at_rest of its card."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.tasks.base import Resting
from mimik.tasks.own import task_of
from mimik.tasks.samples import Labelled


def at_rest(
    card: ModelCard, logits: NDArray[np.float32], samples: Sequence[Labelled], target: str
) -> tuple[float, ...]:
    """Mean scores of the neutral faces among labelled pictures.

    Args:
        card: Of the model.
        logits: What it said, (N, K).
        samples: The N samples.
        target: Name of their labels.

    Returns:
        See mean_rest.
    """
    task = task_of(card)
    calm = [isinstance(task, Resting) and task.shows_rest(sample, target) for sample in samples]
    return mean_rest(card, logits[calm])


def mean_rest(card: ModelCard, logits: NDArray[np.float32]) -> tuple[float, ...]:
    """Mean scores of neutral faces.

    Args:
        card: Of the model.
        logits: What it said of such faces, (N, K).

    Returns:
        A number a label; empty without faces, or where the task has no state of rest.
    """
    task = task_of(card)
    if not len(logits) or not isinstance(task, Resting):
        return ()
    scores = [task.scores(values) for values in task.decode(logits, card)]
    return tuple(round(float(score), 4) for score in np.mean(scores, axis=0))
