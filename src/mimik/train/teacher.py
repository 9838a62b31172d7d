"""What finished models say of the training pictures, for a smaller network to learn from.

Knowledge distillation (Hinton et al. 2015, arXiv:1503.02531) with the teachers' calibrated
probabilities as a part of the target. They are asked once, before training.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from mimik.crop import normalise
from mimik.errors import ModelError, RecipeError, UnknownNameError
from mimik.models.store import find_model
from mimik.recognise import LoadedModel, load_model
from mimik.tasks.base import softmax
from mimik.train.batches import KEPT_SIDE, Pictures, plain_faces
from mimik.train.recipe import HeadOptions, Recipe

CHUNK = 128
"""Pictures per call of a teacher."""


def load_teachers(recipe: Recipe, device: str) -> dict[str, list[LoadedModel]]:
    """The models that a recipe names as its teachers, by the name of what they teach.

    Raises:
        RecipeError: One can't be loaded, has other outputs, or sees colour or more pixels where the
            recipe's pictures have less.
    """
    found: dict[str, list[LoadedModel]] = {}
    for name in recipe.teacher.models:
        head, model = _load(recipe, name, device)
        found.setdefault(head.target_name, []).append(model)
    return found


def _load(recipe: Recipe, name: str, device: str) -> tuple[HeadOptions, LoadedModel]:
    try:
        task = find_model(name)[0].task
        model = load_model(task, name, device)
    except (ModelError, UnknownNameError) as error:
        raise RecipeError(f"{recipe.name}: its teacher: {error}; train the teacher's recipe first") from error
    card, spec = model.card, recipe.crop
    heads = [head for head in recipe.all_heads if head.task == task]
    if not heads:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} reads {task}, which it doesn't learn")
    same = [h for h in heads if (card.labels, card.outputs) == (h.labels, h.output_count)]
    if not same:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} has other labels")
    if card.crop.channels > spec.channels:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} needs pictures with colour")
    if card.crop.size > KEPT_SIDE * spec.size:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} needs larger pictures than {spec.size} px")
    return same[0], model


def teacher_probabilities(models: Sequence[LoadedModel], pictures: Pictures) -> NDArray[np.float32]:
    """Mean probabilities of one task's models for pictures as they are and mirrored, float32 (N, K)."""

    def ask(start: int) -> NDArray[np.float32]:
        rows = range(start, min(start + CHUNK, len(pictures)))
        answers = np.stack([_answers(model, pictures, rows) for model in models])
        return np.asarray(answers.mean(axis=0), np.float32)

    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(pool.map(ask, range(0, len(pictures), CHUNK))))


def _answers(model: LoadedModel, pictures: Pictures, rows: Sequence[int]) -> NDArray[np.float32]:
    """One model's probabilities for some pictures, the mean of both ways round."""
    card = model.card
    batch = normalise(plain_faces(pictures, rows, card.crop), card.mean, card.std)
    # A distribution over years is taken as it is: its temperature is there to widen an interval.
    temperature = card.temperature if card.labels else 1.0
    both = [softmax(model.logits(view), temperature) for view in (batch, _mirrored(batch))]
    return np.asarray((both[0] + both[1]) / 2, np.float32)


def _mirrored(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same faces seen in a mirror, (N, C, S, S)."""
    return np.ascontiguousarray(batch[..., ::-1])
