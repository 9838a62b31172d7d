"""What a model says of neutral faces: at_rest of its card."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.models.card import ModelCard
from mimik.tasks.base import Resting, load_task


def neutral_sample(sample: Sample, target: str) -> bool:
    """Whether a sample shows a face at rest, by its label or its action units."""
    if target in sample.scores:
        return not np.nan_to_num(sample.scores[target]).any()
    return sample.labels.get(target) == "neutral"


def mean_rest(card: ModelCard, logits: NDArray[np.float32]) -> tuple[float, ...]:
    """Mean scores of neutral faces.

    Args:
        card: Of the model.
        logits: What it said of such faces, (N, K).

    Returns:
        A number a label; empty without faces, or where the task has no state of rest.
    """
    task = load_task(card.task)
    if not len(logits) or not isinstance(task, Resting):
        return ()
    scores = [task.scores(values) for values in task.decode(logits, card)]
    return tuple(round(float(score), 4) for score in np.mean(scores, axis=0))
