"""What finished models say of the training pictures, for a smaller network to learn from.

Knowledge distillation (Hinton et al. 2015, arXiv:1503.02531) with the teachers' calibrated
probabilities as a part of the target. They are asked once, before training.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from mimik.crop import normalise
from mimik.errors import ModelError, RecipeError, UnknownNameError
from mimik.models.store import find_model
from mimik.recognise import LoadedModel, load_model
from mimik.tasks.base import softmax
from mimik.train.batches import KEPT_SIDE, Pictures, whole_faces
from mimik.train.recipe import Recipe

CHUNK = 128
"""Pictures per call of a teacher."""


def load_teachers(recipe: Recipe, device: str) -> list[LoadedModel]:
    """The models that a recipe names as its teachers.

    Raises:
        RecipeError: One can't be loaded, has other outputs, or sees colour or more pixels where the
            recipe's pictures have less.
    """
    return [_load(recipe, name, device) for name in recipe.teacher.models]


def _load(recipe: Recipe, name: str, device: str) -> LoadedModel:
    try:
        task = find_model(name)[0].task
        model = load_model(task, name, device)
    except (ModelError, UnknownNameError) as error:
        raise RecipeError(f"{recipe.name}: its teacher: {error}; train the teacher's recipe first") from error
    card, spec = model.card, recipe.crop
    head = next((head for head in recipe.all_heads if head.task == task), None)
    if head is None:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} reads {task}, which it doesn't learn")
    if card.outputs != head.output_count or card.labels != head.labels:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} has other labels")
    if card.crop.channels > spec.channels:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} needs pictures with colour")
    if card.crop.size > KEPT_SIDE * spec.size:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} needs larger pictures than {spec.size} px")
    return model


def teacher_probabilities(
    teachers: Sequence[LoadedModel], pictures: Pictures
) -> dict[str, NDArray[np.float32]]:
    """Mean probabilities of each task's models for pictures as they are and mirrored, float32 (N, K)."""
    starts = range(0, len(pictures), CHUNK)

    def ask(models: Sequence[LoadedModel], start: int) -> NDArray[np.float32]:
        part = pictures.images[start : start + CHUNK]
        answers = np.stack([_answers(model, part) for model in models])
        return np.asarray(answers.mean(axis=0), np.float32)

    found = {}
    with ThreadPoolExecutor(2) as pool:
        for task in dict.fromkeys(model.card.task for model in teachers):
            models = [model for model in teachers if model.card.task == task]
            found[task] = np.concatenate(list(pool.map(ask, repeat(models), starts)))
    return found


def _answers(model: LoadedModel, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """One model's probabilities, the mean of both ways round."""
    card = model.card
    batch = normalise(whole_faces(images, card.crop), card.mean, card.std)
    # A distribution over years is taken as it is: its temperature is there to widen an interval.
    temperature = card.temperature if card.labels else 1.0
    both = [softmax(model.logits(view), temperature) for view in (batch, _mirrored(batch))]
    return np.asarray((both[0] + both[1]) / 2, np.float32)


def _mirrored(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same faces seen in a mirror, (N, C, S, S)."""
    return np.ascontiguousarray(batch[..., ::-1])
